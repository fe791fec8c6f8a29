"""Taking back what was done by mistake: an arrival, that somebody did not come, or a move by the clinic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.kernel.errors import NotFound
from services.kernel.work import ClinicWork
from services.scheduling import events
from services.scheduling.availability import Offer, get_offer
from services.scheduling.claiming import claims_of, times_of
from services.scheduling.errors import BookingOver, SlotTaken, UndoTooLate
from services.scheduling.following import free_of
from services.scheduling.models import BookingStatus
from services.scheduling.moving import tell_moved_back
from services.scheduling.reading import get_booking, list_group
from services.scheduling.reminders import set_reminder
from services.scheduling.repository import BookingRepository, ClaimLost
from services.scheduling.rules import Free
from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import TRANSITIONS, Step, may_step, may_undo

MOVED_INTO = "Somebody else has its earlier time now, so it stays where it is."
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
        await _take_again(work, seen)
    else:
        await _confirm_again(work, booking_id)
    confirmed = await get_booking(work, booking_id)
    set_reminder(work, confirmed)
    work.audit("booking.undo", "booking", booking_id, was=seen.status)
    work.announce(events.BOOKING_UNDONE(booking_id=booking_id))
    return confirmed


async def _move_back(work: ClinicWork, seen: BookingView) -> BookingView:
    bookings = BookingRepository(work)
    offer = await _offer_of(work, seen)
    batch = seen.moved_from["batch"]
    group = [one for one in await list_group(work, seen.group_id) if _is_of(one, batch, work.now)]
    before = {one.id: _free_before(one.moved_from) for one in group}
    now = [free_of(one) for one in group]
    try:
        async with bookings.attempt():
            await _lock(bookings, offer, [*before.values(), *now])
            locked = {one.id: one for one in await bookings.lock_group(seen.group_id)}
            if not all(_is_of(locked[one], batch, work.now) for one in before):
                raise UndoTooLate
            await bookings.drop_claims(before)
            for one, free in before.items():
                was = locked[one].moved_from
                await bookings.add_claims(claims_of(one, free, offer))
                await bookings.update(
                    [one],
                    "clinic",
                    **times_of(free, offer),
                    coming_at=datetime.fromisoformat(was["coming_at"]) if was["coming_at"] else None,
                    answer_by=_answer_before(locked[one]),
                    sequence=locked[one].sequence + 1,
                    moved_from=None,
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


async def _offer_of(work: ClinicWork, booking: BookingView) -> Offer:
    return await get_offer(work, booking.treatment_id, None, booking.area, by_clinic=True, archived=True)


def _free_before(was: Mapping[str, Any]) -> Free:
    numbing = was["numbing_room_id"]
    return Free(
        datetime.fromisoformat(was["starts_at"]),
        UUID(was["practitioner_id"]),
        UUID(was["room_id"]),
        UUID(was["device_id"]),
        UUID(numbing) if numbing else None,
    )


async def _lock(bookings: BookingRepository, offer: Offer, times: Sequence[Free]) -> None:
    wanted = {
        resource
        for free in times
        for resource in (free.practitioner_id, free.device_id, free.room_id, free.numbing_room_id)
        if resource
    }
    await bookings.lock_resources(wanted)
    people = [one.person_id for one in offer.facts.workers if one.id in wanted]
    await bookings.lock_people([person for person in people if person])


async def _take_again(work: ClinicWork, booking: BookingView) -> None:
    bookings = BookingRepository(work)
    offer, held = await _offer_of(work, booking), free_of(booking)
    try:
        async with bookings.attempt():
            await _lock(bookings, offer, [held])
            await _confirm_again(work, booking.id)
            await bookings.add_claims(claims_of(booking.id, held, offer))
    except ClaimLost as lost:
        raise SlotTaken(TIME_GONE) from lost


async def _confirm_again(work: ClinicWork, booking_id: UUID) -> None:
    bookings = BookingRepository(work)
    locked = await bookings.lock(booking_id)
    if locked is None:
        raise NotFound
    _check(work, locked)
    await bookings.update([booking_id], "clinic", status=TRANSITIONS[Step.UNDO].target)


def _check(work: ClinicWork, booking: BookingView) -> None:
    if not may_step(Step.UNDO, booking.status, "clinic"):
        raise BookingOver(booking_status=booking.status)
    if not may_undo(booking.status, work.now, changed_at=booking.changed_at):
        raise UndoTooLate
