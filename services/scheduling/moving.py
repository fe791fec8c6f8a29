"""Use cases of moving a visit: another time, person, room or device; alone, or with the later sessions of its course.

What a move would do can be asked before (`preview_move`): the same rules and the same plan, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.clinics import service as clinics
from services.clinics.models import ClinicStatus
from services.clinics.schemas import LocationView
from services.kernel.errors import NotFound
from services.kernel.ids import new_id
from services.kernel.timers import cancel_timers, set_timer
from services.kernel.work import ClinicWork
from services.scheduling import events
from services.scheduling.availability import Offer, get_offer_as_booked, shape_as_booked, workers_of
from services.scheduling.changes import check_step
from services.scheduling.claim_repository import ClaimLost, ClaimRepository
from services.scheduling.claiming import (
    Ended,
    Stale,
    claims_of,
    end_stale,
    find_stale,
    given_back,
    tell_ended,
    times_of,
)
from services.scheduling.course_rules import NoRoomInWindow, Window
from services.scheduling.errors import ClinicNotListed, OutsideCourseWindow, SlotTaken
from services.scheduling.facts import read_facts
from services.scheduling.following import check_days, first_of, followers_of, propose_rest, reflow_of
from services.scheduling.grid_rules import FINEST_GRID_MINUTES
from services.scheduling.models import BookingStatus
from services.scheduling.people import tell_elsewhere
from services.scheduling.planning import Wish, check_offered, plan_visits, preferring, taken
from services.scheduling.preference_rules import AS_USUAL, Preferences
from services.scheduling.reading import get_booking
from services.scheduling.reminders import set_reminder
from services.scheduling.repository import BookingRepository
from services.scheduling.schemas import BookingView, Follower, MovePreview
from services.scheduling.status_rules import STANDING, By, Step

NOT_FREE = "That time is not free."


async def get_place_to_move_to(work: ClinicWork, booking: BookingView) -> LocationView:
    """Where a visit would be after a move: where its treatment is given now, be it where it was booked or not."""
    facts = await read_facts(work, booking.treatment_id)
    return await clinics.get_location(work, facts.location_id, archived=True)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for beside the time: nothing, or just that practitioner, room or device."""

    practitioner_id: UUID | None = None
    room_id: UUID | None = None
    device_id: UUID | None = None

    def is_of(self, booking: BookingView, *, to_numb: bool = False) -> bool:
        """Whether the booking has all that already; `to_numb`: the room is the one where the client numbs."""
        room_id = booking.numbing_room_id if to_numb else booking.room_id
        mine = (booking.practitioner_id, room_id, booking.device_id)
        asked = (self.practitioner_id, self.room_id, self.device_id)
        return all(one in (None, has) for one, has in zip(asked, mine, strict=True))


@dataclass(frozen=True, slots=True)
class _Move:
    """A move that may be made, as far as the rules go: what is free is another matter."""

    booking: BookingView
    wish: Wish
    group: Sequence[BookingView]
    rest: Mapping[UUID, Wish] = field(default_factory=dict)

    @property
    def wishes(self) -> list[tuple[UUID, Wish]]:
        """Each visit with what it is to have, in order of time."""
        return [(self.booking.id, self.wish), *self.rest.items()]

    def is_numbing_room_alone(self, wanted: Wanted) -> bool:
        """Whether the room that is asked for is one for numbing here, and the visit has it and all else already."""
        to_numb = wanted.room_id not in self.wish.offer.place.room_ids
        return to_numb and wanted.is_of(self.booking, to_numb=True)


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
    for a time that is not offered.
    """
    booking, wanted = await get_booking(work, booking_id), Wanted(practitioner_id, room_id, device_id)
    check_step(work, booking, Step.RESCHEDULE, by)
    if starts_at == booking.starts_at and wanted.is_of(booking) and not rest:
        return booking
    terms = window, preferences
    move = await _prepare(work, booking, starts_at, by, wanted=wanted, terms=terms, rest=rest or {})
    if starts_at == booking.starts_at and not rest and move.is_numbing_room_alone(wanted):
        return booking
    ended = await _attempt(work, move, by)
    await tell_ended(work, ended)
    moved = [await _announce_move(work, one, by) for one in move.group if one.id in dict(move.wishes)]
    return next(one for one in moved if one.id == booking_id)


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
        move = await _prepare(work, booking, starts_at, by, wanted=wanted, terms=terms, rest={})
    except OutsideCourseWindow as refusal:
        followers = followers_of(refusal, await BookingRepository(work).list_group(booking.group_id))
        if not followers:
            raise
        rest = reflow_of(refusal)
        move = await _prepare(work, booking, starts_at, by, wanted=wanted, terms=terms, rest=rest)
    try:
        (free,) = await plan_visits(work, move.wish)
    except NoRoomInWindow as full:
        raise SlotTaken(NOT_FREE, **(await _taken(work, booking, move.wish)).extra) from full
    return MovePreview(
        booking=booking,
        starts_at=free.starts_at,
        ends_at=free.starts_at + move.wish.offer.shape.length,
        practitioner_id=free.practitioner_id,
        room_id=free.room_id,
        device_id=free.device_id,
        followers=followers,
    )


async def _prepare(
    work: ClinicWork,
    booking: BookingView,
    starts_at: datetime,
    by: By,
    *,
    wanted: Wanted,
    terms: tuple[Window | None, Preferences],
    rest: Mapping[UUID, datetime],
) -> _Move:
    """Raises what the rules refuse. `terms` are what the visit's course was booked with."""
    window, preferences = terms
    if by == "client" and (await clinics.get_clinic(work)).status != ClinicStatus.LIVE:
        raise ClinicNotListed
    offer = await get_offer_as_booked(work, booking, by_clinic=by == "clinic")
    if (
        starts_at == booking.starts_at
    ):  # only people or things change: it stays as long as it was booked, and then
        offer = _on_grid(replace(offer, shape=shape_as_booked(offer.facts, booking)), FINEST_GRID_MINUTES)
    if window is not None:
        offer = replace(offer, facts=replace(offer.facts, window=window))
    group = await BookingRepository(work).list_group(booking.group_id)
    leaving = frozenset([booking.id, *rest])
    named = _keeping(offer, booking).only(wanted.room_id, wanted.device_id)
    wish = preferring(
        replace(_wish(named, starts_at, leaving, wanted.practitioner_id), preferences=preferences),
        wanted.practitioner_id or booking.practitioner_id,
    )
    # The other sessions of a course say how far ahead it may lie; where none stands, the horizon does.
    is_alone = not any(one.id != booking.id and one.status in STANDING for one in group)
    check_offered(wish, work.now, horizon=by != "clinic" and is_alone)
    known = {one.id: one for one in group}
    for one in rest:
        if one not in known or known[one].position <= booking.position:
            raise NotFound
        check_step(work, known[one], Step.RESCHEDULE, by)
    first = first_of(group)
    with_whom = (first.id == booking.id and wanted.practitioner_id) or first.practitioner_id
    wishes: dict[UUID, Wish] = {}
    for one, at in rest.items():
        own = known[one].practitioner_id
        first_choice = with_whom if preferences.same_practitioner else own
        wishes[one] = preferring(_wish(_keeping(offer, known[one]), at, leaving), first_choice, own)
    for later in wishes.values():
        check_offered(later, work.now, horizon=False)
    await _check_course(work, booking, group, wish, wishes, with_whom=with_whom)
    return _Move(booking, wish, group, wishes)


def _wish(offer: Offer, starts_at: datetime, leaving: frozenset[UUID], who: UUID | None = None) -> Wish:
    return Wish(offer, tuple(workers_of(offer, who)), starts_at, 1, offer.window, leaving=leaving)


def _on_grid(offer: Offer, minutes: int) -> Offer:
    """The same, with visits that begin every so many minutes."""
    place = replace(offer.place, grid_minutes=minutes)
    return replace(offer, facts=replace(offer.facts, place=place, openings={}))


def _keeping(offer: Offer, booking: BookingView) -> Offer:
    """The offer with the visit's own room and device before the others: they are kept where they are free."""

    def first(things: Sequence[UUID], mine: UUID | None) -> tuple[UUID, ...]:
        return tuple(sorted(things, key=lambda one: one != mine))

    place = offer.place
    kept = replace(
        place,
        room_ids=first(place.room_ids, booking.room_id),
        device_ids=first(place.device_ids, booking.device_id),
        numbing_room_ids=first(place.numbing_room_ids, booking.numbing_room_id),
    )
    return replace(offer, facts=replace(offer.facts, place=kept))


async def _check_course(
    work: ClinicWork,
    booking: BookingView,
    group: Sequence[BookingView],
    wish: Wish,
    rest: Mapping[UUID, Wish],
    *,
    with_whom: UUID,
) -> None:
    """Raises `OutsideCourseWindow` where a session would lie too near to or too far from another one."""
    days = {one.position: one.local_starts_at.date() for one in group if one.status in STANDING}
    before = {position: day for position, day in days.items() if position < booking.position}
    check_days(booking.position, wish, before)
    days |= {one.position: rest[one.id].first_on for one in group if one.id in rest}
    days[booking.position] = wish.first_on
    try:
        for one in group:
            if one.id == booking.id or one.id in rest:
                here = wish if one.id == booking.id else rest[one.id]
                check_days(one.position, here, {at: day for at, day in days.items() if at != one.position})
    except OutsideCourseWindow as refusal:
        if not rest:
            refusal.extra["reflow"] = await propose_rest(work, booking, group, wish, with_whom)
        raise


async def _attempt(work: ClinicWork, move: _Move, by: By) -> Ended:
    """Takes the new times under the resources' locks, and gives the old ones back. Raises `SlotTaken`."""
    bookings, claims, lost_wish = BookingRepository(work), ClaimRepository(work), move.wish
    ids = [one for one, _ in move.wishes]
    everyone = {worker.id for _, wish in move.wishes for worker in wish.workers}
    batch = str(new_id())
    try:
        async with claims.attempt():
            # Resources before the bookings' rows, as everywhere: one order, so no circle of waiting.
            await claims.lock_resources(one for _, wish in move.wishes for one in wish.resources(everyone))
            elsewhere = await claims.lock_people(
                person for _, wish in move.wishes for person in wish.people(sorted(everyone))
            )
            locked = {one.id: one for one in await bookings.lock_group(move.booking.group_id)}
            for one in ids:
                check_step(work, locked[one], Step.RESCHEDULE, by)
            ended = await _end_stale(work, move)
            dropped = await claims.drop_claims(ids)
            people = {row.person_elsewhere for row in dropped}
            for one, lost_wish in move.wishes:
                (free,) = await plan_visits(work, lost_wish)
                people |= elsewhere.intersection(lost_wish.people([free.practitioner_id]))
                await claims.add_claims(claims_of(one, free, lost_wish.offer))
                await bookings.update(
                    [one],
                    by,
                    **times_of(free, lost_wish.offer),
                    coming_at=None,
                    sequence=locked[one].sequence + 1,
                    moved_from=_where(locked[one], batch, by, work.now),
                    given_back=given_back(dropped, one),
                )
            tell_elsewhere(work, people)
    except (ClaimLost, NoRoomInWindow) as lost:
        raise await _taken(work, move.booking, lost_wish) from lost
    return ended


async def _taken(work: ClinicWork, booking: BookingView, wish: Wish) -> SlotTaken:
    """The refusal with the nearest free times of the clinic's grid; where the visit is now is none of them."""
    usual = (await get_offer_as_booked(work, booking)).place.grid_minutes
    wish = replace(wish, offer=_on_grid(wish.offer, usual))
    refusal = await taken(work, wish, 1)
    refusal.extra["alternatives"] = [
        one
        for one in refusal.extra["alternatives"]
        if datetime.fromisoformat(one["starts_at"]) != booking.starts_at
    ]
    return refusal


async def _end_stale(work: ClinicWork, move: _Move) -> Ended:
    groups: list[UUID] = []
    holds: list[UUID] = []
    for _, wish in move.wishes:
        stale = await find_stale(work, wish)
        groups += [one for one in stale.groups if one not in {move.booking.group_id, *groups}]
        holds += [one for one in stale.holds if one not in holds]
    return await end_stale(work, Stale(groups, holds))


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
