"""Use case: bookings made as a guest become those of the account that has proved the address they were made with."""

from __future__ import annotations

from uuid import UUID

from services.accounts import service as accounts
from services.clients import service as clients
from services.kernel.work import ClinicWork
from services.scheduling.repository import BookingRepository


async def claim_bookings(work: ClinicWork, account_id: UUID) -> int:
    """Gives the account its client record at this clinic and what was booked for it as a guest; gives how many.

    Only the proved address counts. A client record that is another account's stays theirs, with its bookings; so does
    a booking that somebody made while signed in. Done twice, it changes nothing. Raises `NotFound`.
    """
    account = await accounts.get_account(work, account_id)
    if not account.email_verified:
        return 0
    client = await clients.link_account(work, account.email, account_id)
    if client is None:
        return 0
    claimed = await BookingRepository(work).give_to_account(client.id, account_id)
    if claimed:
        listed = [str(booking_id) for booking_id in claimed]
        work.audit("client.claim_bookings", "client", client.id, account_id=str(account_id), bookings=listed)
    return len(claimed)
