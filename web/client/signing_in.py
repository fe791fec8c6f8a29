"""Pages of signing in, in one step or two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from infra.platform.settings import Settings
from services.accounts import service as accounts
from services.accounts.errors import SignInFailed
from services.accounts.schemas import Begun, CodeGiven, Credentials, SignedIn
from services.clinics import service as clinics
from services.clinics.schemas import MemberOf
from services.kernel.errors import InvalidFields, TooManyRequests
from services.kernel.links import LinkExpired, LinkInvalid
from services.kernel.scope import PublicScope
from services.kernel.work import Database, PublicWork
from web.client.sessions import (
    TICKET_COOKIE,
    hand_ticket,
    know_browser,
    local_path,
    open_session,
    session_token,
    take_ticket,
)
from web.client.showing import show_form
from web.client.signing_up import Next
from web.context import AppRequest, Visitor, origin_of, owns_public_clinic, start_of
from web.forms import Form, check, read_form
from web.locale import in_locale
from web.pages import go_to

_AGAIN = "That took too long, or something changed. Type your password again."


class SignInPages(Controller):
    """`/sign-in`, and `/sign-in/code` for those with a second factor; `?next=` leads on to a path of this site."""

    path = "/sign-in"

    @get()
    async def show(
        self, request: AppRequest, visitor: NamedDependency[Visitor], wanted: Next = None
    ) -> Response[Any]:
        if visitor.signed_in:
            return go_to(local_path(wanted, start_of(visitor.signed_in, visitor.clinics)))
        return show_form(request, "account/sign_in.html", Form({"next": wanted or ""}))

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
                begun = await accounts.begin_session(work, given, origin=origin_of(request))
                answer = await _lead_on(work, request, settings, begun, form.values.get("next"))
        except (InvalidFields, SignInFailed, TooManyRequests) as refusal:
            return show_form(request, "account/sign_in.html", form, refusal)
        return answer

    @get("/code")
    async def ask_code(
        self,
        request: AppRequest,
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        wanted: Next = None,
    ) -> Response[Any]:
        async with database.begin(PublicScope(visitor.actor)) as work:
            good = await accounts.ticket_is_good(work, request.cookies.get(TICKET_COOKIE, ""))
        if not good:
            return go_to("/sign-in")
        return show_form(request, "account/sign_in_code.html", Form({"next": wanted or ""}))

    @post("/code", status_code=200)
    async def take_code(
        self,
        request: AppRequest,
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        form = await read_form(request)
        ticket = request.cookies.get(TICKET_COOKIE, "")
        try:
            code = check(form, CodeGiven).code
            async with database.begin(PublicScope(visitor.actor)) as work:
                begun = await accounts.finish_session(work, ticket, code, origin=origin_of(request))
                answer = await _lead_on(work, request, settings, begun, form.values.get("next"))
        except (LinkExpired, LinkInvalid):
            return go_to("/sign-in", flash=_AGAIN, kind="caution")
        except SignInFailed:
            wrong = InvalidFields.one("code", "wrong", "This is not the code that the app shows now.")
            return show_form(request, "account/sign_in_code.html", form, wrong)
        except (InvalidFields, TooManyRequests) as refusal:
            return show_form(request, "account/sign_in_code.html", form, refusal)
        take_ticket(answer)
        return answer


async def _lead_on(
    work: PublicWork, request: AppRequest, settings: Settings, begun: Begun, wanted: str | None
) -> Redirect:
    """To the step of the code, or, signed in with a fresh session, to where one wanted to go, in one's own language.

    Who wanted nothing in particular comes to where their work or bookings are; an owner of a public clinic who has no
    second factor is asked to set one up first.
    """
    path = local_path(wanted, "")
    if begun.ticket:
        answer = go_to("/sign-in/code" + (f"?{urlencode({'next': path})}" if path else ""))
        hand_ticket(answer, begun.ticket, settings)
        return answer
    origin = origin_of(request)
    if session_token(request):
        await accounts.sign_out(work, session_token(request))
    account = await accounts.get_account(work, begun.account_id)
    theirs = await clinics.list_memberships(work, account.account_id)
    asked = await _ask_for_second_factor(work, settings, account, theirs)
    start = "/account/second-factor" if asked else start_of(account, theirs)
    answer = go_to(in_locale(path or start, account.language))
    open_session(answer, begun.token, settings)
    if not accounts.is_known_browser(work, origin, begun.account_id):
        know_browser(answer, accounts.known_browser(work, begun.account_id), settings)
    return answer


async def _ask_for_second_factor(
    work: PublicWork, settings: Settings, account: SignedIn, theirs: Sequence[MemberOf]
) -> bool:
    if settings.demo_without_second_factor or account.has_second_factor or not owns_public_clinic(theirs):
        return False
    await accounts.note_asked(work, account.account_id)
    return True
