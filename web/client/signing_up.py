"""Pages of signing up."""

from __future__ import annotations

from typing import Annotated, Any, cast

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from infra.platform.settings import Settings
from services.accounts import service as accounts
from services.accounts.schemas import Language, NewAccount
from services.kernel.errors import InvalidFields, TooManyRequests
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from web.client.sessions import know_browser, local_path, open_session
from web.client.showing import show_form
from web.context import AppRequest, Visitor, address_of, origin_of
from web.forms import Form, check, read_form
from web.locale import current_locale, gettext
from web.pages import go_to

AFTER_SIGN_UP = {"clinic": "/clinic/new"}
Next = Annotated[str | None, QueryParameter(name="next", max_length=500)]
For = Annotated[str | None, QueryParameter(name="for", max_length=20)]


class SignUpPages(Controller):
    """`/sign-up`; `?for=clinic` leads on to a clinic's first step."""

    path = "/sign-up"

    @get()
    async def show(
        self,
        request: AppRequest,
        visitor: NamedDependency[Visitor],
        wanted: Next = None,
        purpose: For = None,
    ) -> Response[Any]:
        if visitor.signed_in:
            return go_to(AFTER_SIGN_UP.get(purpose or "", local_path(wanted, "/account")))
        return show_form(request, "account/sign_up.html", Form({"for": purpose or "", "next": wanted or ""}))

    @post(status_code=200)
    async def submit(
        self,
        request: AppRequest,
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        form = await read_form(request)
        try:
            new = check(form, NewAccount)
            async with database.begin(PublicScope(visitor.actor)) as work:
                account = await accounts.sign_up(
                    work, new, address=address_of(request), language=cast("Language", current_locale())
                )
                token = await accounts.sign_in_after_sign_up(
                    work, account.account_id, origin=origin_of(request)
                )
                browser = accounts.known_browser(work, account.account_id)
        except (InvalidFields, TooManyRequests) as refusal:
            return show_form(request, "account/sign_up.html", form, refusal)
        path = AFTER_SIGN_UP.get(str(form.values.get("for")), local_path(form.values.get("next"), "/account"))
        answer = go_to(path, flash=gettext("Welcome, {name}.").format(name=account.name))
        open_session(answer, token, settings)
        know_browser(answer, browser, settings)
        return answer
