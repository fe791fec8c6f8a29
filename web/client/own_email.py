"""Pages of another e-mail address: asking for it with the password, proving it by the link that was sent there."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from infra.platform.settings import Settings
from services.accounts import service as accounts
from services.accounts.errors import EmailTaken, LinkUsed
from services.accounts.schemas import NewEmail
from services.kernel.errors import InvalidFields, Refusal, TooManyRequests
from services.kernel.links import LinkExpired, LinkInvalid
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from web.client.passwords import link_over
from web.client.sessions import open_session, session_token
from web.client.showing import secret_address, show_form
from web.context import AppRequest, Visitor
from web.forms import Form, check, read_form
from web.locale import gettext
from web.pages import go_to, page


class OwnEmailPages(Controller):
    """`/account/email`; the link leads to `/account/email/{token}`."""

    path = "/account/email"

    @get()
    async def show(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Response[str]:
        return await _email_page(request, database, visitor, Form())

    @post(status_code=200)
    async def ask(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Response[Any]:
        account_id, form = visitor.account_id, await read_form(request)
        try:
            new = check(form, NewEmail)
            async with database.begin(PublicScope(visitor.actor)) as work:
                await accounts.ask_new_email(work, account_id, new, token=session_token(request))
        except (InvalidFields, TooManyRequests) as refusal:
            return await _email_page(request, database, visitor, form, refusal)
        return go_to(
            "/account/email",
            flash=gettext("Open the link in the message to {email}.").format(email=new.email),
            kind="info",
        )

    @post("/drop", status_code=303)
    async def drop(self, database: NamedDependency[Database], visitor: NamedDependency[Visitor]) -> Redirect:
        account_id = visitor.account_id
        async with database.begin(PublicScope(visitor.actor)) as work:
            await accounts.drop_new_email(work, account_id)
        return go_to(
            "/account/email",
            flash=gettext("Your address stays {email}.").format(email=visitor.email),
            kind="info",
        )

    @get("/{link:str}")
    async def open(
        self,
        request: AppRequest,
        link: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        account_id = visitor.account_id
        try:
            async with database.begin(PublicScope(visitor.actor)) as work:
                email = await accounts.open_new_email(work, account_id, link)
        except (LinkExpired, LinkInvalid, LinkUsed) as refusal:
            return link_over(request, refusal, "/account/email")
        return secret_address(page(request, "account/new_email.html", email=email))

    @post("/{link:str}", status_code=303)
    async def take(
        self,
        request: AppRequest,
        link: FromPath[str],
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        account_id = visitor.account_id
        try:
            async with database.begin(PublicScope(visitor.actor)) as work:
                token = await accounts.take_new_email(work, account_id, link, session_token(request))
                account = await accounts.get_account(work, account_id)
        except (EmailTaken, LinkExpired, LinkInvalid, LinkUsed) as refusal:
            return link_over(request, refusal, "/account/email")
        words = gettext("Your address is {email} from now on. Other devices are signed out.").format(
            email=account.email
        )
        answer = go_to("/account", flash=words.format(email=account.email))
        open_session(answer, token, settings)
        return answer


async def _email_page(
    request: AppRequest, database: Database, visitor: Visitor, form: Form, refusal: Refusal | None = None
) -> Response[str]:
    account_id = visitor.account_id
    async with database.begin(PublicScope(visitor.actor)) as work:
        own = await accounts.get_own_account(work, account_id)
    return show_form(request, "account/email.html", form, refusal, own=own)
