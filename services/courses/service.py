"""Use cases of courses: which there are, and how far they have come. Booking and records have their own modules."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from services.courses.recalls import trace_lot
from services.courses.records import (
    complete_session,
    correct_record,
    find_record,
    follow_course,
    list_versions,
)
from services.courses.repository import CourseRepository
from services.courses.rules import course_status, placed_sessions
from services.courses.schemas import CourseView
from services.courses.state_rules import course_state
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.paging import Page, decode_cursor, page_of
from services.kernel.work import ClinicWork
from services.scheduling.preference_rules import Preferences, WeekTimes

__all__ = [
    "complete_session",
    "correct_record",
    "course_ids",
    "find_course",
    "find_record",
    "follow_course",
    "get_course",
    "list_by_id",
    "list_client_courses",
    "list_closed_courses",
    "list_courses",
    "list_versions",
    "trace_lot",
]


async def list_courses(
    work: ClinicWork, *, client_id: UUID | None = None, cursor: str | None = None, limit: int = 50
) -> Page[CourseView]:
    """Courses, newest first, all or a client's. Raises a field error for a cursor that is not ours."""
    rows = await CourseRepository(work).list_rows(
        client_id=client_id, before=_before(cursor), limit=limit + 1
    )
    return _page(work, rows, limit)


async def list_closed_courses(
    work: ClinicWork, name: str = "", *, cursor: str | None = None, limit: int = 25
) -> Page[CourseView]:
    """Courses that are completed or stopped, newest first. Raises a field error for a cursor that is not ours."""
    rows = await CourseRepository(work).list_rows(
        is_closed=True, name=name, before=_before(cursor), limit=limit + 1
    )
    return _page(work, rows, limit)


async def list_client_courses(work: ClinicWork, client_id: UUID) -> list[CourseView]:
    """All courses of a client, newest first."""
    return [_view(work, row) for row in await CourseRepository(work).list_rows(client_id=client_id)]


async def list_by_id(work: ClinicWork, course_ids: Sequence[UUID]) -> list[CourseView]:
    """Those of the courses that there are, in the order in which they are asked for."""
    rows = await CourseRepository(work).list_rows(course_ids=course_ids)
    return [_view(work, row) for row in sorted(rows, key=lambda row: course_ids.index(row.id))]


def _before(cursor: str | None) -> UUID | None:
    if not cursor:
        return None
    try:
        return UUID(str(decode_cursor(cursor, 1)[0]))
    except ValueError as error:
        raise InvalidFields.one("cursor", "invalid", "This cursor is not one of ours.") from error


def _page(work: ClinicWork, rows: Sequence[Row[Any]], limit: int) -> Page[CourseView]:
    return page_of([_view(work, row) for row in rows], limit, lambda course: (course.id,))


async def find_course(work: ClinicWork, course_id: UUID) -> CourseView | None:
    """A course, or nothing: its id is the group of its bookings."""
    rows = await CourseRepository(work).list_rows(course_ids=[course_id])
    return _view(work, rows[0]) if rows else None


async def course_ids(work: ClinicWork, group_ids: Collection[UUID]) -> set[UUID]:
    """Which of the groups of bookings are courses."""
    return await CourseRepository(work).known(list(group_ids))


async def get_course(work: ClinicWork, course_id: UUID) -> CourseView:
    """A course. Raises `NotFound`."""
    found = await find_course(work, course_id)
    if found is None:
        raise NotFound
    return found


def _view(work: ClinicWork, row: Row[Any]) -> CourseView:
    sessions = placed_sessions(row.placed or [])
    statuses = [status for _, status in sessions]
    today = work.now.astimezone(ZoneInfo(row.time_zone)).date()
    return CourseView(
        id=row.id,
        client_id=row.client_id,
        client_name=row.client_name,
        treatment_id=row.treatment_id,
        treatment_name=row.treatment_name,
        area=row.area,
        sessions=row.sessions,
        min_days=row.min_days,
        target_days=row.target_days,
        max_days=row.max_days,
        price=row.price,
        currency=row.currency,
        status=course_status(statuses),
        done=statuses.count("completed"),
        created_at=row.created_at,
        protocol_version=row.protocol_version,
        time_zone=row.time_zone,
        state=course_state(
            row.sessions,
            sessions,
            stopped=row.stopped_at is not None,
            paused_until=row.paused_until,
            today=today,
        ),
        paused_until=row.paused_until if row.paused_until and today < row.paused_until else None,
        stopped_at=row.stopped_at,
        stopped_by=row.stopped_by,
        stop_reason=row.stop_reason,
        preferences=Preferences(
            WeekTimes(row.weekdays, row.from_time, row.until_time), row.same_practitioner
        ),
    )
