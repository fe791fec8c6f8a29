"""The API of calendars elsewhere that say when a practitioner is busy. Their addresses are secrets, and not told."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from pydantic import BaseModel

from services.kernel.work import ClinicWork, Database
from services.scheduling import externals
from services.scheduling.externals import ExternalView, NewExternalCalendar
from web.api.answers import BEARER, Listed, as_json, listed, made
from web.context import AppRequest, Visitor, clinic_access
from web.idempotent import answer_once

READ, MANAGE = "clinic:read", "practitioners:manage"


class ExternalCalendarOut(BaseModel):
    """How a calendar elsewhere is read. A `read` one with a `problem` has events that could not be understood."""

    id: UUID
    practitioner_id: UUID
    host: str
    state: Literal["waiting", "read", "failing"]
    problem: str
    added_at: datetime
    read_at: datetime | None
    next_at: datetime


class ManageExternalCalendarsApi(Controller):
    path = "/api/v1/manage/{slug:str}/practitioners/{practitioner_id:uuid}/calendars"
    tags = ("Clinic: practitioners",)
    security = BEARER

    @get(summary="Calendars elsewhere that say when they are busy")
    async def list_all(
        self,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Listed[ExternalCalendarOut]:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            return listed([_out(one) for one in await externals.list_calendars(work, practitioner_id)])

    @post(
        summary="Add a calendar elsewhere",
        description="`https` or `webcal`; read within moments, then every 15 to 60 minutes.",
        responses=made(ExternalCalendarOut),
    )
    async def add(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        data: JSONBody[NewExternalCalendar],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(_out(await externals.add_calendar(work, practitioner_id, data)))

        scope = clinic_access(visitor, slug, MANAGE).scope
        return await answer_once(request, visitor, database, scope, do)

    @delete("/{calendar_id:uuid}", summary="Take a calendar off; what it said no longer counts")
    async def remove(
        self,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        calendar_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            await externals.remove_calendar(work, practitioner_id, calendar_id)


def _out(calendar: ExternalView) -> ExternalCalendarOut:
    return ExternalCalendarOut(**{name: getattr(calendar, name) for name in ExternalCalendarOut.model_fields})
