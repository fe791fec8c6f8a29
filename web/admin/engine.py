"""The engine room: what waits, is tried again, or is dead and can be replayed; what falls due. For moderators."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from infra.platform.settings import Settings
from services.kernel import deliveries, engine_room
from services.kernel.engine_room import STATES, DeliveryQuery
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.paging import decode_cursor, encode_cursor
from services.kernel.scope import PlatformScope
from services.kernel.work import Database
from services.notices import service as notices
from services.privacy import retention
from services.privacy.law import rules_version
from web.admin.nav import admin_page
from web.context import AppRequest, Visitor, moderator_actor
from web.forms import read_form
from web.pages import go_to

SHOWN = 50
HOME = "/admin/engine"
_SEES = "the engine room shows all clinics' work"

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]
Settings_ = NamedDependency[Settings]


class EnginePages(Controller):
    path = HOME
    include_in_schema = False

    @get()
    async def show(
        self,
        request: AppRequest,
        *,
        database: Database_,
        visitor: Visitor_,
        settings: Settings_,
        before: FromQuery[UUID | None] = None,
    ) -> Response[str]:
        """Figures, what is not done by actor, and deliveries of one state, newest first."""
        query = _query_of(request.query_params)
        async with database.begin(_scope(visitor, settings, _SEES)) as work:
            figures = await deliveries.figures(work)
            actors = await engine_room.count_by_actor(work)
            found = await engine_room.list_deliveries(work, query, SHOWN + 1, before)
        kept = _kept(query)
        more = len(found) > SHOWN
        return admin_page(
            request,
            "admin/engine/index.html",
            current="engine",
            figures=figures,
            actors=actors,
            rows=found[:SHOWN],
            sift=query,
            link=lambda **other: f"{HOME}?{urlencode({**kept, **other})}",
            next_url=f"{HOME}?{urlencode({**kept, 'before': found[SHOWN - 1].id})}" if more else None,
            first_url=f"{HOME}?{urlencode(kept)}" if before else None,
        )

    @get("/retention")
    async def show_retention(
        self, request: AppRequest, database: Database_, visitor: Visitor_, settings: Settings_
    ) -> Response[str]:
        """What retention erased and kept, over all clinics, and by which rules."""
        async with database.begin(_scope(visitor, settings, _SEES)) as work:
            reports = await retention.list_all_reports(work)
        return admin_page(
            request,
            "admin/engine/retention.html",
            current="engine",
            reports=reports,
            rules=retention.list_rules(),
            version=rules_version(),
        )

    @get("/timers")
    async def timers(
        self, request: AppRequest, database: Database_, visitor: Visitor_, settings: Settings_
    ) -> Response[str]:
        """What falls due, the next first."""
        kind = request.query_params.get("kind", "")
        cursor = request.query_params.get("cursor")
        async with database.begin(_scope(visitor, settings, _SEES)) as work:
            kinds = await engine_room.count_timers(work)
            found = await engine_room.list_timers(work, kind, SHOWN + 1, _read_cursor(cursor))
            now = work.now
        here, kept = f"{HOME}/timers", {"kind": kind} if kind else {}
        last = found[SHOWN - 1] if len(found) > SHOWN else None
        following = encode_cursor(last.due_at.isoformat(), last.id) if last else None
        return admin_page(
            request,
            "admin/engine/timers.html",
            current="engine",
            kinds=kinds,
            kind=kind,
            rows=found[:SHOWN],
            now=now,
            next_url=f"{here}?{urlencode({**kept, 'cursor': following})}" if following else None,
            first_url=f"{here}?{urlencode(kept)}" if cursor else None,
        )

    @get("/messages")
    async def messages(
        self, request: AppRequest, database: Database_, visitor: Visitor_, settings: Settings_
    ) -> Response[str]:
        """Messages by state, those that did not go, and addresses that take no mail; no address and no words."""
        async with database.begin(_scope(visitor, settings, _SEES)) as work:
            figures = await notices.mail_figures(work, SHOWN)
        return admin_page(request, "admin/engine/messages.html", current="engine", figures=figures)

    @get("/{delivery_id:uuid}")
    async def delivery(
        self,
        request: AppRequest,
        delivery_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
        settings: Settings_,
    ) -> Response[str]:
        """One delivery: what it is about, how often it was tried, what went wrong."""
        async with database.begin(_scope(visitor, settings, _SEES)) as work:
            row = await engine_room.get_delivery(work, delivery_id)
        return admin_page(request, "admin/engine/delivery.html", current="engine", one=row)

    @post("/replay")
    async def replay_all(
        self, request: AppRequest, database: Database_, visitor: Visitor_, settings: Settings_
    ) -> Redirect:
        """Gives all dead deliveries that fit the filter their tries again."""
        query = _query_of((await read_form(request)).values)
        async with database.begin(
            _scope(visitor, settings, "a moderator replays dead deliveries by a filter")
        ) as work:
            count = await engine_room.replay_all(work, query)
        return go_to(HOME, flash=f"Tried again at once: {count}.")

    @post("/{delivery_id:uuid}/replay")
    async def replay(
        self,
        delivery_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
        settings: Settings_,
    ) -> Redirect:
        """Gives a dead delivery all its tries again."""
        try:
            async with database.begin(
                _scope(visitor, settings, "a moderator replays a dead delivery")
            ) as work:
                await deliveries.replay(work, delivery_id)
        except NotFound as refusal:
            return go_to(HOME, flash=refusal.text, kind="caution")
        return go_to(HOME, flash="It will be tried again at once.")


def _query_of(given: Any) -> DeliveryQuery:
    """The filter in an address or a form; an id that is none finds nothing, rather than everything."""
    state, clinic = given.get("state", ""), str(given.get("clinic", "")).strip()
    try:
        clinic_id = UUID(clinic) if clinic else None
    except ValueError as error:
        raise InvalidFields.one("clinic", "invalid", "A clinic is named by its id here.") from error
    return DeliveryQuery(
        state=state if state in STATES else STATES[0],
        actor=str(given.get("actor", "")).strip(),
        event=str(given.get("event", "")).strip(),
        clinic_id=clinic_id,
    )


def _kept(query: DeliveryQuery) -> dict[str, str]:
    given = {"state": query.state, "actor": query.actor, "event": query.event}
    given["clinic"] = str(query.clinic_id or "")
    return {name: value for name, value in given.items() if value}


def _read_cursor(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    due_at, timer_id = decode_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(due_at), UUID(timer_id)
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidFields.one("cursor", "invalid", "This cursor is not one of ours.") from error


def _scope(visitor: Visitor, settings: Settings, reason: str) -> PlatformScope:
    return PlatformScope(reason, moderator_actor(visitor, settings))
