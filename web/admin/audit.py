"""The audit of the whole platform, for moderators: who did what to what, when."""

from __future__ import annotations

from urllib.parse import urlencode

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from infra.platform.settings import Settings
from services.clinics.schemas import AuditView
from services.kernel.errors import InvalidFields
from services.kernel.paging import Page
from services.kernel.scope import PlatformScope
from services.kernel.work import Database
from services.moderation import service as moderation
from services.moderation.schemas import AuditQuery
from web.admin.nav import admin_page
from web.context import AppRequest, Visitor, moderator_actor
from web.forms import Form, check

SHOWN = 50
_FIELDS = ("actor", "action", "subject", "from_on", "to_on")


class AuditPages(Controller):
    path = "/admin/audit"

    @get()
    async def show(
        self,
        request: AppRequest,
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
    ) -> Response[str]:
        """What was done on the whole platform, newest first, sifted by actor, action, subject and days."""
        by = moderator_actor(visitor, settings)
        given = {name: request.query_params.get(name, "").strip() for name in _FIELDS}
        kept = {name: value for name, value in given.items() if value}
        form, cursor = Form(dict(kept)), request.query_params.get("cursor")
        found: Page[AuditView] = Page([], None)
        try:
            query = check(form, AuditQuery, cursor=cursor, limit=SHOWN)
            async with database.begin(PlatformScope("moderators read the audit of all clinics", by)) as work:
                found = await moderation.list_platform_audit(work, query)
        except InvalidFields as refusal:
            form.reject(refusal)
        return admin_page(
            request,
            "admin/cases/audit.html",
            current="audit",
            status=422 if form.errors else 200,
            events=found.items,
            form=form,
            link=lambda **more: f"/admin/audit?{urlencode({**kept, **more})}",
            sifted=bool(kept),
            next_url=f"/admin/audit?{urlencode({**kept, 'cursor': found.next})}" if found.next else None,
            start_url=f"/admin/audit?{urlencode(kept)}" if cursor else None,
        )
