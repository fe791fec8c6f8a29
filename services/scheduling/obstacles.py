"""What is in the way of a visit at a time that was refused, in the names that the clinic knows it by.

The refusal itself comes from the plan (planning.py) or from the database; this only says why, to somebody of the
clinic who manages its bookings. What somebody does at another clinic is not told: they are busy elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from uuid import UUID

from services.clinics import service as clinics
from services.kernel.work import ClinicWork
from services.practitioners import service as practitioners
from services.scheduling.availability import (
    Offer,
    board_of,
    get_offer_as_booked,
    shape_as_booked,
    taken_over,
    workers_of,
)
from services.scheduling.availability_repository import ELSEWHERE, Taken
from services.scheduling.diary import Diary, Person, read_diary
from services.scheduling.grid_rules import edge_of
from services.scheduling.hours_rules import Ranges, in_common
from services.scheduling.obstacle_rules import TakenSpan, Why, each_taken, in_the_way, is_on_the_way, lies_in
from services.scheduling.repository import BookingRepository
from services.scheduling.rules import Span, Use, Worker
from services.scheduling.schemas import BookingView


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Whom or what it concerns and why it does not go; from when until when (UTC), where that is known.

    `visit` is the one that is in the way, `note` what was noted of a block or for whom a time is kept, and `hours` are
    the local hours of the day outside which the time lies.
    """

    why: Why
    name: str = ""
    span: Span | None = None
    visit: BookingView | None = None
    note: str = ""
    hours: Ranges = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sought:
    """A time at which a visit cannot be, and with whom, where and with what it was asked for."""

    starts_at: datetime
    practitioner_id: UUID | None = None
    room_id: UUID | None = None
    device_id: UUID | None = None


async def list_obstacles(work: ClinicWork, booking: BookingView, sought: Sought) -> list[Obstacle]:
    """What is in the way of moving a visit there; nothing where nothing is found.

    Raises `ClinicNotListed`, and field errors for a room or a device that will not do.
    """
    offer = await get_offer_as_booked(work, booking, by_clinic=True)
    if sought.starts_at == booking.starts_at:
        offer = replace(offer, shape=shape_as_booked(offer.facts, booking))
    offer = offer.only(sought.room_id, sought.device_id)
    location = await clinics.get_location(work, offer.location_id, archived=True)
    day = sought.starts_at.astimezone(offer.zone).date()
    at = _At(work, offer, sought.starts_at, day, await read_diary(work, location, [day]), booking.id)
    workers = workers_of(offer, None)
    who = sought.practitioner_id or booking.practitioner_id
    worker = next((one for one in workers if one.id == who), None)
    names = {one: name for one, name, _ in await practitioners.list_names(work)}
    taken = await taken_over(work, offer.facts, workers, day, day)
    found = _out_of_hours(at, who, worker, names.get(who, ""))
    if worker is not None and not found:
        found = await _of_person(at, worker, taken, names[who])
    things = await _of_things(at, taken)
    may_be_others = sought.practitioner_id is None and len(workers) > 1
    if may_be_others and not things and found and found[0].why != Why.CLOSED:
        found.append(Obstacle(Why.NOBODY_ELSE))
    return found + things


@dataclass(frozen=True, slots=True)
class _At:
    """The visit at the time that was asked for, and the local day around it."""

    work: ClinicWork
    offer: Offer
    starts_at: datetime
    day: date
    diary: Diary
    leaving: UUID

    @property
    def clock(self) -> tuple[time, time]:
        """When it would begin and end, in local time."""
        ends_at = self.starts_at + self.offer.shape.length
        return self.starts_at.astimezone(self.offer.zone).time(), ends_at.astimezone(self.offer.zone).time()

    def taken(self, workers: Sequence[Worker], taken: Taken) -> list[TakenSpan]:
        """What stands in the way of a person of the clinic who decides: their own calendars do not."""
        who = {worker.person_id: worker.id for worker in workers if worker.person_id}
        found = []
        for resource_id, starts_at, ends_at, place_id, by in taken.rows:
            if by in {self.leaving, ELSEWHERE}:
                continue
            way = self.offer.facts.travel.get(place_id) if place_id else None
            span = Span(starts_at, ends_at)
            around = Span(starts_at - way, ends_at + way) if way else span
            mine = who.get(resource_id)
            found.append(TakenSpan(mine or resource_id, span, around, by, elsewhere=mine is not None))
        return found

    async def said(self, one: TakenSpan, name: str, uses: Sequence[Use]) -> Obstacle:
        """What takes it, by name."""
        if one.elsewhere:
            return Obstacle(Why.ELSEWHERE, name, one.span)
        visit = await BookingRepository(self.work).find(one.by) if one.by else None
        if is_on_the_way(one, uses, self.starts_at):
            return Obstacle(Why.ON_THE_WAY, name, one.span, visit)
        if visit is not None:
            return Obstacle(Why.VISIT, name, Span(visit.starts_at, visit.ends_at), visit)
        if one.by is not None:
            return self._kept(one.by, name, one.span)
        block = next(
            (
                block
                for block in self.diary.blocked
                if block.resource_id == one.resource_id
                and block.starts_at <= one.span.starts_at < block.ends_at
            ),
            None,
        )
        return Obstacle(Why.BLOCKED, name, one.span, note=block.note if block else "")

    def _kept(self, by: UUID, name: str, span: Span) -> Obstacle:
        """For whom a time is kept; nobody's name while it is only being booked."""
        kept = next((held.booking for held in self.diary.held if held.booking.id == by), None)
        if kept and kept.asked_by:
            return Obstacle(Why.ASKED, name, span, note=kept.asked_by)
        if kept and kept.offered_to:
            return Obstacle(Why.OFFERED, name, span, note=kept.offered_to)
        return Obstacle(Why.KEPT, name, span)


def _out_of_hours(at: _At, who: UUID, worker: Worker | None, name: str) -> list[Obstacle]:
    """Nothing where the place is open and the practitioner there as long as the visit takes."""
    begins, ends = at.clock
    opened = at.diary.open_on(at.day)
    if not lies_in(opened, begins, ends):
        return [Obstacle(Why.CLOSED, at.diary.location.name, hours=opened)]
    if worker is None:
        return [Obstacle(Why.NOT_GIVEN, name)]
    works = in_common(opened, worker.works_on(at.day, at.offer.place))
    if lies_in(works, begins, ends):
        return []
    person = next((one for one in at.diary.people if one.id == who), None)
    return _blocked(at, person) or [Obstacle(Why.OFF, name, hours=works)]


def _blocked(at: _At, person: Person | None) -> list[Obstacle]:
    begins, ends = at.clock
    return [
        Obstacle(
            Why.BLOCKED,
            person.name,
            Span(*(edge_of(at.day, edge, at.offer.zone) for edge in (one.opens, one.closes))),
            note=one.note,
        )
        for one in (person.taken_on(at.day) if person else ())
        if person and one.opens and one.closes and one.opens < ends and begins < one.closes
    ]


async def _of_person(at: _At, worker: Worker, taken: Taken, name: str) -> list[Obstacle]:
    board = board_of(at.offer, [worker], taken, by_hand=True, leaving=[at.leaving])
    if worker.daily_maximum is not None and board.visits_on(worker, at.day) >= worker.daily_maximum:
        return [Obstacle(Why.FULL, name)]
    uses = at.offer.shape.practitioner
    mine = [one for one in at.taken([worker], taken) if one.resource_id == worker.id]
    return [await at.said(one, name, uses) for one in in_the_way(mine, uses, at.starts_at)]


async def _of_things(at: _At, taken: Taken) -> list[Obstacle]:
    """What takes every room, every device or every room for numbing that would do."""
    shape, place, found = at.offer.shape, at.offer.place, list[Obstacle]()
    names = {room.id: room.name for room in at.diary.rooms}
    names |= {device.id: f"{device.maker} {device.model}" for device in at.diary.devices}
    for things, uses in (
        (place.room_ids, shape.room),
        (place.numbing_room_ids if shape.numbing_room else (), shape.numbing_room),
        (place.device_ids, shape.device),
    ):
        spans = each_taken(things, in_the_way(at.taken((), taken), uses, at.starts_at))
        found += [await at.said(one, names.get(one.resource_id, ""), uses) for one in spans]
    return found
