"""Taking back what was done by mistake: an arrival, that somebody did not come, or a move by the clinic."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.kernel.errors import NotFound
from services.kernel.work import ClinicWork
from services.scheduling import events
from services.scheduling.asked_moves import end_open, lock_open
from services.scheduling.availability import has_room_for
from services.scheduling.claim_repository import ClaimLost, ClaimRepository
from services.scheduling.claiming import claims_again
from services.scheduling.errors import BookingOver, SlotTaken, UndoTooLate
from services.scheduling.facts import read_facts
from services.scheduling.following import free_of
from services.scheduling.models import BookingStatus
from services.scheduling.moving import tell_moved_back
from services.scheduling.people import tell_elsewhere
from services.scheduling.reading import get_booking, list_group
from services.scheduling.reminders import set_reminder
from services.scheduling.repository import BookingRepository
from services.scheduling.rules import Free, Span
from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import TRANSITIONS, Step, may_step, may_undo

MOVED_INTO = "Somebody else has its earlier time now, so it stays where it is."
DAY_FULL = "Its practitioner has other visits on that day now, so it stays where it is."
DAY_FULL_SINCE = "Its practitioner has other visits on that day now. Book another visit."
TIME_GONE = "Its time was given back, and somebody else has it now. Book another visit."


async def undo(work: ClinicWork, booking_id: UUID) -> BookingView:
    """The visit is confirmed again, as before; one that the clinic moved is where it was, with all that moved with it.

    What was given back is taken again. Raises `BookingOver` in any other state, `UndoTooLate` after ten minutes, and
    `SlotTaken` where somebody else has the time by now.
    """
    seen = await get_booking(work, booking_id)
    if seen.can_move_back(work.now):
        return await _move_back(work, seen)
    if seen.move_back_until is not None and may_step(Step.RESCHEDULE, seen.status, "clinic"):
        raise UndoTooLate
    _check(work, seen)
    if seen.status == BookingStatus.NO_SHOW:
        await take_again(work, seen, lambda: _confirm_again(work, booking_id))
    else:
        await _confirm_again(work, booking_id)
    confirmed = await get_booking(work, booking_id)
    set_reminder(work, confirmed)
    work.audit("booking.undo", "booking", booking_id, was=seen.status)
    work.announce(events.BOOKING_UNDONE(booking_id=booking_id))
    return confirmed


async def _move_back(work: ClinicWork, seen: BookingView) -> BookingView:
    bookings, claims = BookingRepository(work), ClaimRepository(work)
    batch = seen.moved_from["batch"]
    group = [one for one in await list_group(work, seen.group_id) if _is_of(one, batch, work.now)]
    ids = [one.id for one in group]
    try:
        async with claims.attempt():
            await lock_open(work, seen.group_id, ids)
            people = await _lock(claims, group)
            locked = {one.id: one for one in await bookings.lock_group(seen.group_id)}
            if not all(_is_of(locked[one], batch, work.now) for one in ids):
                raise UndoTooLate
            dropped = await claims.drop_claims(ids)
            await end_open(work, ids)
            for one in ids:
                await _require_room(work, locked[one], DAY_FULL)
            tell_elsewhere(work, {*people, *(row.person_elsewhere for row in dropped)})
            for one in ids:
                await claims.add_claims(claims_again(locked[one]))
                await bookings.update(
                    [one],
                    "clinic",
                    **_where_before(locked[one].moved_from),
                    answer_by=_answer_before(locked[one]),
                    sequence=locked[one].sequence + 1,
                    moved_from=None,
                    given_back=None,
                )
    except ClaimLost as lost:
        raise SlotTaken(MOVED_INTO) from lost
    await tell_moved_back(work, [replace(one, answer_by=_answer_before(one)) for one in group])
    return await get_booking(work, seen.id)


def _is_of(booking: BookingView, batch: str, now: datetime) -> bool:
    return booking.can_move_back(now) and booking.moved_from["batch"] == batch


def _answer_before(moved: BookingView) -> datetime | None:
    """Until when a request was to be answered before it was moved."""
    before = moved.moved_from.get("answer_by")
    return datetime.fromisoformat(before) if before else moved.answer_by


def _where_before(was: Mapping[str, Any]) -> dict[str, Any]:
    """Time, people and things before a move, as they were booked: the menu may say something else by now."""
    moments = ("starts_at", "ends_at", "coming_at")
    things = ("practitioner_id", "room_id", "numbing_room_id", "device_id", "location_id")
    return {
        **{name: datetime.fromisoformat(was[name]) if was[name] else None for name in moments},
        **{name: UUID(was[name]) if was[name] else None for name in things},
    }


async def _lock(claims: ClaimRepository, visits: Sequence[BookingView]) -> frozenset[UUID]:
    """Locks what the visits take now and what they gave back; gives whose time that is who work elsewhere too.

    Raises `UndoTooLate` where it is not known.
    """
    again = [claim for one in visits for claim in claims_again(one)]
    if not all(_gave_back(one) for one in visits):
        raise UndoTooLate
    takes = {
        thing
        for one in visits
        for thing in (one.practitioner_id, one.room_id, one.numbing_room_id, one.device_id)
        if thing
    }
    await claims.lock_resources({*takes, *(claim["resource_id"] for claim in again)})
    return await claims.lock_people(claim["person_id"] for claim in again if claim["person_id"])


def _gave_back(booking: BookingView) -> bool:
    """Whether what it keeps is of its last step: a process of an earlier version leaves the one before."""
    given = claims_again(booking)
    was = free_of(booking) if booking.status == BookingStatus.NO_SHOW else _free_before(booking.moved_from)
    things = {was.practitioner_id, was.room_id, was.numbing_room_id, was.device_id}
    begins = min((claim["starts_at"] for claim in given), default=None)
    return begins == was.starts_at and {claim["resource_id"] for claim in given} <= things


def _free_before(was: Mapping[str, Any]) -> Free:
    where = _where_before(was)
    return Free(
        where["starts_at"],
        where["practitioner_id"],
        where["room_id"],
        where["device_id"],
        where["numbing_room_id"],
    )


async def take_again(
    work: ClinicWork, booking: BookingView, mark: Callable[[], Awaitable[BookingView]]
) -> None:
    """Lays again what a visit gave back that was marked as not come; `mark` says under the locks what it is now.

    Raises `SlotTaken` where the time is another's by now, `UndoTooLate` where it is not known what was given back.
    """
    claims = ClaimRepository(work)
    try:
        async with claims.attempt():
            people = await _lock(claims, [booking])
            locked = await mark()
            await _require_room(work, locked, DAY_FULL_SINCE)
            await claims.add_claims(claims_again(locked))
            tell_elsewhere(work, people)
    except ClaimLost as lost:
        raise SlotTaken(TIME_GONE) from lost


async def _require_room(work: ClinicWork, booking: BookingView, words: str) -> None:
    """Raises `SlotTaken` where what was booked since leaves the practitioner no room for it; asked under the locks."""
    again = claims_again(booking)
    facts = await read_facts(work, booking.treatment_id)
    worker = next(
        (one for one in facts.workers if any(one.id == claim["resource_id"] for claim in again)), None
    )
    if worker is None:
        return
    spans = [
        Span(claim["starts_at"], claim["ends_at"]) for claim in again if claim["resource_id"] == worker.id
    ]
    at = {claim["location_id"] for claim in again if claim["resource_id"] == worker.id}
    if at == {facts.location_id} and not await has_room_for(work, facts, worker, spans, leaving=[booking.id]):
        raise SlotTaken(words)


async def _confirm_again(work: ClinicWork, booking_id: UUID) -> BookingView:
    """Gives it as it was until now."""
    bookings = BookingRepository(work)
    locked = await bookings.lock(booking_id)
    if locked is None:
        raise NotFound
    _check(work, locked)
    await bookings.update([booking_id], "clinic", status=TRANSITIONS[Step.UNDO].target, given_back=None)
    return locked


def _check(work: ClinicWork, booking: BookingView) -> None:
    if not may_step(Step.UNDO, booking.status, "clinic"):
        raise BookingOver(booking_status=booking.status)
    if not may_undo(booking.status, work.now, changed_at=booking.changed_at):
        raise UndoTooLate
