"""Use cases of moving a visit: another time, person, room or device; alone, or with the later sessions of its course.

What a move would do can be asked before (`preview_move`): the same rules and the same plan, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.clinics import service as clinics
from services.clinics.schemas import LocationView
from services.kernel.ids import new_id
from services.kernel.timers import cancel_timers, set_timer
from services.kernel.work import ClinicWork
from services.scheduling import asked_moves, events
from services.scheduling.asking import ask_move
from services.scheduling.changes import check_step
from services.scheduling.claim_repository import ClaimRepository
from services.scheduling.claiming import claims_of, given_back, times_of
from services.scheduling.course_rules import NoRoomInWindow, Window
from services.scheduling.errors import AskedOtherwise, BookingOver, OutsideCourseWindow, SlotTaken
from services.scheduling.facts import read_facts
from services.scheduling.following import followers_of, reflow_of
from services.scheduling.models import BookingStatus
from services.scheduling.move_attempt import attempt, taken_of
from services.scheduling.move_plan import Move, Wanted, prepare_move
from services.scheduling.planning import check_offered, plan_visits
from services.scheduling.preference_rules import AS_USUAL, Preferences
from services.scheduling.reading import get_booking
from services.scheduling.reminders import set_reminder
from services.scheduling.repository import BookingRepository
from services.scheduling.schemas import BookingView, Follower, MovePreview
from services.scheduling.status_rules import By, Step, asks_clinic

NOT_FREE = "That time is not free."


async def get_place_to_move_to(work: ClinicWork, booking: BookingView) -> LocationView:
    """Where a visit would be after a move: where its treatment is given now, be it where it was booked or not."""
    facts = await read_facts(work, booking.treatment_id)
    return await clinics.get_location(work, facts.location_id, archived=True)


async def reschedule(
    work: ClinicWork,
    booking_id: UUID,
    starts_at: datetime,
    *,
    by: By = "client",
    practitioner_id: UUID | None = None,
    room_id: UUID | None = None,
    device_id: UUID | None = None,
    rest: Mapping[UUID, datetime] | None = None,
    window: Window | None = None,
    preferences: Preferences = AS_USUAL,
) -> BookingView:
    """Moves a visit, with the same practitioner where they are free then, or the one named; so the room and device.

    With it `rest`, later sessions of its course: all of them, or none. `window` are the days between the course's
    sessions, the menu's where it is not given; `preferences` what was wished for the later ones. Raises `TooLate` for a
    client inside the cancellation window, `OutsideCourseWindow` for a day that does not suit the course (with a
    `reflow` where the later sessions could follow), `ClinicNotListed`, `SlotTaken` with alternatives, and field errors
    for a time that is not offered. A client's move of a visit that the clinic accepted of what is booked on request is
    asked for instead, and the visit is given as it stays (`asking`). Moved by its client to where it is, nothing is
    asked for any more.
    """
    booking, wanted = await get_booking(work, booking_id), Wanted(practitioner_id, room_id, device_id)
    check_step(work, booking, Step.RESCHEDULE, by)
    if starts_at == booking.starts_at and wanted.is_of(booking) and not rest:
        if by == "client":
            await asked_moves.keep_as_it_is(work, booking_id)
        return booking
    terms = window, preferences
    move = await prepare_move(work, booking, starts_at, by, wanted=wanted, terms=terms, rest=rest or {})
    if starts_at == booking.starts_at and not rest and move.is_numbing_room_alone(wanted):
        return booking
    if asks_clinic(by, booking.status, move.wish.offer.booking_mode):
        await ask_move(work, move)
        return booking
    return next(one for one in await _make(work, move, by) if one.id == booking_id)


async def accept_move(
    work: ClinicWork,
    booking_id: UUID,
    *,
    seen: datetime | None = None,
    window: Window | None = None,
    preferences: Preferences = AS_USUAL,
) -> BookingView:
    """The clinic says yes to the time that a client asked for: the visit moves there, as if the client had moved it.

    With it the later sessions of its course that were asked for too. `seen`: the time of that visit that the clinic
    says yes to; whatever is asked for, where it is not given. Raises `MoveOver`, `AskedOtherwise`, and as `reschedule`
    does for the clinic: the rules hold now as they did then.
    """
    asked = await asked_moves.get_open(work, booking_id, seen)
    booking = await get_booking(work, asked.booking_id)
    check_step(work, booking, Step.RESCHEDULE, "clinic")
    terms = window, preferences
    move = await prepare_move(
        work, booking, asked.starts_at, "clinic", wanted=Wanted(), terms=terms, rest=asked.rest
    )
    moved = await _make(work, _as_asked(work, move, asked), "client", accepting=asked.id)
    return next(one for one in moved if one.id == booking_id)


def _as_asked(work: ClinicWork, move: Move, asked: asked_moves.Asked) -> Move:
    """The move to the place and with the practitioner that client and clinic were shown, and to no other."""
    mine = tuple(one for one in move.wish.workers if one.id == asked.practitioner_id)
    if not mine or move.wish.offer.location_id != asked.location_id:
        raise AskedOtherwise
    wish = replace(move.wish, workers=mine, practitioner_id=asked.practitioner_id)
    check_offered(wish, work.now, horizon=False)
    return replace(move, wish=wish)


async def preview_move(
    work: ClinicWork,
    booking_id: UUID,
    starts_at: datetime,
    *,
    by: By = "clinic",
    practitioner_id: UUID | None = None,
    room_id: UUID | None = None,
    device_id: UUID | None = None,
    window: Window | None = None,
    preferences: Preferences = AS_USUAL,
) -> MovePreview:
    """What a move would do now; a re-flow of the course with it. Raises as `reschedule` does."""
    booking, wanted = await get_booking(work, booking_id), Wanted(practitioner_id, room_id, device_id)
    check_step(work, booking, Step.RESCHEDULE, by)
    terms = window, preferences
    followers: tuple[Follower, ...] = ()
    try:
        move = await prepare_move(work, booking, starts_at, by, wanted=wanted, terms=terms, rest={})
    except OutsideCourseWindow as refusal:
        followers = followers_of(refusal, await BookingRepository(work).list_group(booking.group_id))
        if not followers:
            raise
        rest = reflow_of(refusal)
        move = await prepare_move(work, booking, starts_at, by, wanted=wanted, terms=terms, rest=rest)
    try:
        (free,) = await plan_visits(work, move.wish)
    except NoRoomInWindow as full:
        raise SlotTaken(NOT_FREE, **(await taken_of(work, booking, move.wish)).extra) from full
    return MovePreview(
        booking=booking,
        starts_at=free.starts_at,
        ends_at=free.starts_at + move.wish.offer.shape.length,
        practitioner_id=free.practitioner_id,
        room_id=free.room_id,
        device_id=free.device_id,
        followers=followers,
    )


async def _make(work: ClinicWork, move: Move, by: By, accepting: UUID | None = None) -> list[BookingView]:
    """Takes the new times, and gives the old ones back; what was asked for of the visits is over, or `accepting`."""
    bookings, claims = BookingRepository(work), ClaimRepository(work)
    ids = [one for one, _ in move.wishes]
    batch = str(new_id())
    async with attempt(work, move) as trying:
        for one in ids:
            _check_may_move(work, trying.visits[one], move, "clinic" if accepting else by)
        held = await asked_moves.use_open(work, accepting) if accepting else {}
        await asked_moves.end_open(work, ids)
        dropped = await claims.drop_claims(ids)
        trying.told |= {row.person_elsewhere for row in dropped}
        for one, wish in move.wishes:
            free, before = await trying.plan(wish, held.get(one)), trying.visits[one]
            await claims.add_claims(claims_of(one, free, wish.offer))
            await bookings.update(
                [one],
                by,
                **times_of(free, wish.offer),
                coming_at=None,
                sequence=before.sequence + 1,
                moved_from=_where(before, batch, by, work.now),
                given_back=given_back(dropped, one),
            )
    return [await _announce_move(work, one, by) for one in move.group if one.id in ids]


def _check_may_move(work: ClinicWork, booking: BookingView, move: Move, by: By) -> None:
    """Raises as `check_step` does, and where the clinic has accepted meanwhile what was a request."""
    check_step(work, booking, Step.RESCHEDULE, by)
    if asks_clinic(by, booking.status, move.wish.offer.booking_mode):
        raise BookingOver("The clinic has just accepted it. Look at it again.", booking_status=booking.status)


def _where(booking: BookingView, batch: str, by: By, now: datetime) -> dict[str, Any]:
    """Where a visit is, for whoever takes its move back; `batch` names what was moved together."""
    numbing = booking.numbing_room_id
    return {
        "batch": batch,
        "by": by,
        "moved_at": now.isoformat(),
        "sequence": booking.sequence,
        "starts_at": booking.starts_at.isoformat(),
        "ends_at": booking.ends_at.isoformat(),
        "practitioner_id": str(booking.practitioner_id),
        "room_id": str(booking.room_id),
        "numbing_room_id": str(numbing) if numbing else None,
        "device_id": str(booking.device_id),
        "location_id": str(booking.location_id),
        "coming_at": booking.coming_at.isoformat() if booking.coming_at else None,
        "answer_by": booking.answer_by.isoformat() if booking.answer_by else None,
    }


async def tell_moved_back(work: ClinicWork, moved: Iterable[BookingView]) -> None:
    """What follows when visits are where they were before: reminders, audit, announcement."""
    for one in moved:
        await _announce_move(work, one, "clinic")


async def _announce_move(work: ClinicWork, before: BookingView, by: By) -> BookingView:
    moved = await get_booking(work, before.id)
    await cancel_timers(work, moved.id, events.REMINDER_DUE.name)
    if moved.status == BookingStatus.CONFIRMED:
        set_reminder(work, moved)
    elif moved.status == BookingStatus.REQUESTED and before.answer_by is not None:
        until = min(before.answer_by, moved.starts_at)
        await BookingRepository(work).update([moved.id], by, answer_by=until)
        set_timer(work, events.REQUEST_EXPIRES(booking_id=moved.id), moved.id, until)
    work.audit("booking.reschedule", "booking", moved.id, by=by, sequence=moved.sequence)
    work.announce(events.BOOKING_RESCHEDULED(booking_id=moved.id))
    return moved
