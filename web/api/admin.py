"""The API of moderators: the queue of cases, decisions, and the audit of the platform."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from infra.platform.settings import Settings
from services.clinics.schemas import AuditView
from services.kernel.scope import Actor, ClinicScope, PlatformScope
from services.kernel.work import ClinicWork, Database
from services.moderation import service as moderation
from services.moderation.case_page import CasePage, get_case_page
from services.moderation.deciding import decide
from services.moderation.models import CaseKind, CaseState
from services.moderation.schemas import AuditQuery, CaseQuery, CaseView, Decide
from web.api.answers import BEARER, Listed, as_json
from web.context import AppRequest, Visitor, moderator_actor
from web.idempotent import answer_once


async def scope_of_case(database: Database, case_id: UUID, by: Actor) -> ClinicScope:
    """The scope of the clinic that a case is about, for a moderator. Raises `NotFound`."""
    async with database.begin(PlatformScope("a moderator opens a case of any clinic", by)) as work:
        return ClinicScope(await moderation.find_clinic_of_case(work, case_id), by)


def _answer(words: str) -> dict[int, ResponseSpec]:
    return {200: ResponseSpec(data_container=CaseView, description=words, generate_examples=False)}


class AdminApi(Controller):
    path = "/api/v1/admin"
    tags = ("Moderation",)
    security = BEARER

    @get("/cases", summary="Cases of all clinics, oldest promise first; decided ones newest first")
    async def cases(
        self,
        *,
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
        case_state: Annotated[CaseState | None, QueryParameter(name="state")] = None,
        kind: FromQuery[CaseKind | None] = None,
        clinic: Annotated[str, QueryParameter(max_length=120, description="Part of a clinic's name.")] = "",
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 50,
        cursor: FromQuery[str | None] = None,
    ) -> Listed[CaseView]:
        by = moderator_actor(visitor, settings)
        query = CaseQuery(state=case_state, kind=kind, clinic=clinic, limit=limit, cursor=cursor)
        async with database.begin(PlatformScope("moderators see the queue of all clinics", by)) as work:
            found = await moderation.list_cases(work, query)
        return Listed(items=found.items, next=found.next)

    @get("/cases/{case_id:uuid}", summary="A case with everything that it is about")
    async def case(
        self,
        case_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
    ) -> CasePage:
        scope = await scope_of_case(database, case_id, moderator_actor(visitor, settings))
        async with database.begin(scope) as work:
            return await get_case_page(work, case_id)

    @post("/cases/{case_id:uuid}/claim", status_code=200, summary="Take a case", responses=_answer("Taken."))
    async def claim(
        self,
        request: AppRequest,
        case_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
    ) -> Response[Any]:
        scope = await scope_of_case(database, case_id, moderator_actor(visitor, settings))

        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(await moderation.claim(work, case_id))

        return await answer_once(request, visitor, database, scope, do, status=200)

    @post(
        "/cases/{case_id:uuid}/release",
        status_code=200,
        summary="Give a case back to the queue",
        responses=_answer("Given back."),
    )
    async def release(
        self,
        request: AppRequest,
        case_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
    ) -> Response[Any]:
        scope = await scope_of_case(database, case_id, moderator_actor(visitor, settings))

        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(await moderation.release(work, case_id))

        return await answer_once(request, visitor, database, scope, do, status=200)

    @post(
        "/cases/{case_id:uuid}/decision",
        status_code=200,
        summary="Decide a case, once",
        responses=_answer("Decided."),
    )
    async def decision(
        self,
        *,
        request: AppRequest,
        case_id: FromPath[UUID],
        data: JSONBody[Decide],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
    ) -> Response[Any]:
        scope = await scope_of_case(database, case_id, moderator_actor(visitor, settings))

        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(await decide(work, case_id, data))

        return await answer_once(request, visitor, database, scope, do, status=200)

    @get("/audit", summary="Audit events of the whole platform, newest first")
    async def audit(
        self,
        *,
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
        actor: Annotated[
            str, QueryParameter(max_length=254, description="An id, e-mail or part of a name.")
        ] = "",
        action: Annotated[str, QueryParameter(max_length=80)] = "",
        subject: Annotated[str, QueryParameter(max_length=80, description="An id, or a kind.")] = "",
        from_on: Annotated[date | None, QueryParameter(name="from")] = None,
        to_on: Annotated[date | None, QueryParameter(name="to")] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 50,
        cursor: FromQuery[str | None] = None,
    ) -> Listed[AuditView]:
        by = moderator_actor(visitor, settings)
        async with database.begin(PlatformScope("moderators read the audit of all clinics", by)) as work:
            query = AuditQuery(
                actor=actor,
                action=action,
                subject=subject,
                from_on=from_on,
                to_on=to_on,
                limit=limit,
                cursor=cursor,
            )
            found = await moderation.list_platform_audit(work, query)
        return Listed(items=found.items, next=found.next)
