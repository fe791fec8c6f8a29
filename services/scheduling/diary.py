"""What the days of one location hold: hours, holidays, visits with their phases, blocked time. One read for each.

A day costs as many statements as a week, and a clinic of twenty people as many as one of two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Generic, Protocol, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from services.clinics import service as clinics
from services.clinics.hours_schemas import ExceptionView, HolidayView
from services.clinics.schemas import DeviceView, LocationView, RoomView
from services.kernel.work import ClinicWork
from services.practitioners import service as practitioners
from services.practitioners.schemas import AbsenceView
from services.scheduling.block_schemas import BlockedSpan
from services.scheduling.blocking import list_blocked
from services.scheduling.claiming import claims_again
from services.scheduling.diary_repository import DiaryRepository, Taken
from services.scheduling.externals import BusySpan, list_busy
from services.scheduling.hold_repository import HoldRepository
from services.scheduling.hours_rules import CLOSED, EXTRA, TAKEN, Change, Ranges, in_common
from services.scheduling.models import BookingStatus
from services.scheduling.people import list_taken_elsewhere
from services.scheduling.phase_rules import phases_taken
from services.scheduling.repository import BookingRepository
from services.scheduling.rules import Place, Span, Worker
from services.scheduling.schemas import BookingView
from services.treatments.rules import DEVICE, NUMBING_ROOM, PRACTITIONER, ROOM, Phase, phases_within

_A_DAY = timedelta(days=1)


class _Takes(Protocol):
    """Whom and what something takes, from when until when; instants in UTC."""

    @property
    def practitioner_id(self) -> UUID: ...
    @property
    def room_id(self) -> UUID: ...
    @property
    def numbing_room_id(self) -> UUID | None: ...
    @property
    def device_id(self) -> UUID: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...


T = TypeVar("T", bound=_Takes)


@dataclass(frozen=True, slots=True)
class Phased(Generic[T]):
    """Something that takes people, rooms and devices, with the phases it is made of."""

    booking: T
    phases: tuple[Phase, ...]

    def things_in(self, phase: Phase) -> set[UUID]:
        """Whom and what a phase takes."""
        booking = self.booking
        takes = {
            PRACTITIONER: booking.practitioner_id,
            ROOM: booking.room_id,
            DEVICE: booking.device_id,
            NUMBING_ROOM: booking.numbing_room_id or booking.room_id,
        }
        return {takes[need] for need in phase.needs}

    @property
    def rooms(self) -> tuple[UUID, ...]:
        """The rooms it takes, the one of the treatment first."""
        numbing = self.booking.numbing_room_id
        return (self.booking.room_id, *((numbing,) if numbing and numbing != self.booking.room_id else ()))


@dataclass(frozen=True, slots=True)
class HeldSpan:
    """A time that is kept until `until_at`: for somebody who is booking it, or offered to who waits (`offered_to`).

    Or a client (`asked_by`) asks to have a visit then (`asked_of`, its reference).
    """

    id: UUID
    wish_id: UUID | None
    treatment_id: UUID
    practitioner_id: UUID
    room_id: UUID
    numbing_room_id: UUID | None
    device_id: UUID
    starts_at: datetime
    ends_at: datetime
    until_at: datetime
    treatment_name: str
    offered_to: str | None
    asked_of: str | None
    asked_by: str | None


Visit = Phased[BookingView]
Held = Phased[HeldSpan]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who treats, with their hours at the location and what else is known of their days."""

    id: UUID
    name: str
    title: str
    worker: Worker
    absences: tuple[AbsenceView, ...]

    def taken_on(self, day: date) -> list[AbsenceView]:
        """Their blocked times of a local day."""
        return [one for one in self.absences if one.kind == TAKEN and one.first_on <= day <= one.last_on]

    def away_on(self, day: date) -> AbsenceView | None:
        """What keeps them away all day, or nothing."""
        return next(
            (one for one in self.absences if one.kind == CLOSED and one.first_on <= day <= one.last_on), None
        )


@dataclass(frozen=True, slots=True)
class Diary:
    """The days of a location."""

    location: LocationView
    days: tuple[date, ...]
    place: Place
    others: tuple[ExceptionView, ...]
    holidays: tuple[HolidayView, ...]
    people: tuple[Person, ...]
    rooms: tuple[RoomView, ...]
    devices: tuple[DeviceView, ...]
    visits: tuple[Visit, ...]
    blocked: tuple[BlockedSpan, ...]
    elsewhere: tuple[BusySpan, ...] = ()
    held: tuple[Held, ...] = ()

    def open_on(self, day: date) -> Ranges:
        """When the location is open on a local day."""
        return self.place.open_on(day)

    def works_on(self, person: Person, day: date) -> Ranges:
        """When somebody works at the location on a local day."""
        return in_common(self.place.open_on(day), person.worker.works_on(day, self.place))

    def others_on(self, day: date) -> list[ExceptionView]:
        """The location's other hours of a local day."""
        return [one for one in self.others if one.first_on <= day <= one.last_on]


async def read_diary(work: ClinicWork, location: LocationView, days: Sequence[date]) -> Diary:
    """The diary of local days in a row."""
    first, last = days[0], days[-1]
    zone = ZoneInfo(location.time_zone)
    others, holidays = await clinics.list_days(work, location, first, last)
    rooms = await clinics.list_rooms(work, location.id)
    devices = await clinics.list_devices(work, location.id)
    since = datetime.combine(first, time.min, zone)
    until = datetime.combine(last + _A_DAY, time.min, zone)
    things = [room.id for room in rooms] + [device.id for device in devices]
    visits, held = await _phased(work, location.id, (first, last), (since, until))
    return Diary(
        location=location,
        days=tuple(days),
        place=_place(location, zone, others),
        others=tuple(others),
        holidays=tuple(holidays),
        people=await _people(work, location, first, last),
        rooms=tuple(rooms),
        devices=tuple(devices),
        visits=visits,
        blocked=tuple(await list_blocked(work, things, since, until)),
        elsewhere=(*await list_busy(work, since, until), *await list_taken_elsewhere(work, since, until)),
        held=held,
    )


def _place(location: LocationView, zone: ZoneInfo, others: Sequence[ExceptionView]) -> Place:
    return Place(
        zone, tuple(span.as_rule() for span in location.hours), (), (), tuple(_change(one) for one in others)
    )


def _change(one: ExceptionView | AbsenceView) -> Change:
    times = (one.opens, one.closes) if one.opens and one.closes else ()
    return Change(one.kind, one.first_on, one.last_on, *times)


async def _people(work: ClinicWork, location: LocationView, first: date, last: date) -> tuple[Person, ...]:
    """Who works at the location, or has extra time there on one of the days."""
    hours = await practitioners.list_hours_at(work, location.id)
    absences: dict[UUID, list[AbsenceView]] = {}
    for one in await practitioners.list_absences_between(work, first, last):
        if one.location_id in (None, location.id):
            absences.setdefault(one.practitioner_id, []).append(one)
    extra = {person for person, theirs in absences.items() if any(one.kind == EXTRA for one in theirs)}
    people = []
    for person_id, name, title in await practitioners.list_names(work):
        if person_id in hours or person_id in extra:
            theirs = tuple(absences.get(person_id, ()))
            week = tuple(span.as_rule() for span in hours.get(person_id, ()))
            worker = Worker(person_id, week, tuple(_change(one) for one in theirs))
            people.append(Person(person_id, name, title, worker, theirs))
    return tuple(people)


async def _phased(
    work: ClinicWork, location_id: UUID, days: tuple[date, date], edges: tuple[datetime, datetime]
) -> tuple[tuple[Visit, ...], tuple[Held, ...]]:
    """Visits and kept times with their phases."""
    bookings = BookingRepository(work)
    visits = await bookings.list_holding(location_id, *days)
    held = [
        HeldSpan(**{part.name: getattr(row, part.name) for part in fields(HeldSpan)})
        for row in await HoldRepository(work).list_standing(location_id, *edges)
    ]
    taken = await DiaryRepository(work).list_taken([one.id for one in visits], [one.id for one in held])
    menu = await bookings.phase_minutes(
        {*(one.treatment_id for one in visits), *(one.treatment_id for one in held)}
    )
    return (
        tuple(
            Phased(one, _phases(one, taken.get(one.id) or _given_back(one), menu[one.treatment_id]))
            for one in visits
        ),
        tuple(Phased(one, _phases(one, _kept(one, taken), menu[one.treatment_id])) for one in held),
    )


def _kept(held: HeldSpan, taken: Taken) -> Sequence[tuple[UUID, Span]]:
    """What a hold takes; of one that a visit would move to nothing is known where that visit has a part of it."""
    return () if held.asked_of else taken.get(held.id, ())


def _given_back(visit: BookingView) -> Sequence[tuple[UUID, Span]]:
    """What a visit took to which nobody came."""
    if visit.status != BookingStatus.NO_SHOW:
        return ()
    claims = claims_again(visit)
    return sorted((one["resource_id"], Span(one["starts_at"], one["ends_at"])) for one in claims)


def _phases(
    one: _Takes, taken: Sequence[tuple[UUID, Span]], menu: tuple[int, int, int] = (0, 0, 0)
) -> tuple[Phase, ...]:
    """As it was booked, by what it takes; by the menu of today where that is not known any more."""
    spans: dict[UUID, list[Span]] = defaultdict(list)
    for resource_id, span in taken:
        spans[resource_id].append(span)
    practitioner, device = spans[one.practitioner_id], spans[one.device_id]
    elsewhere = one.numbing_room_id is not None
    if practitioner and device:
        return phases_taken(Span(one.starts_at, one.ends_at), practitioner, device, numbing_room=elsewhere)
    length = int((one.ends_at - one.starts_at) / timedelta(minutes=1))
    return phases_within(length, *menu, numbing_room=elsewhere)
