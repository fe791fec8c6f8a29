"""Pages of one's own data: what is held, taking it along, having it erased. Signed in, or by the link of a message."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.accounts import service as accounts
from services.kernel.errors import InvalidFields, Refusal, TooManyRequests
from services.kernel.links import LinkExpired, LinkInvalid
from services.kernel.scope import Actor, PublicScope
from services.kernel.work import Database
from services.privacy import asking, export, holding, own_consents
from services.privacy.errors import AlreadyErasing, FileGone, Moderates, NotReady, OwnsClinic
from services.privacy.law import law_version, laws
from services.privacy.person import Person
from services.privacy.schemas import ConsentDecided, Erase, LinkAsked
from web.client.data_words import heading_of, in_order, parts_of
from web.client.passwords import link_over
from web.client.sessions import close_session, session_token
from web.client.showing import secret_address, show_form
from web.context import AppRequest, Visitor, address_of
from web.downloads import as_download
from web.forms import Form, check, read_form
from web.locale import current_locale
from web.pages import go_to, page

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]


@dataclass(frozen=True, slots=True)
class Way:
    """Whose data, where the pages lie, and who asks."""

    person: Person
    base: str
    by: Actor
    is_guest: bool = False
    has_second_factor: bool = False


class OwnDataPages(Controller):
    """`/account/data`."""

    path = "/account/data"

    @get()
    async def show(self, request: AppRequest, database: Database_, visitor: Visitor_) -> Response[str]:
        return await _overview(request, database, await _signed_in(database, visitor))

    @post("/exports", status_code=303)
    async def ask(self, database: Database_, visitor: Visitor_) -> Response[Any]:
        return await _ask_export(database, await _signed_in(database, visitor))

    @get("/exports/{request_id:uuid}")
    async def read(
        self, request: AppRequest, request_id: FromPath[UUID], database: Database_, visitor: Visitor_
    ) -> Response[Any]:
        return await _read(request, database, await _signed_in(database, visitor), request_id)

    @get("/exports/{request_id:uuid}/file")
    async def download(
        self, request_id: FromPath[UUID], database: Database_, visitor: Visitor_
    ) -> Response[Any]:
        return await _download(database, await _signed_in(database, visitor), request_id)

    @get("/erase")
    async def before(self, request: AppRequest, database: Database_, visitor: Visitor_) -> Response[str]:
        return await _erase_page(request, database, await _signed_in(database, visitor), Form())

    @post("/erase", status_code=200)
    async def erase(self, request: AppRequest, database: Database_, visitor: Visitor_) -> Response[Any]:
        way = await _signed_in(database, visitor)
        return await _erase(request, database, way, token=session_token(request))

    @get("/consents")
    async def consents(self, request: AppRequest, database: Database_, visitor: Visitor_) -> Response[str]:
        return await _consents_page(request, database, await _signed_in(database, visitor), Form())

    @post("/consents", status_code=200)
    async def decide(self, request: AppRequest, database: Database_, visitor: Visitor_) -> Response[Any]:
        return await _decide(request, database, await _signed_in(database, visitor))


class GuestDataPages(Controller):
    """`/data`: who has no account asks with their address, and comes in by the link that is sent there."""

    path = "/data"

    @get()
    async def show(self, request: AppRequest, visitor: Visitor_) -> Response[Any]:
        if visitor.signed_in:
            return go_to("/account/data")
        return show_form(request, "account/data/ask.html", Form())

    @post(status_code=200)
    async def submit(self, request: AppRequest, database: Database_, visitor: Visitor_) -> Response[Any]:
        form = await read_form(request)
        try:
            given = check(form, LinkAsked)
            async with database.begin(PublicScope(visitor.actor)) as work:
                await asking.ask_link(work, given, current_locale(), address=address_of(request))
        except (InvalidFields, TooManyRequests) as refusal:
            return show_form(request, "account/data/ask.html", form, refusal)
        return go_to("/data/sent")

    @get("/sent")
    async def sent(self, request: AppRequest) -> Response[str]:
        return page(request, "account/data/sent.html")

    @get("/erased/{token:str}")
    async def report(self, request: AppRequest, token: FromPath[str], database: Database_) -> Response[str]:
        """What an erasure did; it holds nothing of the person."""
        async with database.begin(PublicScope()) as work:
            found = await asking.read_report(work, token)
        return secret_address(
            page(
                request,
                "account/data/erased.html",
                erasure=found,
                laws=list(laws().values()),
                law_version=law_version(),
                tables=_counts_in_words(found.report),
            )
        )

    @get("/{token:str}")
    async def overview(self, request: AppRequest, token: FromPath[str], database: Database_) -> Response[Any]:
        return await _by_link(request, database, token, _overview)

    @post("/{token:str}/exports", status_code=303)
    async def ask(self, request: AppRequest, token: FromPath[str], database: Database_) -> Response[Any]:
        async def do(_request: AppRequest, database: Database, way: Way) -> Response[Any]:
            return await _ask_export(database, way)

        return await _by_link(request, database, token, do)

    @get("/{token:str}/exports/{request_id:uuid}")
    async def read(
        self, request: AppRequest, token: FromPath[str], request_id: FromPath[UUID], database: Database_
    ) -> Response[Any]:
        async def do(request: AppRequest, database: Database, way: Way) -> Response[Any]:
            return await _read(request, database, way, request_id)

        return await _by_link(request, database, token, do)

    @get("/{token:str}/exports/{request_id:uuid}/file")
    async def download(
        self, request: AppRequest, token: FromPath[str], request_id: FromPath[UUID], database: Database_
    ) -> Response[Any]:
        async def do(_request: AppRequest, database: Database, way: Way) -> Response[Any]:
            return await _download(database, way, request_id)

        return await _by_link(request, database, token, do)

    @get("/{token:str}/erase")
    async def before(self, request: AppRequest, token: FromPath[str], database: Database_) -> Response[Any]:
        async def do(request: AppRequest, database: Database, way: Way) -> Response[Any]:
            return await _erase_page(request, database, way, Form())

        return await _by_link(request, database, token, do)

    @post("/{token:str}/erase", status_code=200)
    async def erase(self, request: AppRequest, token: FromPath[str], database: Database_) -> Response[Any]:
        return await _by_link(request, database, token, _erase)

    @get("/{token:str}/consents")
    async def consents(self, request: AppRequest, token: FromPath[str], database: Database_) -> Response[Any]:
        async def do(request: AppRequest, database: Database, way: Way) -> Response[Any]:
            return await _consents_page(request, database, way, Form())

        return await _by_link(request, database, token, do)

    @post("/{token:str}/consents", status_code=200)
    async def decide(self, request: AppRequest, token: FromPath[str], database: Database_) -> Response[Any]:
        return await _by_link(request, database, token, _decide)


async def _signed_in(database: Database, visitor: Visitor) -> Way:
    account_id = visitor.account_id
    async with database.begin(PublicScope(visitor.actor)) as work:
        person = await asking.own_person(work, account_id)
        own = await accounts.get_own_account(work, account_id)
    return Way(person, "/account/data", visitor.actor, has_second_factor=own.has_second_factor)


async def _by_link(request: AppRequest, database: Database, token: str, do: Any) -> Response[Any]:
    """What the link of a message opens; else the page that says why it opens nothing."""
    try:
        async with database.begin(PublicScope()) as work:
            person = await asking.open_link(work, token)
    except (LinkExpired, LinkInvalid) as refusal:
        return link_over(request, refusal, "/data")
    answer: Response[Any] = await do(
        request, database, Way(person, f"/data/{token}", Actor("guest"), is_guest=True)
    )
    return secret_address(answer)


async def _overview(request: AppRequest, database: Database, way: Way) -> Response[str]:
    held = await holding.list_held(database, way.person, way.by)
    async with database.begin(PublicScope(way.by)) as work:
        exports = await asking.list_exports(work, way.person)
    answer = page(
        request,
        "account/data/show.html",
        way=way,
        held=held,
        exports=exports,
        heading_of=heading_of,
        in_order=in_order,
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


async def _ask_export(database: Database, way: Way) -> Response[Any]:
    async with database.begin(PublicScope(way.by)) as work:
        made = await asking.ask_export(work, way.person, current_locale())
    return go_to(f"{way.base}/exports/{made.id}")


async def _read(request: AppRequest, database: Database, way: Way, request_id: UUID) -> Response[Any]:
    """The document to read; while it is made, the page that says so and looks again."""
    try:
        async with database.begin(PublicScope(way.by)) as work:
            made = await asking.get_export(work, way.person, request_id)
            document = await export.read_export(work, way.person, request_id)
    except NotReady:
        answer = page(request, "account/data/making.html", way=way)
        answer.headers["Refresh"] = "3"
        return answer
    except FileGone as refusal:
        return go_to(way.base, flash=refusal.text, kind="caution")
    answer = page(request, "account/data/read.html", way=way, export=made, parts=parts_of(document))
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


async def _download(database: Database, way: Way, request_id: UUID) -> Response[Any]:
    try:
        async with database.begin(PublicScope(way.by)) as work:
            document = await export.read_export(work, way.person, request_id)
    except (NotReady, FileGone) as refusal:
        return go_to(way.base, flash=refusal.text, kind="caution")
    content = json.dumps(document, ensure_ascii=False, indent=1).encode()
    return as_download("needlewise-data.json", "application/json", content)


async def _erase_page(
    request: AppRequest, database: Database, way: Way, form: Form, refusal: Refusal | None = None
) -> Response[str]:
    held = await holding.list_held(database, way.person, way.by)
    answer = show_form(
        request,
        "account/data/erase.html",
        form,
        refusal,
        way=way,
        held=held,
        ahead=sum(one.ahead for one in held),
        laws=list(laws().values()),
        law_version=law_version(),
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


async def _erase(request: AppRequest, database: Database, way: Way, token: str = "") -> Response[Any]:
    form = await read_form(request)
    try:
        given = check(form, Erase)
        _, report = await asking.begin_erasure(
            database, way.person, given, by=way.by, token=token, language=current_locale()
        )
    except (InvalidFields, TooManyRequests, OwnsClinic, Moderates, AlreadyErasing) as refusal:
        return await _erase_page(request, database, way, form, refusal)
    answer = go_to(f"/data/erased/{report}")
    if not way.is_guest:
        close_session(answer)
    return answer


def _counts_in_words(report: dict[str, Any]) -> list[tuple[str, int, int, int]]:
    """Table, rows deleted, rows cleared, rows kept by law."""
    names = sorted({*report.get("deleted", {}), *report.get("cleared", {}), *report.get("kept", {})})
    return [
        (heading_of(name), *(report.get(what, {}).get(name, 0) for what in ("deleted", "cleared", "kept")))
        for name in names
    ]


async def _consents_page(
    request: AppRequest, database: Database, way: Way, form: Form, refusal: Refusal | None = None
) -> Response[str]:
    found = await own_consents.list_own(database, way.person, way.by)
    answer = show_form(request, "account/data/consents.html", form, refusal, way=way, found=found)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


async def _decide(request: AppRequest, database: Database, way: Way) -> Response[Any]:
    form = await read_form(request)
    try:
        await own_consents.decide(
            database, way.person, check(form, ConsentDecided, language=current_locale()), way.by
        )
    except InvalidFields as refusal:
        return await _consents_page(request, database, way, form, refusal)
    return go_to(f"{way.base}/consents", flash="Noted. It holds from now on, and the clinic sees it.")
