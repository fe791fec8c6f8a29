"""What follows from what happens to a visit."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.clients import service as clients
from services.kernel.scope import ClinicScope
from services.kernel.work import ClinicWork, PlatformWork
from services.notices import bookings
from services.scheduling import service as scheduling
from services.scheduling.schemas import Reached
from workers.actor import Outside, actor


@actor(scope="clinic")
async def tell_of_confirmation(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Client and clinic learn that the time is taken."""
    await bookings.tell_confirmed(work, UUID(ids["group_id"]))


@actor(scope="clinic")
async def tell_of_request(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Client and clinic learn that the time is held."""
    await bookings.tell_requested(work, UUID(ids["group_id"]))


@actor(scope="clinic")
async def tell_of_new_time(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Client and clinic learn the new time."""
    await bookings.tell_rescheduled(work, UUID(ids["booking_id"]))


@actor(scope="clinic")
async def tell_of_cancellation(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Client and clinic learn that it is off."""
    await bookings.tell_cancelled(work, UUID(ids["booking_id"]))


@actor(scope="clinic")
async def tell_of_refusal(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """The client learns that the clinic said no."""
    await bookings.tell_declined(work, UUID(ids["booking_id"]))


@actor(scope="clinic")
async def tell_of_expiry(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """The client learns that no answer came."""
    await bookings.tell_expired(work, UUID(ids["booking_id"]))


@actor(scope="clinic")
async def remind_client(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """The day before, if it is still going to be."""
    await bookings.remind(work, UUID(ids["booking_id"]))


@actor(scope="clinic")
async def expire_request(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Ends a request that nobody answered."""
    await scheduling.expire_request(work, UUID(ids["booking_id"]))


@actor(scope="clinic")
async def expire_hold(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Gives a held time back that nobody booked."""
    await scheduling.expire_hold(work, UUID(ids["hold_id"]))


@actor(scope="platform", outside=True)
async def send_lost_links(work: PlatformWork, ids: Mapping[str, str], outside: Outside) -> None:
    """The links to what lies ahead for an address, read one clinic at a time, in one message."""
    email = scheduling.who_asked(work, ids["to"])
    ahead: list[Reached] = []
    for clinic_id in await clients.list_clinics_of(work, email):
        async with outside.database.begin(ClinicScope(clinic_id, work.scope.by)) as own:
            ahead += await scheduling.find_ahead(own, email)
    await bookings.send_links(work, email, ahead)
