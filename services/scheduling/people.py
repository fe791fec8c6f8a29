"""One person at several clinics: the claims of a practitioner are bound to the account with which they sign in.

Two claims that are bound to one person never overlap, whatever clinics they lie in (`PersonTime`). A clinic learns that
the time is taken elsewhere, and nothing else.
"""

from __future__ import annotations

from uuid import UUID

from services.kernel.work import ClinicWork
from services.practitioners import service as practitioners
from services.scheduling.people_repository import PeopleRepository
from services.scheduling.repository import BookingRepository, ClaimLost


async def bind_person(work: ClinicWork, practitioner_id: UUID) -> int:
    """Binds what lies ahead of a practitioner to whoever they sign in as now, or to nobody; gives how many clash.

    What is over is bound to nobody else any more either: a claim names the account of a link that stands.
    A visit at a time at which the person is booked elsewhere already stays booked and unbound: the clinic moves it,
    and finds it in its audit.
    """
    person_id = await practitioners.find_account(work, practitioner_id)
    people, bookings = PeopleRepository(work), BookingRepository(work)
    await people.free(practitioner_id, person_id)
    if person_id is None:
        return 0
    clashes = 0
    for booking_id in await people.list_unbound(practitioner_id):
        try:
            async with bookings.attempt():
                await bookings.lock_people([person_id])
                await people.bind(practitioner_id, booking_id, person_id)
        except ClaimLost:
            clashes += 1
            work.audit("booking.clashes_elsewhere", "booking", booking_id)
    return clashes
