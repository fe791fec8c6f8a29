"""Pages of the second factor: setting it up with an authenticator app, its recovery codes, switching it off."""

from __future__ import annotations

from typing import Annotated, Any

import segno
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from markupsafe import Markup

from infra.platform.settings import Settings
from services.accounts import service as accounts
from services.accounts.errors import EmailNotProved, SecondFactorOff, SecondFactorOn
from services.accounts.schemas import CodeGiven, NewSecondFactor
from services.kernel.errors import InvalidFields, NotAllowed, Refusal, TooManyRequests
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from web.client.sessions import local_path, open_session, session_token
from web.client.showing import show_form
from web.context import AppRequest, Visitor
from web.forms import Form, check, read_form
from web.pages import go_to, page

_PATH = "/account/second-factor"
Next = Annotated[str | None, QueryParameter(name="next", max_length=500)]


class SecondFactorPages(Controller):
    """`/account/second-factor`; `?next=` leads on afterwards."""

    path = _PATH

    @get()
    async def show(
        self,
        request: AppRequest,
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        wanted: Next = None,
    ) -> Response[str]:
        return await _factor_page(request, database, visitor, Form({"next": wanted or ""}))

    @post(status_code=200)
    async def switch_on(
        self,
        request: AppRequest,
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        account_id, form = visitor.account_id, await read_form(request)
        try:
            given = check(form, NewSecondFactor)
            async with database.begin(PublicScope(visitor.actor)) as work:
                token, codes = await accounts.switch_on(work, account_id, given, session_token(request))
        except (SecondFactorOn, EmailNotProved):
            return go_to(_PATH)
        except (InvalidFields, TooManyRequests) as refusal:
            return await _factor_page(request, database, visitor, form, refusal)
        answer = _codes_page(request, codes, form.values.get("next"), first=True)
        open_session(answer, token, settings)
        return answer

    @post("/codes", status_code=200)
    async def renew_codes(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Response[Any]:
        account_id, form = visitor.account_id, await read_form(request)
        try:
            code = check(form, CodeGiven).code
            async with database.begin(PublicScope(visitor.actor)) as work:
                codes = await accounts.renew_codes(work, account_id, code)
        except SecondFactorOff:
            return go_to(_PATH)
        except (InvalidFields, TooManyRequests) as refusal:
            return await _factor_page(request, database, visitor, form, refusal)
        return _codes_page(request, codes, None, first=False)

    @post("/off", status_code=200)
    async def switch_off(
        self,
        request: AppRequest,
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        account_id, form = visitor.account_id, await read_form(request)
        try:
            code = check(form, CodeGiven).code
            async with database.begin(PublicScope(visitor.actor)) as work:
                token = await accounts.switch_off(work, account_id, code, session_token(request))
        except SecondFactorOff:
            return go_to(_PATH)
        except (InvalidFields, NotAllowed, TooManyRequests) as refusal:
            return await _factor_page(request, database, visitor, form, refusal)
        answer = go_to(
            "/account", flash="Your second factor is off. Other devices are signed out.", kind="info"
        )
        open_session(answer, token, settings)
        return answer


def qr_code(text: str) -> Markup:
    """The text as a drawing that a phone reads, dark on light in either theme; no style, no script."""
    drawing = segno.make(text, error="m").svg_inline(
        omitsize=True, border=3, dark="#000", light="#fff", svgclass="nw-qr", lineclass=None
    )
    return Markup(drawing)  # noqa: S704  segno writes numbers and our own words, nothing of the text


async def _factor_page(
    request: AppRequest,
    database: Database,
    visitor: Visitor,
    form: Form,
    refusal: Refusal | None = None,
) -> Response[str]:
    """The set-up where there is none; else its state, and what changes it."""
    account_id = visitor.account_id
    async with database.begin(PublicScope(visitor.actor)) as work:
        own = await accounts.get_own_account(work, account_id)
        setting_up = (
            await accounts.set_up(work, account_id, session_token(request))
            if own.email_verified and not own.has_second_factor
            else None
        )
    return show_form(
        request,
        "account/second_factor.html",
        form,
        refusal,
        own=own,
        setting_up=setting_up,
        drawing=qr_code(setting_up.uri) if setting_up else None,
        owner=visitor.asked_for_second_factor,
        overdue=visitor.second_factor_overdue,
    )


def _codes_page(request: AppRequest, codes: list[str], wanted: str | None, *, first: bool) -> Response[str]:
    return page(
        request,
        "account/recovery_codes.html",
        codes=codes,
        first=first,
        onward=local_path(wanted, "/account"),
    )
