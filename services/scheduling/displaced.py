"""Visits that were booked before their time was taken away, or the week's hours were changed.

They stay booked until somebody moves or cancels them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.clinics import service as clinics
from services.clinics.hours_schemas import ExceptionView
from services.clinics.schemas import LocationView
from services.kernel.work import ClinicWork
from services.practitioners import service as practitioners
from services.practitioners.schemas import AbsenceView
from services.scheduling.displaced_repository import DisplacedRepository
from services.scheduling.displaced_rules import DayPart, LocalVisit, Regular
from services.scheduling.hours_rules import EXTRA, Change
from services.scheduling.repository import BookingRepository
from services.scheduling.rules import Place, Worker
from services.scheduling.schemas import BookingView

MOST, MOST_SEEN = 500, 4000  # more than anybody moves by hand, or than a large clinic has ahead
AHEAD = timedelta(days=400)  # beyond every horizon and the longest course that is booked as a whole

Others = Sequence[ExceptionView] | Sequence[AbsenceView]


async def list_displaced(
    work: ClinicWork, taken: Sequence[DayPart], given: Sequence[DayPart] = ()
) -> list[list[BookingView]]:
    """For each part that was taken, the visits to come that lie in it, in order of time.

    What lies in time that was given in addition takes place all the same: a closure leaves that as it is.
    """
    if not taken:
        return []
    days = [(part.first_on, part.last_on) for part in taken]
    people = {part.practitioner_id for part in taken if part.practitioner_id is not None}
    of_anyone = any(part.practitioner_id is None for part in taken)
    ids = await DisplacedRepository(work).list_ids(days, None if of_anyone else people, MOST)
    visits = sorted(await BookingRepository(work).list_by_id(ids), key=lambda one: (one.starts_at, one.id))
    left = [one for one in visits if not any(part.holds(_local(one)) for part in given)]
    return [[one for one in left if part.meets(_local(one))] for part in taken]


async def list_left(work: ClinicWork, others: Others) -> dict[UUID, list[BookingView]]:
    """By the other hours of a location or of people that take time away: the visits to come that lie in them."""
    taken = [one for one in others if one.kind != "extra"]
    given = [_part(one) for one in others if one.kind == "extra"]
    found = await list_displaced(work, [_part(one) for one in taken], given)
    return {one.id: visits for one, visits in zip(taken, found, strict=True)}


async def list_all_left(work: ClinicWork) -> list[BookingView]:
    """The visits to come that lie in any time that was taken away, or outside the hours by now, in order of time.

    Each once.
    """
    others = await _others(work, await clinics.list_locations(work))
    left = [await list_left(work, some) for some in others]
    found = {one.id: one for some in left for visits in some.values() for one in visits}
    found |= {one.id: one for one in await list_outside(work)}
    return sorted(found.values(), key=lambda one: (one.starts_at, one.id))


async def list_outside(
    work: ClinicWork, *, location_id: UUID | None = None, practitioner_id: UUID | None = None
) -> list[BookingView]:
    """The visits to come that lie outside the hours of a week by now, in order of time.

    Outside those of that location, or of that person; else outside either. Time in addition counts as theirs, as when
    they were booked; what is closed or taken says `list_left`.
    """
    repository = DisplacedRepository(work)
    ahead = await repository.list_ahead(location_id, practitioner_id, MOST_SEEN)
    hours = await _hours(work, {row.location_id for row in ahead})
    outside = []
    for row in ahead:
        here = hours.get(row.location_id)
        if here is None:
            continue
        zone = here.place.zone
        visit = LocalVisit(
            row.location_id, row.practitioner_id, row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
        )
        closed = practitioner_id is None and not here.is_open(visit)
        if closed or (location_id is None and not here.is_there(visit)):
            outside.append(row.id)
    visits = await BookingRepository(work).list_by_id(outside[:MOST])
    return sorted(visits, key=lambda one: (one.starts_at, one.id))


async def _hours(work: ClinicWork, location_ids: Collection[UUID]) -> dict[UUID, Regular]:
    """The hours of those of the locations that the clinic has still, and of those who treat there."""
    places = [place for place in await clinics.list_locations(work) if place.id in location_ids]
    if not places:
        return {}
    closed, away = await _others(work, places)
    people = [one for one, _, _ in await practitioners.list_names(work)]
    found = {}
    for place in places:
        weeks = await practitioners.list_hours_at(work, place.id)
        found[place.id] = Regular(
            Place(
                ZoneInfo(place.time_zone),
                tuple(span.as_rule() for span in place.hours),
                (),
                (),
                _extra(one for one in closed if one.location_id == place.id),
            ),
            {
                person: Worker(
                    person,
                    tuple(span.as_rule() for span in weeks.get(person, ())),
                    _extra(
                        one
                        for one in away
                        if one.practitioner_id == person and one.location_id in (None, place.id)
                    ),
                )
                for person in people
            },
        )
    return found


async def _others(
    work: ClinicWork, places: Sequence[LocationView]
) -> tuple[list[ExceptionView], list[AbsenceView]]:
    """Other hours of the locations, and of everyone, on days that are not over."""
    today = work.now.date()
    closed = await clinics.list_exceptions(work, [place.id for place in places])
    return closed, await practitioners.list_absences_between(work, today, today + AHEAD)


def _extra(others: Iterable[ExceptionView | AbsenceView]) -> tuple[Change, ...]:
    return tuple(
        Change(EXTRA, one.first_on, one.last_on, one.opens, one.closes)
        for one in others
        if one.kind == EXTRA and one.opens and one.closes
    )


def _part(one: ExceptionView | AbsenceView) -> DayPart:
    person = one.practitioner_id if isinstance(one, AbsenceView) else None
    return DayPart(one.first_on, one.last_on, one.opens, one.closes, one.location_id, person)


def _local(booking: BookingView) -> LocalVisit:
    return LocalVisit(
        booking.location_id, booking.practitioner_id, booking.local_starts_at, booking.local_ends_at
    )
