"""Use cases of addresses that take no mail: marked by a final refusal, believed again when there is reason to.

An address is kept as a digest, with its domain: enough to know it again, and to see whether a domain is at fault.
"""

from __future__ import annotations

from uuid import UUID

from services.accounts import service as accounts
from services.clients import service as clients
from services.kernel.work import AnyWork, ClinicWork, PublicWork
from services.notices.repository import AddressRepository
from services.notices.schemas import DeadAddress
from services.scheduling import texts


async def find_dead(work: AnyWork, address: str) -> DeadAddress | None:
    """Since when and why the address takes no mail, or nothing."""
    return await AddressRepository(work).find(address)


async def believe_proven(work: PublicWork, account_id: UUID) -> None:
    """Somebody has opened a link that went to the address: it works."""
    account = await accounts.get_account(work, account_id)
    await AddressRepository(work).believe([account.email])


async def believe_number(work: ClinicWork, group_id: UUID) -> None:
    """The client gives the number for text messages, again perhaps: the next one is tried."""
    number = await texts.find_number(work, group_id)
    if number:
        await AddressRepository(work).believe([number])


async def believe_client(work: ClinicWork, client_id: UUID) -> bool:
    """The clinic says that the client's address is right. False where it was believed already. Raises `NotFound`."""
    client = await clients.get_client(work, client_id)
    believed = await AddressRepository(work).believe([client.email])
    if believed:
        work.audit("client.believe_address", "client", client.id)
    return believed
