"""The API of other hours on single days: of locations with their public holidays, and of practitioners."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Controller, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.clinics import service as clinics
from services.clinics.hours_schemas import ExceptionView, HolidayChoice, HolidayView, NewException
from services.kernel.work import ClinicWork, Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import AbsenceView, NewAbsence
from web.api.answers import BEARER, Listed, as_json, listed, made
from web.context import AppRequest, Visitor, clinic_access
from web.idempotent import answer_once

READ, PLACES, PEOPLE = "clinic:read", "clinic:manage", "practitioners:manage"


class ManageLocationDaysApi(Controller):
    path = "/api/v1/manage/{slug:str}/locations/{location_id:uuid}"
    tags = ("Clinic: locations",)
    security = BEARER

    @get("/exceptions", summary="Other hours on single days, those that are not over")
    async def list_all(
        self,
        slug: FromPath[str],
        location_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Listed[ExceptionView]:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            await clinics.get_location(work, location_id)
            return listed(await clinics.list_exceptions(work, [location_id]))

    @post("/exceptions", summary="Plan extra time, taken time or a closure", responses=made(ExceptionView))
    async def add(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        location_id: FromPath[UUID],
        data: JSONBody[NewException],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(await clinics.add_exception(work, location_id, data))

        scope = clinic_access(visitor, slug, PLACES).scope
        return await answer_once(request, visitor, database, scope, do)

    @delete("/exceptions/{exception_id:uuid}", summary="The week's hours hold again")
    async def remove(
        self,
        slug: FromPath[str],
        location_id: FromPath[UUID],
        exception_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        async with database.begin(clinic_access(visitor, slug, PLACES).scope) as work:
            await clinics.remove_exception(work, location_id, exception_id)

    @get("/holidays", summary="Public holidays of the next year, and what was said of them")
    async def holidays(
        self,
        slug: FromPath[str],
        location_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Listed[HolidayView]:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            return listed(await clinics.list_holidays(work, location_id))

    @put("/holidays/{on:date}", summary="Close on a public holiday, or stay open")
    async def choose(
        self,
        *,
        slug: FromPath[str],
        location_id: FromPath[UUID],
        on: FromPath[date],
        data: JSONBody[HolidayChoice],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> HolidayView:
        async with database.begin(clinic_access(visitor, slug, PLACES).scope) as work:
            return await clinics.choose_holiday(work, location_id, on, data)


class ManagePractitionerDaysApi(Controller):
    path = "/api/v1/manage/{slug:str}/practitioners/{practitioner_id:uuid}/exceptions"
    tags = ("Clinic: practitioners",)
    security = BEARER

    @get(summary="A practitioner's other hours on single days, those that are not over")
    async def list_all(
        self,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Listed[AbsenceView]:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            await practitioners.get_practitioner(work, practitioner_id)
            return listed(await practitioners.list_absences(work, practitioner_id))

    @post(summary="Plan extra time, taken time or days away", responses=made(AbsenceView))
    async def add(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        data: JSONBody[NewAbsence],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(await practitioners.add_absence(work, practitioner_id, data))

        scope = clinic_access(visitor, slug, PEOPLE).scope
        return await answer_once(request, visitor, database, scope, do)

    @delete("/{exception_id:uuid}", summary="The week's hours hold again")
    async def remove(
        self,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        exception_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        async with database.begin(clinic_access(visitor, slug, PEOPLE).scope) as work:
            await practitioners.remove_absence(work, practitioner_id, exception_id)
