"""The API of a clinic's courses: read, paused, gone on with, stopped."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from services.courses import service as courses
from services.courses import states
from services.courses.state_schemas import PauseIn, StopIn
from services.kernel.work import ClinicWork, Database
from services.scheduling import booking as scheduling
from web.api.answers import BEARER, Listed, as_json
from web.api.booking_views import CourseDetailOut, CourseOut, course_fields, course_out, done, session_out
from web.api.manage_bookings import Cursor, Limit
from web.context import AppRequest, Visitor, clinic_access
from web.idempotent import answer_once


class ManageCoursesApi(Controller):
    path = "/api/v1/manage/{slug:str}/courses"
    tags = ("Clinic: courses",)
    security = BEARER

    @get(summary="Courses, newest first")
    async def list_all(
        self,
        *,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        client_id: FromQuery[UUID | None] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Listed[CourseOut]:
        async with database.begin(clinic_access(visitor, slug, "bookings:read").scope) as work:
            found = await courses.list_courses(work, client_id=client_id, cursor=cursor, limit=limit)
            return Listed(items=[course_out(one) for one in found.items], next=found.next)

    @get("/{course_id:uuid}", summary="A course with its sessions")
    async def read(
        self,
        slug: FromPath[str],
        course_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> CourseDetailOut:
        async with database.begin(clinic_access(visitor, slug, "bookings:read").scope) as work:
            return await _detail(work, course_id)

    @post(
        "/{course_id:uuid}/pause",
        status_code=200,
        summary="Ask nobody to go on until a day",
        responses=done(CourseDetailOut),
    )
    async def pause(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        course_id: FromPath[UUID],
        data: JSONBody[PauseIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: ClinicWork) -> object:
            return await states.pause_course(work, course_id, data)

        return await _step(request, visitor, database, (slug, course_id), do)

    @post(
        "/{course_id:uuid}/resume",
        status_code=200,
        summary="Go on with a paused or stopped course",
        responses=done(CourseDetailOut),
    )
    async def resume(
        self,
        request: AppRequest,
        slug: FromPath[str],
        course_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: ClinicWork) -> object:
            return await states.resume_course(work, course_id)

        return await _step(request, visitor, database, (slug, course_id), do)

    @post(
        "/{course_id:uuid}/stop",
        status_code=200,
        summary="End a course before its last session",
        responses=done(CourseDetailOut),
    )
    async def stop(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        course_id: FromPath[UUID],
        data: JSONBody[StopIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """Where sessions are cancelled with it, the client is told of all of them in one message."""

        async def do(work: ClinicWork) -> object:
            return await states.stop_course(work, course_id, data)

        return await _step(request, visitor, database, (slug, course_id), do)


async def _step(
    request: AppRequest,
    visitor: Visitor,
    database: Database,
    address: tuple[str, UUID],
    take: Callable[[ClinicWork], Awaitable[object]],
) -> Response[Any]:
    slug, course_id = address

    async def do(work: ClinicWork) -> dict[str, Any]:
        await take(work)
        return as_json(await _detail(work, course_id))

    scope = clinic_access(visitor, slug, "bookings:manage").scope
    return await answer_once(request, visitor, database, scope, do, status=200)


async def _detail(work: ClinicWork, course_id: UUID) -> CourseDetailOut:
    course = await courses.get_course(work, course_id)
    sessions = await scheduling.list_group(work, course_id)
    return CourseDetailOut(**course_fields(course), bookings=[session_out(one) for one in sessions])
