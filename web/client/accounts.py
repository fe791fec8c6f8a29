"""Pages of accounts: sign up, sign in, sign out, prove the address, one's own account."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from infra.platform.settings import Settings
from services.accounts import service as accounts
from services.accounts.errors import SecondFactorNeeded, SignInFailed
from services.accounts.models import SignInKind
from services.accounts.schemas import Credentials, NewAccount, NewName, NewPassword
from services.kernel.errors import InvalidFields, TooManyRequests
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from web.client.sessions import close_session, local_path, open_session, session_token
from web.context import AppRequest, Visitor
from web.forms import Form, check, read_form
from web.pages import go_to, page

AFTER_SIGN_UP = {"clinic": "/clinic/new"}
Next = Annotated[str | None, QueryParameter(name="next", max_length=500)]
For = Annotated[str | None, QueryParameter(name="for", max_length=20)]
_TOO_OFTEN = "That was tried too often. Wait {minutes} minutes and try again."


def _address(request: AppRequest) -> str:
    return request.client.host if request.client else ""


def _agent(request: AppRequest) -> str:
    return request.headers.get("user-agent", "")


def _wait_words(refusal: TooManyRequests) -> str:
    return _TOO_OFTEN.format(minutes=max(1, -(-refusal.retry_after_seconds // 60)))


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
        form = Form({"for": purpose or "", "next": wanted or ""})
        return page(request, "account/sign_up.html", values=form.values, errors=form.errors)

    @post(status_code=200)
    async def submit(
        self,
        request: AppRequest,
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        form = await read_form(request)
        status = 422
        try:
            new = check(form, NewAccount)
            async with database.begin(PublicScope(visitor.actor)) as work:
                account = await accounts.sign_up(work, new, address=_address(request))
                token = await accounts.sign_in_after_sign_up(
                    work, account.account_id, user_agent=_agent(request)
                )
        except InvalidFields as refusal:
            form.reject(refusal)
        except TooManyRequests as refusal:
            form.errors["form"], status = _wait_words(refusal), refusal.status
        else:
            path = AFTER_SIGN_UP.get(
                str(form.values.get("for")), local_path(form.values.get("next"), "/account")
            )
            answer = go_to(path, flash=f"Welcome, {account.name}.")
            open_session(answer, token, settings)
            return answer
        form.values.pop("password", None)
        return page(request, "account/sign_up.html", status=status, values=form.values, errors=form.errors)


class SignInPages(Controller):
    """`/sign-in`; `?next=` leads on to a path of this site."""

    path = "/sign-in"

    @get()
    async def show(
        self, request: AppRequest, visitor: NamedDependency[Visitor], wanted: Next = None
    ) -> Response[Any]:
        if visitor.signed_in:
            return go_to(local_path(wanted, "/account"))
        return self._page(request, Form({"next": wanted or ""}), 200)

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
            given = check(form, Credentials)
            async with database.begin(PublicScope(visitor.actor)) as work:
                token = await accounts.sign_in(
                    work,
                    given,
                    kind=SignInKind.SESSION,
                    user_agent=_agent(request),
                    address=_address(request),
                )
                if session_token(request):
                    await accounts.sign_out(work, session_token(request))
        except InvalidFields as refusal:
            return self._page(request, form.reject(refusal), 422)
        except SecondFactorNeeded as refusal:
            form.errors["totp"] = f"{refusal.text} Type your password again as well."
            return self._page(request, form, 422)
        except SignInFailed as refusal:
            form.errors["form"] = refusal.text
            return self._page(request, form, 422)
        except TooManyRequests as refusal:
            form.errors["form"] = _wait_words(refusal)
            return self._page(request, form, refusal.status)
        answer = go_to(local_path(form.values.get("next"), "/account"))
        open_session(answer, token, settings)
        return answer

    @staticmethod
    def _page(request: AppRequest, form: Form, status: int) -> Response[str]:
        form.values.pop("password", None)
        return page(request, "account/sign_in.html", status=status, values=form.values, errors=form.errors)


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
        flash = f"{account.email} is proved. Thank you."
        if visitor.signed_in is None or visitor.account_id != account.account_id:
            return go_to("/sign-in", flash=flash)
        if len(visitor.clinics) == 1:
            return go_to(f"/clinic/{visitor.clinics[0].slug}", flash=flash)
        return go_to("/account", flash=flash)

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
            return go_to(back, flash=_wait_words(refusal), kind="caution")
        return go_to(back, flash=f"The message is on its way to {visitor.email}.")

    @get("/account")
    async def account(self, request: AppRequest, visitor: NamedDependency[Visitor]) -> Response[str]:
        _ = visitor.account_id
        return self._account_page(request, visitor, Form({"name": visitor.name}))

    @post("/account/name", status_code=200)
    async def rename(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Response[Any]:
        account_id, form = visitor.account_id, await read_form(request)
        try:
            async with database.begin(PublicScope(visitor.actor)) as work:
                await accounts.rename(work, account_id, check(form, NewName))
        except InvalidFields as refusal:
            return self._account_page(request, visitor, form.reject(refusal), 422)
        return go_to("/account", flash="Your name is changed.")

    @post("/account/password", status_code=200)
    async def change_password(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Response[Any]:
        account_id, form = visitor.account_id, await read_form(request)
        status = 422
        try:
            async with database.begin(PublicScope(visitor.actor)) as work:
                new = check(form, NewPassword)
                await accounts.change_password(work, account_id, new, token=session_token(request))
        except InvalidFields as refusal:
            form.reject(refusal)
        except TooManyRequests as refusal:
            form.errors["form"], status = _wait_words(refusal), refusal.status
        else:
            return go_to("/account", flash="Your password is changed. Other devices are signed out.")
        form.values = {"name": visitor.name}
        return self._account_page(request, visitor, form, status)

    @staticmethod
    def _account_page(request: AppRequest, visitor: Visitor, form: Form, status: int = 200) -> Response[str]:
        return page(
            request,
            "account/account.html",
            status=status,
            person=visitor,
            values=form.values,
            errors=form.errors,
        )
