"""The engine room: what waits, is tried again, or is dead and can be replayed; what falls due. For moderators."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from infra.platform.settings import Settings
from services.clinics import service as clinics
from services.clinics.schemas import ClinicNamed
from services.kernel import deliveries, engine_room
from services.kernel.engine_room import STATES, DeliveryQuery
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.paging import decode_cursor, encode_cursor
from services.kernel.scope import PlatformScope
from services.kernel.work import Database, PlatformWork
from services.notices import service as notices
from services.privacy import retention
from services.privacy.law import rules_version
from web.admin.nav import admin_page
from web.context import AppRequest, Visitor, moderator_actor
from web.forms import Form, read_form
from web.pages import go_to

SHOWN = 50
CLINICS_SHOWN = 20
MOST_NAMED = 20
HOME = "/admin/engine"
_FILTER = ("state", "actor", "event", "clinic")
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
        """Figures, rates, what is not done by actor and by clinic, and deliveries of one state, newest first."""
        form = Form({name: request.query_params.get(name, "").strip() for name in _FILTER})
        kept = {name: value for name, value in form.values.items() if value}
        query, found, meant = DeliveryQuery(), list[Any](), list[ClinicNamed]()
        async with database.begin(_scope(visitor, settings, _SEES)) as work:
            figures, rates = await deliveries.figures(work), await engine_room.rates(work)
            actors = await engine_room.count_by_actor(work)
            shares = await engine_room.count_by_clinic(work, CLINICS_SHOWN)
            names = await clinics.list_named(work, [one.clinic_id for one in shares if one.clinic_id])
            try:
                query = await _query_of(work, form.values)
                meant = await clinics.list_named(work, query.clinic_ids)
                found = await engine_room.list_deliveries(work, query, SHOWN + 1, before)
            except InvalidFields as refusal:
                form.reject(refusal)
        more = len(found) > SHOWN
        return admin_page(
            request,
            "admin/engine/index.html",
            current="engine",
            status=422 if form.errors else 200,
            figures=figures,
            rates=rates,
            actors=actors,
            shares=shares,
            names={one.clinic_id: one for one in names},
            rows=found[:SHOWN],
            sift=query,
            meant=sorted(one.name for one in meant),
            form=form,
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
        given = (await read_form(request)).values
        async with database.begin(
            _scope(visitor, settings, "a moderator replays dead deliveries by a filter")
        ) as work:
            count = await engine_room.replay_all(work, await _query_of(work, given))
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


async def _query_of(work: PlatformWork, given: Mapping[str, Any]) -> DeliveryQuery:
    """The filter in an address or a form; a clinic that is none finds nothing, rather than everything."""
    state, clinic = given.get("state", ""), str(given.get("clinic", "")).strip()
    return DeliveryQuery(
        state=state if state in STATES else STATES[0],
        actor=str(given.get("actor", "")).strip(),
        event=str(given.get("event", "")).strip(),
        clinic_ids=await _clinics_of(work, clinic) if clinic else (),
    )


async def _clinics_of(work: PlatformWork, given: str) -> tuple[UUID, ...]:
    """The clinics that are meant: by id, by the name in addresses, or by a part of the name as people write it.

    Raises `InvalidFields` where there is none, or too many to say which.
    """
    try:
        return (UUID(given),)
    except ValueError:
        exactly = await clinics.find_any_clinic_id(work, given.lower())
    if exactly is not None:
        return (exactly,)
    found = await clinics.list_named_like(work, given, MOST_NAMED + 1)
    if not found:
        message = "No clinic has this in its name. Its id would do as well."
        raise InvalidFields.one("clinic", "invalid", message)
    if len(found) > MOST_NAMED:
        message = f"More than {MOST_NAMED} clinics have this in their names: type more of it."
        raise InvalidFields.one("clinic", "invalid", message)
    return tuple(one.clinic_id for one in found)


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
