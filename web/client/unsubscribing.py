"""The way out of messages that are not about a visit: a page with one button, and RFC 8058's one-click POST."""

from __future__ import annotations

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.clinics import service as clinics
from services.kernel.scope import ClinicScope, PublicScope
from services.kernel.work import Database
from services.notices import unsubscribing
from web.client.managing import private
from web.context import AppRequest, Visitor
from web.pages import page

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]


class UnsubscribePages(Controller):
    """`/unsubscribe/{token}`. The token is all that is asked for: mail programs press the button themselves."""

    path = "/unsubscribe/{token:str}"
    include_in_schema = False

    @get()
    async def ask(
        self,
        request: AppRequest,
        token: FromPath[str],
        database: Database_,
        visitor: Visitor_,  # noqa: ARG002  fills the header
    ) -> Response[str]:
        """The button. Opening the link changes nothing. Raises `LinkInvalid`."""
        scope, _ = await _open(token, database)
        return await _page(request, database, scope, token, done=False)

    @post(status_code=200)
    async def stop(
        self,
        request: AppRequest,
        token: FromPath[str],
        database: Database_,
        visitor: Visitor_,  # noqa: ARG002  fills the header
    ) -> Response[str]:
        """No more of them; pressed again it says the same."""
        scope, client_id = await _open(token, database)
        async with database.begin(scope) as work:
            await unsubscribing.unsubscribe(work, client_id)
        return await _page(request, database, scope, token, done=True)


async def _open(token: str, database: Database) -> tuple[ClinicScope, UUID]:
    async with database.begin(PublicScope()) as work:
        clinic_id, client_id = unsubscribing.read_link(work, token)
    return ClinicScope(clinic_id), client_id


async def _page(
    request: AppRequest, database: Database, scope: ClinicScope, token: str, *, done: bool
) -> Response[str]:
    async with database.begin(scope) as work:
        clinic = await clinics.get_clinic(work)
    return private(page(request, "followups/unsubscribe.html", clinic=clinic, token=token, done=done))
