"""Use cases of asking: an export, the way in for a guest, an erasure; and what became of them.

A guest proves their address by opening the link that was sent there; what they see then is what is held of that
address. An address that an account has proved leads to signing in instead.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import Row

from services.accounts import service as accounts
from services.accounts.limits import limit_letters
from services.kernel.errors import FieldError, InvalidFields, NotFound
from services.kernel.language import DEFAULT, page_address
from services.kernel.links import LinkInvalid
from services.kernel.scope import GUEST, Actor, PublicScope
from services.kernel.work import AnyWork, Database, PublicWork
from services.privacy import events
from services.privacy.errors import AlreadyErasing, Moderates, OwnsClinic
from services.privacy.holding import count_ahead, find_language, would_orphan
from services.privacy.models import RequestKind, RequestState
from services.privacy.person import Person, person_of, person_of_account
from services.privacy.requests_repository import RequestRepository
from services.privacy.schemas import Erase, LinkAsked, RequestView

OWN_DATA, ERASED = "own-data", "erasure-report"
LINK_LASTS = timedelta(hours=24)
_ABOUT = b"own data link"


async def ask_link(work: PublicWork, given: LinkAsked, language: str, *, address: str = "") -> None:
    """Has the way in sent to the address if something is held of it; the answer does not tell.

    Raises `TooManyRequests`, for known and unknown addresses alike.
    """
    await limit_letters(work, "own-data", given.email, address)
    sealed = work.tools.keyring.seal(given.email.encode(), _ABOUT)
    work.announce(events.LINK_ASKED(to=urlsafe_b64encode(sealed).decode(), language=language))


def who_asked(work: AnyWork, to: str) -> str:
    """The address that the event holds sealed."""
    return work.tools.keyring.open(urlsafe_b64decode(to), _ABOUT).decode()


async def make_link(work: AnyWork, email: str, language: str, because: str) -> str:
    """The way in for a guest, good for a day, for the message; one for each reason to send it."""
    until = work.now + LINK_LASTS
    person, request_id = Person(email=email.lower()), uuid5(NAMESPACE_URL, f"own-data:{email}:{because}")
    await RequestRepository(work).add(
        RequestKind.LINK, person, language, request_id=request_id, expires_at=until
    )
    token = work.tools.links.sign(OWN_DATA, request_id, expires_at=until)
    return page_address(work.tools.base_url, f"/data/{token}")


async def open_link(work: AnyWork, token: str) -> Person:
    """Whom the link of a message leads to. Raises `LinkInvalid`, also after an erasure, and `LinkExpired`."""
    link = work.tools.links.read(OWN_DATA, token, work.now)
    row = await RequestRepository(work).find(link.subject_id)
    if row is None or row.email is None:
        raise LinkInvalid
    if await has_account(work, row.email):
        raise LinkInvalid("This address belongs to an account now. Sign in to see your data.")
    return Person(email=row.email.lower())


async def has_account(work: AnyWork, email: str) -> bool:
    """Whether an account has proved the address."""
    known = await accounts.find_by_email(work, email)
    return known is not None and known.email_verified


async def ask_export(work: PublicWork, person: Person, language: str) -> RequestView:
    """Has everything gathered that is held of the person; asked again while it is being made, it is the same one."""
    requests = RequestRepository(work)
    for row in await requests.list_of(person, RequestKind.EXPORT):
        if row.state == RequestState.ASKED:
            return view_of(row)
    request_id = await requests.add(RequestKind.EXPORT, person, language)
    work.audit("privacy.ask_export", "privacy_request", request_id)
    work.announce(events.EXPORT_ASKED(request_id=request_id))
    return view_of(await _found(work, request_id))


async def begin_erasure(
    database: Database,
    person: Person,
    given: Erase,
    *,
    by: Actor = GUEST,
    token: str = "",
    language: str | None = None,
) -> tuple[RequestView, str]:
    """Begins the erasure of a person who has proved who they are; gives it with the token of its report.

    `token` is the account's sign-in. The last message is in `language`, or in the account's where none is given. Raises
    `InvalidFields` for what was not confirmed, `OwnsClinic`, `Moderates`, `AlreadyErasing`.
    """
    missing = []
    if not given.cancel_bookings and await count_ahead(database, person, by):
        words = "Confirm that your visits are cancelled first."
        missing.append(FieldError("cancel_bookings", "missing", words))
    if not given.understood:
        missing.append(FieldError("understood", "missing", "Confirm that you want everything erased."))
    if missing:
        raise InvalidFields(missing)
    if person.account_id is not None and await would_orphan(database, person.account_id):
        raise OwnsClinic
    async with database.begin(PublicScope(by)) as work:
        if person.account_id is not None:
            await _prove_account(work, person.account_id, given, token)
        return await _ask_erasure(work, person, given, language)


async def begin_for_operator(database: Database, person: Person, *, by: Actor) -> UUID:
    """An operator begins it for somebody who proved otherwise who they are; what lies ahead is cancelled.

    The last message is in the account's language, or in the one in which clinics write to a guest. Raises `OwnsClinic`,
    `Moderates`, `AlreadyErasing`.
    """
    if person.account_id is not None and await would_orphan(database, person.account_id):
        raise OwnsClinic
    language = None if person.account_id else await find_language(database, person, by)
    async with database.begin(PublicScope(by)) as work:
        if person.account_id and (await accounts.get_account(work, person.account_id)).is_moderator:
            raise Moderates
        given = Erase(understood=True, cancel_bookings=True)
        return (await _ask_erasure(work, person, given, language))[0].id


async def person_of_address(work: AnyWork, email: str) -> Person:
    """The person of an address: its account where one has proved it, else whoever used it as a guest."""
    known = await accounts.find_by_email(work, email)
    if known is not None and known.email_verified:
        return await person_of_account(work, known.account_id)
    return Person(email=email.strip().lower())


async def _prove_account(work: PublicWork, account_id: UUID, given: Erase, token: str) -> None:
    if (await accounts.get_account(work, account_id)).is_moderator:
        raise Moderates
    await accounts.prove_again(work, account_id, given.password, given.code, token)


async def _ask_erasure(
    work: PublicWork, person: Person, given: Erase, language: str | None
) -> tuple[RequestView, str]:
    requests = RequestRepository(work)
    if any(row.state == RequestState.ASKED for row in await requests.list_of(person, RequestKind.ERASURE)):
        raise AlreadyErasing
    if language is None:
        own = person.account_id
        language = DEFAULT if own is None else await get_account_language(work, own)
    request_id = await requests.add(RequestKind.ERASURE, person, language, keep_reviews=given.keep_reviews)
    work.audit("privacy.ask_erasure", "privacy_request", request_id)
    work.announce(events.ERASURE_ASKED(request_id=request_id))
    return view_of(await _found(work, request_id)), report_token(work, request_id)


def report_token(work: AnyWork, request_id: UUID) -> str:
    """The token of an erasure's report, which holds nothing of the person."""
    return work.tools.links.sign(ERASED, request_id)


def report_link(work: AnyWork, request_id: UUID) -> str:
    """The address of the report, for the message."""
    return page_address(work.tools.base_url, f"/data/erased/{report_token(work, request_id)}")


async def read_report(work: AnyWork, token: str) -> RequestView:
    """How an erasure stands. Raises `LinkInvalid`."""
    link = work.tools.links.read(ERASED, token, work.now)
    row = await RequestRepository(work).find(link.subject_id)
    if row is None:
        raise LinkInvalid
    return view_of(row)


async def list_exports(work: AnyWork, person: Person) -> list[RequestView]:
    """The person's exports, latest first."""
    return [view_of(row) for row in await RequestRepository(work).list_of(person, RequestKind.EXPORT)]


async def get_export(work: AnyWork, person: Person, request_id: UUID) -> RequestView:
    """One of the person's own exports. Raises `NotFound`."""
    for row in await RequestRepository(work).list_of(person, RequestKind.EXPORT, limit=100):
        if row.id == request_id:
            return view_of(row)
    raise NotFound


async def requester(work: AnyWork, row: Row[Any]) -> Person:
    """Whose request a row is."""
    return await person_of(work, row.account_id, row.email)


async def get_account_language(work: AnyWork, account_id: UUID) -> str:
    """The language of a signed-in person. Raises `NotFound`."""
    return (await accounts.get_account(work, account_id)).language


async def own_person(work: AnyWork, account_id: UUID) -> Person:
    """The signed-in person. Raises `NotFound`."""
    return await person_of_account(work, account_id)


async def _found(work: AnyWork, request_id: UUID) -> Row[Any]:
    row = await RequestRepository(work).find(request_id)
    if row is None:
        raise NotFound
    return row


def view_of(row: Row[Any]) -> RequestView:
    """A request's row as the outside sees it."""
    return RequestView(
        id=row.id,
        kind=row.request_kind,
        state=row.state,
        language=row.language,
        asked_at=row.asked_at,
        done_at=row.done_at,
        expires_at=row.expires_at,
        size_bytes=row.size_bytes,
        report=row.report,
    )
