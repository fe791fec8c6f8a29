"""The engine room: what waits, what is tried again, and what is dead and can be replayed. For moderators."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from infra.platform.settings import Settings
from services.kernel import deliveries
from services.kernel.errors import NotFound
from services.kernel.scope import PlatformScope
from services.kernel.work import Database
from web.admin.nav import admin_page
from web.context import AppRequest, Visitor, moderator_actor
from web.pages import go_to

SHOWN = 50


class EnginePages(Controller):
    path = "/admin/engine"
    include_in_schema = False

    @get()
    async def show(
        self,
        request: AppRequest,
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
        before: FromQuery[UUID | None] = None,
    ) -> Response[str]:
        """Figures, and dead deliveries, newest first."""
        async with database.begin(
            _scope(visitor, settings, "the engine room shows all clinics' work")
        ) as work:
            figures = await deliveries.figures(work)
            dead = await deliveries.list_dead(work, SHOWN + 1, before)
        more = len(dead) > SHOWN
        return admin_page(
            request,
            "admin/engine/index.html",
            current="engine",
            figures=figures,
            dead=[_shown(row) for row in dead[:SHOWN]],
            next_url=f"/admin/engine?before={dead[SHOWN - 1].id}" if more else None,
            first_url="/admin/engine" if before else None,
        )

    @post("/{delivery_id:uuid}/replay")
    async def replay(
        self,
        delivery_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
    ) -> Redirect:
        """Gives a dead delivery all its tries again."""
        try:
            async with database.begin(
                _scope(visitor, settings, "a moderator replays a dead delivery")
            ) as work:
                await deliveries.replay(work, delivery_id)
        except NotFound as refusal:
            return go_to("/admin/engine", flash=refusal.text, kind="caution")
        return go_to("/admin/engine", flash="It will be tried again at once.")


def _scope(visitor: Visitor, settings: Settings, reason: str) -> PlatformScope:
    return PlatformScope(reason, moderator_actor(visitor, settings))


def _shown(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "event": row.event,
        "actor": row.actor or "nobody",
        "attempts": row.attempts,
        "error": row.error or "",
        "created_at": row.created_at,
        "correlation_id": row.correlation_id,
    }
