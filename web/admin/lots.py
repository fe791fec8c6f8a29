"""A lot over all clinics, for moderators: who used it, and one confirmation that tells clinics and clients."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from infra.platform.settings import Settings
from services.courses import platform_recalls as recalls
from services.courses.recall_schemas import RecallIn
from services.courses.recalls import LotNotUsed
from services.kernel.errors import InvalidFields
from services.kernel.scope import PlatformScope
from services.kernel.work import Database
from services.notices.recalls import count_reached_everywhere
from web.admin.nav import admin_page
from web.context import AppRequest, Visitor, moderator_actor
from web.forms import Form, check, read_form
from web.pages import go_to

HOME = "/admin/lots"
LONGEST_LOT = 100
Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]
Settings_ = NamedDependency[Settings]


class LotPages(Controller):
    path = HOME
    include_in_schema = False

    @get()
    async def index(
        self, request: AppRequest, database: Database_, visitor: Visitor_, settings: Settings_
    ) -> Response[str]:
        """The clinics that used a lot; without one, the recalls so far."""
        form = Form({"lot": request.query_params.get("lot", "").strip()})
        if len(form.values["lot"]) > LONGEST_LOT:
            form.errors["lot"] = f"Use at most {LONGEST_LOT} characters."
        return await _page(request, database, _scope(visitor, settings), form)

    @post("/preview", status_code=200)
    async def preview(
        self, request: AppRequest, database: Database_, visitor: Visitor_, settings: Settings_
    ) -> Response[Any]:
        """What would be done, before it is."""
        scope, form = _scope(visitor, settings), await read_form(request)
        try:
            given = check(form, RecallIn)
        except InvalidFields as refusal:
            return await _page(request, database, scope, form.reject(refusal))
        async with database.begin(scope) as work:
            clinics = await recalls.list_clinics(work, given.lot)
            before = await recalls.find_platform_recall(work, given.lot)
            lot = await recalls.said_lot(work, given.lot)
        if not clinics:
            return await _page(request, database, scope, form)
        return admin_page(
            request,
            "admin/lots/preview.html",
            current="lots",
            given=given,
            lot=lot,
            words=before.words if before else given.words,
            clinics=clinics,
        )

    @post("/recall", status_code=200)
    async def confirm(
        self, request: AppRequest, database: Database_, visitor: Visitor_, settings: Settings_
    ) -> Response[Any]:
        """Calls it back everywhere."""
        scope, form = _scope(visitor, settings), await read_form(request)
        try:
            given = check(form, RecallIn)
            async with database.begin(scope) as work:
                await recalls.confirm_everywhere(work, given)
        except InvalidFields as refusal:
            return await _page(request, database, scope, form.reject(refusal))
        except LotNotUsed:
            return await _page(request, database, scope, form)
        words = "Called back. Each clinic and each client who has not been told is told now."
        return go_to(f"{HOME}?{urlencode({'lot': given.lot})}", flash=words)


async def _page(request: AppRequest, database: Database, scope: PlatformScope, form: Form) -> Response[str]:
    lot = form.values.get("lot", "")
    async with database.begin(scope) as work:
        asked = bool(lot) and "lot" not in form.errors
        clinics = await recalls.trace_everywhere(work, lot) if asked else None
        counts = await count_reached_everywhere(work, lot) if asked else {}
        recall = await recalls.find_platform_recall(work, lot) if asked else None
        said = await recalls.said_lot(work, lot) if asked else ""
        alike = await recalls.list_alike(work, lot) if asked else []
        past = await recalls.list_platform_recalls(work)
    return admin_page(
        request,
        "admin/lots/index.html",
        current="lots",
        status=422 if form.errors else 200,
        clinics=clinics,
        alike=alike,
        counts=counts,
        recall=recall,
        lot=said,
        past=past,
        values=form.values,
        errors={name: words for name, words in form.errors.items() if "." not in name},
    )


def _scope(visitor: Visitor, settings: Settings) -> PlatformScope:
    return PlatformScope("a moderator traces a lot over all clinics", moderator_actor(visitor, settings))
