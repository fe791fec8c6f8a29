"""Courses under way: how far, who is due next, and within which window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from services.courses import service as courses
from services.courses.schemas import CourseView
from services.kernel.work import ClinicWork, Database
from services.scheduling import booking as scheduling
from services.scheduling.schemas import BookingView
from web.client.plans import ACTIVE, day_of_course, drawing_of, local_date
from web.clinic.desk import desk_page
from web.context import AppRequest, Visitor, clinic_access

OPEN = frozenset({"booked", "in_progress"})
_URGENCY = {"overdue": 0, "due": 1, "booked": 2, "later": 3}


class CoursePages(Controller):
    """`/clinic/{slug}/courses`."""

    path = "/clinic/{slug:str}/courses"

    @get("/")
    async def index(
        self,
        request: AppRequest,
        slug: str,
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        """Open courses, the most urgent first; with `state=closed` the finished and cancelled ones."""
        access = clinic_access(visitor, slug, "bookings:read")
        state = "closed" if request.query_params.get("state") == "closed" else "open"
        async with database.begin(access.scope) as work:
            found = await courses.list_courses(work)
            shown = [item for item in found if (item.status in OPEN) == (state == "open")]
            rows = [await _row(work, item) for item in shown]
        rows.sort(key=lambda row: _URGENCY[row["next"]["state"]] if row["next"] else len(_URGENCY))
        open_count = sum(item.status in OPEN for item in found)
        return desk_page(
            request,
            visitor,
            access,
            "clinic/courses/index.html",
            current="courses",
            state=state,
            courses=rows,
            open_count=open_count,
            closed_count=len(found) - open_count,
        )


async def _row(work: ClinicWork, course: CourseView) -> dict[str, Any]:
    sessions = await scheduling.list_group(work, course.id)
    zone = sessions[0].time_zone if sessions else "UTC"
    return {
        "client_id": course.client_id,
        "client_name": course.client_name,
        "treatment_name": course.treatment_name,
        "area": course.area,
        "done": sum(item.status == "completed" for item in sessions),
        "sessions_total": course.sessions,
        "plan": drawing_of(sessions, course),
        "today": day_of_course(sessions, work.now),
        "time_zone": zone,
        "next": next_session(course, sessions, local_date(work.now, zone)),
    }


def next_session(course: CourseView, sessions: Sequence[BookingView], today: date) -> dict[str, Any] | None:
    """The next session: booked, due within its window, overdue, or later; nothing where all are done."""
    done = [item for item in sessions if item.status == "completed"]
    booked = [item for item in sessions if item.status in ACTIVE]
    if booked:
        first = min(booked, key=lambda item: item.starts_at)
        return {"state": "booked", "reference": first.reference, "starts_at": first.starts_at}
    if not done or len(done) >= course.sessions or course.status not in OPEN:
        return None
    last = max(done, key=lambda item: item.starts_at)
    start = local_date(last.starts_at, last.time_zone)
    from_on, to_on = start + timedelta(days=course.min_days), start + timedelta(days=course.max_days)
    state = "overdue" if today > to_on else "due" if today >= from_on else "later"
    return {"state": state, "from_on": from_on, "to_on": to_on}
