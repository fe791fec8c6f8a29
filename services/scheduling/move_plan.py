"""A move that may be made by the rules: the time is offered, and suits the course. What is free is another matter."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from services.clinics import service as clinics
from services.clinics.models import ClinicStatus
from services.kernel.errors import NotFound
from services.kernel.work import ClinicWork
from services.scheduling import asked_moves
from services.scheduling.availability import Offer, get_offer_as_booked, shape_as_booked, workers_of
from services.scheduling.changes import check_step
from services.scheduling.course_rules import Window
from services.scheduling.errors import ClinicNotListed, OutsideCourseWindow
from services.scheduling.following import check_days, first_of, propose_rest
from services.scheduling.grid_rules import FINEST_GRID_MINUTES
from services.scheduling.planning import Wish, check_offered, preferring
from services.scheduling.preference_rules import Preferences
from services.scheduling.repository import BookingRepository
from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import STANDING, By, Step


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
class Move:
    """A move that may be made, as far as the rules go: what is free is another matter."""

    booking: BookingView
    wish: Wish
    group: Sequence[BookingView]
    with_whom: UUID
    rest: Mapping[UUID, Wish] = field(default_factory=dict)

    @property
    def wishes(self) -> list[tuple[UUID, Wish]]:
        """Each visit with what it is to have, in order of time."""
        return [(self.booking.id, self.wish), *self.rest.items()]

    def is_numbing_room_alone(self, wanted: Wanted) -> bool:
        """Whether the room that is asked for is one for numbing here, and the visit has it and all else already."""
        to_numb = wanted.room_id not in self.wish.offer.place.room_ids
        return to_numb and wanted.is_of(self.booking, to_numb=True)


async def prepare_move(
    work: ClinicWork,
    booking: BookingView,
    starts_at: datetime,
    by: By,
    *,
    wanted: Wanted,
    terms: tuple[Window | None, Preferences],
    rest: Mapping[UUID, datetime],
) -> Move:
    """Raises what the rules refuse. `terms` are what the visit's course was booked with."""
    window, preferences = terms
    if by == "client" and (await clinics.get_clinic(work)).status != ClinicStatus.LIVE:
        raise ClinicNotListed
    offer = await get_offer_as_booked(work, booking, by_clinic=by == "clinic")
    if (
        starts_at == booking.starts_at
    ):  # only people or things change: it stays as long as it was booked, and then
        offer = on_grid(replace(offer, shape=shape_as_booked(offer.facts, booking)), FINEST_GRID_MINUTES)
    if window is not None:
        offer = replace(offer, facts=replace(offer.facts, window=window))
    group = await BookingRepository(work).list_group(booking.group_id)
    leaving = frozenset([booking.id, *rest, *await _held_for(work, [booking.id, *rest])])
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
    return Move(booking, wish, group, with_whom, wishes)


async def check_course_again(work: ClinicWork, move: Move, group: Sequence[BookingView]) -> None:
    """Raises `OutsideCourseWindow` where sessions of the course have other days since the move was found to suit it.

    `group` is what it is under the locks.
    """
    if [_standing_on(one) for one in group] != [_standing_on(one) for one in move.group]:
        await _check_course(work, move.booking, group, move.wish, move.rest, with_whom=move.with_whom)


def _standing_on(one: BookingView) -> tuple[int, date | None]:
    return one.position, one.local_starts_at.date() if one.status in STANDING else None


async def _held_for(work: ClinicWork, booking_ids: Collection[UUID]) -> set[UUID]:
    """What is held for these visits to move to: that is over once they move, or ask for another time."""
    return {one for asked in await asked_moves.list_open(work, booking_ids) for one in asked.holds}


def _wish(offer: Offer, starts_at: datetime, leaving: frozenset[UUID], who: UUID | None = None) -> Wish:
    return Wish(offer, tuple(workers_of(offer, who)), starts_at, 1, offer.window, leaving=leaving)


def on_grid(offer: Offer, minutes: int) -> Offer:
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
