"""Visits that were booked before their time was taken away: they stay booked until somebody moves or cancels them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from services.clinics import service as clinics
from services.clinics.hours_schemas import ExceptionView
from services.kernel.work import ClinicWork
from services.practitioners import service as practitioners
from services.practitioners.schemas import AbsenceView
from services.scheduling.displaced_repository import DisplacedRepository
from services.scheduling.displaced_rules import DayPart, LocalVisit
from services.scheduling.repository import BookingRepository
from services.scheduling.schemas import BookingView

MOST = 500  # more than anybody moves by hand
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
    """The visits to come that lie in any time that was taken away, each once, in order of time."""
    today = work.now.date()
    places = [place.id for place in await clinics.list_locations(work)]
    closed = await list_left(work, await clinics.list_exceptions(work, places))
    away = await list_left(work, await practitioners.list_absences_between(work, today, today + AHEAD))
    found = {one.id: one for visits in (*closed.values(), *away.values()) for one in visits}
    return sorted(found.values(), key=lambda one: (one.starts_at, one.id))


def _part(one: ExceptionView | AbsenceView) -> DayPart:
    person = one.practitioner_id if isinstance(one, AbsenceView) else None
    return DayPart(one.first_on, one.last_on, one.opens, one.closes, one.location_id, person)


def _local(booking: BookingView) -> LocalVisit:
    return LocalVisit(
        booking.location_id, booking.practitioner_id, booking.local_starts_at, booking.local_ends_at
    )
