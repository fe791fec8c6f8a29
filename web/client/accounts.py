"""Pages of one's own account: the overview, the name, the password, the proof of the address, signing out."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from infra.platform.settings import Settings
from services.accounts import service as accounts
from services.accounts.schemas import NewPassword, OwnDetails
from services.kernel.errors import InvalidFields, Refusal, TooManyRequests
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from web.client.sessions import close_session, local_path, open_session, session_token
from web.client.showing import show_form, wait_words
from web.context import AppRequest, Visitor, start_of
from web.forms import Form, check, read_form
from web.locale import gettext
from web.pages import go_to


class AccountPages(Controller):
    """What a signed-in person sees of themselves, and the proof of their address."""

    @post("/sign-out", status_code=303)
    async def sign_out(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Redirect:
        if visitor.signed_in:
            async with database.begin(PublicScope(visitor.actor)) as work:
                await accounts.sign_out(work, session_token(request))
        answer = go_to("/", flash="You are signed out.", kind="info")
        close_session(answer)
        return answer

    @get("/verify-email/{token:str}")
    async def verify(
        self,
        token: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Redirect:
        async with database.begin(PublicScope(visitor.actor)) as work:
            account = await accounts.verify_email(work, token)
        flash = gettext("{email} is proved. Thank you.").format(email=account.email)
        if visitor.signed_in is None or visitor.account_id != account.account_id:
            return go_to("/sign-in", flash=flash)
        return go_to(start_of(visitor.signed_in, visitor.clinics), flash=flash)

    @post("/verify-email/again", status_code=303)
    async def ask_again(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Redirect:
        form = await read_form(request)
        back = local_path(form.values.get("next"), "/account")
        account_id = visitor.account_id
        try:
            async with database.begin(PublicScope(visitor.actor)) as work:
                await accounts.ask_verification_again(work, account_id)
        except TooManyRequests as refusal:
            return go_to(back, flash=wait_words(refusal), kind="caution")
        return go_to(back, flash=gettext("The message is on its way to {email}.").format(email=visitor.email))

    @get("/account")
    async def account(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Response[str]:
        return await _overview(request, database, visitor, Form())

    @post("/account", status_code=200)
    async def change_details(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Response[Any]:
        account_id, form = visitor.account_id, await read_form(request)
        try:
            details = check(form, OwnDetails)
            async with database.begin(PublicScope(visitor.actor)) as work:
                await accounts.change_details(work, account_id, details)
        except InvalidFields as refusal:
            return await _overview(request, database, visitor, form, refusal)
        return go_to(f"/{details.language}/account", flash="Saved.")

    @get("/account/password")
    async def password(self, request: AppRequest, visitor: NamedDependency[Visitor]) -> Response[str]:
        _ = visitor.account_id
        return show_form(request, "account/password.html", Form())

    @post("/account/password", status_code=200)
    async def change_password(
        self,
        request: AppRequest,
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        account_id, form = visitor.account_id, await read_form(request)
        try:
            new = check(form, NewPassword)
            async with database.begin(PublicScope(visitor.actor)) as work:
                token = await accounts.change_password(work, account_id, new, token=session_token(request))
        except (InvalidFields, TooManyRequests) as refusal:
            return show_form(request, "account/password.html", form, refusal)
        answer = go_to("/account", flash="Your password is changed. Other devices are signed out.")
        open_session(answer, token, settings)
        return answer


async def _overview(
    request: AppRequest, database: Database, visitor: Visitor, form: Form, refusal: Refusal | None = None
) -> Response[str]:
    account_id = visitor.account_id
    async with database.begin(PublicScope(visitor.actor)) as work:
        own = await accounts.get_own_account(work, account_id)
        devices = len(await accounts.list_sign_ins(work, account_id, session_token(request)))
    form.values = {"name": own.name, "language": own.language, **form.values}
    return show_form(request, "account/account.html", form, refusal, person=visitor, own=own, devices=devices)
