"""Pages of a forgotten password: asking for a link, and choosing another one through it."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.accounts import service as accounts
from services.accounts.errors import LinkUsed
from services.accounts.schemas import ChosenPassword, Forgotten
from services.kernel.errors import InvalidFields, Refusal, TooManyRequests
from services.kernel.links import LinkExpired, LinkInvalid
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from web.client.sessions import close_session
from web.client.showing import secret_address, show_form
from web.context import AppRequest, Visitor, address_of
from web.forms import Form, check, read_form
from web.pages import go_to, page

_CHANGED = "Your password is changed, and every device is signed out. Sign in with the new one."


class ForgottenPages(Controller):
    """`/forgot-password`: the answer is the same whether or not the address is known."""

    path = "/forgot-password"

    @get()
    async def show(self, request: AppRequest) -> Response[str]:
        return show_form(request, "account/forgotten.html", Form())

    @post(status_code=200)
    async def submit(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Response[Any]:
        form = await read_form(request)
        try:
            given = check(form, Forgotten)
            async with database.begin(PublicScope(visitor.actor)) as work:
                await accounts.ask_reset(work, given, address=address_of(request))
        except (InvalidFields, TooManyRequests) as refusal:
            return show_form(request, "account/forgotten.html", form, refusal)
        return go_to("/forgot-password/sent")

    @get("/sent")
    async def sent(self, request: AppRequest) -> Response[str]:
        return page(request, "account/forgotten_sent.html")


class ResetPages(Controller):
    """`/reset-password/{token}`: another password, for who has the link of the message."""

    path = "/reset-password/{token:str}"

    @get()
    async def show(
        self,
        request: AppRequest,
        token: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        return await _reset_page(request, database, visitor, token, form=Form())

    @post(status_code=200)
    async def submit(
        self,
        request: AppRequest,
        token: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        form = await read_form(request)
        try:
            new = check(form, ChosenPassword)
            async with database.begin(PublicScope(visitor.actor)) as work:
                await accounts.reset_password(work, token, new)
        except InvalidFields as refusal:
            return await _reset_page(request, database, visitor, token, form=form, refusal=refusal)
        except (LinkExpired, LinkInvalid, LinkUsed) as refusal:
            return link_over(request, refusal, "/forgot-password")
        answer = go_to("/sign-in", flash=_CHANGED)
        close_session(answer)
        return answer


def link_over(request: AppRequest, refusal: Refusal, again: str) -> Response[str]:
    """The page of a link that opens nothing more, with the way to another one."""
    words, status = refusal.text, refusal.status
    return secret_address(page(request, "account/link_over.html", status=status, words=words, again=again))


async def _reset_page(
    request: AppRequest,
    database: Database,
    visitor: Visitor,
    token: str,
    *,
    form: Form,
    refusal: InvalidFields | None = None,
) -> Response[str]:
    try:
        async with database.begin(PublicScope(visitor.actor)) as work:
            email = await accounts.open_reset(work, token)
    except (LinkExpired, LinkInvalid, LinkUsed) as over:
        return link_over(request, over, "/forgot-password")
    return secret_address(show_form(request, "account/reset.html", form, refusal, email=email))
