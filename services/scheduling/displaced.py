"""Visits that were booked before their time was taken away: they stay booked until somebody moves or cancels them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.kernel.work import ClinicWork
from services.scheduling.displaced_repository import DisplacedRepository
from services.scheduling.displaced_rules import DayPart
from services.scheduling.repository import BookingRepository
from services.scheduling.schemas import BookingView

MOST = 500  # more than anybody moves by hand; the page that shows them says how many there are


async def list_displaced(
    work: ClinicWork,
    taken: Sequence[DayPart],
    *,
    given: Sequence[DayPart] = (),
    practitioner_id: UUID | None = None,
) -> list[list[BookingView]]:
    """For each part that was taken, the visits to come that lie in it, in order of time; all clinic's or a person's.

    What lies in time that was given in addition takes place all the same: a closure leaves that as it is.
    """
    if not taken:
        return []
    days = [(part.first_on, part.last_on) for part in taken]
    ids = await DisplacedRepository(work).list_ids(days, practitioner_id, MOST)
    visits = sorted(await BookingRepository(work).list_by_id(ids), key=lambda one: (one.starts_at, one.id))
    left = [one for one in visits if not any(part.holds(*_local(one)) for part in given)]
    return [[one for one in left if part.meets(*_local(one))] for part in taken]


def _local(booking: BookingView) -> tuple[UUID, datetime, datetime]:
    return booking.location_id, booking.local_starts_at, booking.local_ends_at
