"""Use cases of clients: a clinic's own record of each person."""

from __future__ import annotations

from uuid import UUID

from services.accounts.service import find_language
from services.clients.errors import ClientKnown
from services.clients.events import READDRESSED
from services.clients.repository import ClientRepository, clinics_of_email
from services.clients.schemas import ClientIn, ClientPatch, ClientView, ListedClient
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.language import DEFAULT
from services.kernel.paging import Page, decode_cursor, page_of
from services.kernel.vault import Erased, make_key
from services.kernel.work import ClinicWork, PlatformWork


async def find_or_create_client(
    work: ClinicWork,
    *,
    name: str,
    email: str,
    phone: str = "",
    account_id: UUID | None = None,
    language: str | None = None,
) -> ClientView:
    """The clinic's client of that e-mail, made where there is none.

    What the clinic already knows stays; only a missing phone or account is filled in. Give `account_id` only for an
    account whose proven e-mail is the same. A new client has the language that was given, or the account's; a known one
    has another only where they are that account, since anybody can type an address.
    """
    clients = ClientRepository(work)
    spoken = language or (await find_language(work, account_id) if account_id else DEFAULT)
    made = await clients.add(name=name, email=email, phone=phone, account_id=account_id, language=spoken)
    if made is not None:
        make_key(work, made.id)
        work.audit("client.create", "client", made.id)
        return made
    known = await _by_email(clients, email)
    missing: dict[str, object] = {}
    if phone and not known.phone:
        missing["phone"] = phone
    if account_id is not None and known.account_id is None:
        missing["account_id"] = account_id
    if account_id is not None and language is not None and language != known.language:
        missing["language"] = language
    if not missing:
        return known
    await clients.update(known.id, **missing)
    work.audit("client.update", "client", known.id, fields=sorted(missing))
    return await _by_email(clients, email)


async def list_known_as(work: ClinicWork, client_id: UUID) -> dict[UUID, str]:
    """The addresses, in small letters, by id of the client's record and of those merged into it. Raises `NotFound`."""
    client = await get_client(work, client_id)
    return {row.id: row.email for row in await ClientRepository(work).known_as(client.id)}


async def find_client(work: ClinicWork, email: str) -> ClientView | None:
    """The clinic's client of that e-mail, in any case of letters, or nothing."""
    return await ClientRepository(work).find_by_email(email)


async def link_account(work: ClinicWork, email: str, account_id: UUID) -> ClientView | None:
    """Links the client of the e-mail to the account that has proved it; gives the account's client.

    Nothing where there is none, or where it is another account's already: that one keeps it.
    """
    clients = ClientRepository(work)
    known = await clients.find_by_email(email)
    if known is None:
        return None
    if await clients.link(known.id, account_id):
        work.audit("client.link_account", "client", known.id, account_id=str(account_id))
        return await _by_email(clients, email)
    return known if known.account_id == account_id else None


async def list_clinics_of(work: PlatformWork, email: str) -> list[UUID]:
    """The clinics that have a client of that e-mail; what they know of them is read under each one's own scope."""
    return await clinics_of_email(work, email)


async def add_client(work: ClinicWork, new: ClientIn) -> ClientView:
    """A client whom the desk writes down. Raises `ClientKnown` where there is a record of that address."""
    clients = ClientRepository(work)
    language = new.language or DEFAULT
    made = await clients.add(
        name=new.name, email=new.email, phone=new.phone, account_id=None, language=language
    )
    if made is None:
        raise ClientKnown(client_id=(await _by_email(clients, new.email)).id)
    work.audit("client.create", "client", made.id)
    return made


async def update_client(work: ClinicWork, client_id: UUID, patch: ClientPatch) -> ClientView:
    """Another name, address, phone or language. What lies ahead is told to another address (`READDRESSED`).

    Raises `NotFound`, `Erased`, `ClientKnown` for a taken address.
    """
    client = await get_living_client(work, client_id)
    clients = ClientRepository(work)
    given = {name: value for name, value in patch.model_dump().items() if value is not None}
    changes = {name: value for name, value in given.items() if value != getattr(client, name)}
    if not changes:
        return client
    if not await clients.change(client.id, **changes):
        raise ClientKnown(client_id=(await _by_email(clients, changes["email"])).id)
    work.audit("client.update", "client", client.id, fields=sorted(changes))
    now = await get_client(work, client.id)
    if now.email.lower() != client.email.lower():
        work.announce(READDRESSED(client_id=client.id))
    return now


async def get_client(work: ClinicWork, client_id: UUID) -> ClientView:
    """A client of the clinic; the id of a record that was merged gives the one that was kept. Raises `NotFound`."""
    found = await ClientRepository(work).find(client_id)
    if found is None:
        raise NotFound
    return found


async def get_living_client(work: ClinicWork, client_id: UUID) -> ClientView:
    """The same for whoever adds something. Raises `NotFound`, and `Erased` for a record that is nobody's any more."""
    client = await get_client(work, client_id)
    if client.is_erased:
        raise Erased
    return client


async def list_clients(
    work: ClinicWork, q: str = "", limit: int = 50, cursor: str | None = None
) -> Page[ClientView]:
    """Clients by name whose name, e-mail or phone contains `q`."""
    found = await list_with_likeness(work, q, limit, cursor)
    return Page([one.client for one in found.items], found.next)


async def list_with_likeness(
    work: ClinicWork, q: str = "", limit: int = 50, cursor: str | None = None, *, alike: bool = False
) -> Page[ListedClient]:
    """The same, each with whether another record may be the same person's; with `alike`, only those."""
    after = decode_cursor(cursor, 2) if cursor else None
    if after is not None and not _is_id(str(after[1])):
        raise InvalidFields.one("cursor", "invalid", "This cursor is not one of ours.")
    found = await ClientRepository(work).search(q.strip(), after, limit + 1, alike=alike)
    listed = [ListedClient(client, has_alike) for client, has_alike in found]
    return page_of(listed, limit, lambda one: (one.client.name.lower(), one.client.id))


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
