"""The page behind the link in a decision's message: what was decided, and the appeal against it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.kernel.errors import InvalidFields
from services.kernel.scope import ClinicScope, PublicScope
from services.kernel.work import Database
from services.moderation import appeals
from services.moderation.schemas import Appeal, decision_name, reason_of
from web.context import AppRequest, Visitor
from web.forms import Form, check, read_form
from web.pages import go_to, page

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]


class AppealPages(Controller):
    path = "/appeals/{token:str}"
    include_in_schema = False

    @get()
    async def show(
        self, request: AppRequest, token: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Response[str]:
        """The decision, and the form or what became of the appeal. Raises `LinkExpired`."""
        opened = await _open(database, visitor, token)
        return await _page(request, database, opened, token, Form())

    @post(status_code=200)
    async def appeal(
        self, request: AppRequest, token: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Response[Any]:
        """Opens the appeal. Raises `AlreadyAppealed`, `LinkExpired`."""
        scope, case_id = await _open(database, visitor, token)
        form = await read_form(request)
        try:
            given = check(form, Appeal)
            async with database.begin(scope) as work:
                await appeals.appeal(work, case_id, given)
        except InvalidFields as refusal:
            return await _page(request, database, (scope, case_id), token, form.reject(refusal))
        return go_to(f"/appeals/{token}", flash="Thank you. Another moderator looks at it.")


async def _open(database: Database, visitor: Visitor, token: str) -> tuple[ClinicScope, UUID]:
    async with database.begin(PublicScope(visitor.actor)) as public:
        clinic_id, case_id = appeals.read_link(public, token)
    return ClinicScope(clinic_id, visitor.actor), case_id


async def _page(
    request: AppRequest, database: Database, opened: tuple[ClinicScope, UUID], token: str, form: Form
) -> Response[str]:
    scope, case_id = opened
    async with database.begin(scope) as work:
        found = await appeals.get_appeal_page(work, case_id)
    case, made = found.case, found.appeal
    answer = page(
        request,
        "public/appeal.html",
        status=422 if form.errors else 200,
        case=case,
        decision=decision_name(case.decision or "", case.kind),
        reason=reason_of(case.reason or "other").name,
        made=made,
        outcome=decision_name(made.decision, made.kind) if made and made.decision else None,
        token=token,
        form=form,
    )
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
