"""Use cases of clients: a clinic's own record of each person."""

from __future__ import annotations

from uuid import UUID

from services.clients.repository import ClientRepository
from services.clients.schemas import ClientView
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.paging import Page, decode_cursor, page_of
from services.kernel.work import ClinicWork


async def find_or_create_client(
    work: ClinicWork, *, name: str, email: str, phone: str = "", account_id: UUID | None = None
) -> ClientView:
    """The clinic's client of that e-mail, made where there is none.

    What the clinic already knows stays; only a missing phone or account is filled in. Give `account_id` only for an
    account whose proven e-mail is the same.
    """
    clients = ClientRepository(work)
    if await clients.add(name=name, email=email, phone=phone, account_id=account_id):
        made = await _by_email(clients, email)
        work.audit("client.create", "client", made.id)
        return made
    known = await _by_email(clients, email)
    missing: dict[str, object] = {}
    if phone and not known.phone:
        missing["phone"] = phone
    if account_id is not None and known.account_id is None:
        missing["account_id"] = account_id
    if not missing:
        return known
    await clients.update(known.id, **missing)
    work.audit("client.update", "client", known.id, fields=sorted(missing))
    return await _by_email(clients, email)


async def get_client(work: ClinicWork, client_id: UUID) -> ClientView:
    """A client of the clinic. Raises `NotFound`."""
    found = await ClientRepository(work).find(client_id)
    if found is None:
        raise NotFound
    return found


async def list_clients(
    work: ClinicWork, q: str = "", limit: int = 50, cursor: str | None = None
) -> Page[ClientView]:
    """Clients by name whose name, e-mail or phone contains `q`."""
    after = decode_cursor(cursor, 2) if cursor else None
    if after is not None and not _is_id(str(after[1])):
        raise InvalidFields.one("cursor", "invalid", "This cursor is not one of ours.")
    found = await ClientRepository(work).search(q.strip(), after, limit + 1)
    return page_of(found, limit, lambda client: (client.name.lower(), client.id))


async def _by_email(clients: ClientRepository, email: str) -> ClientView:
    found = await clients.find_by_email(email)
    if found is None:
        raise NotFound
    return found


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
