"""Courses under way: how far, who is due next, within which window, and the way to book what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from services.clinics import service as clinics
from services.courses import service as courses
from services.courses.booking import NothingMissing, book_missing_session
from services.courses.rules import missing_session
from services.courses.schemas import CourseView
from services.kernel.errors import Refusal
from services.scheduling import booking as scheduling
from services.scheduling.course_rules import Window, window_of
from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import STANDING
from web.client.booking import alternatives_of
from web.client.orders import read_instant
from web.client.plans import ACTIVE, NOTHING_IN_WINDOW, day_of_course, drawing_of, local_date
from web.client.weeks import Wish, load_week, read_day
from web.clinic.desk import Desk, provide_desk
from web.forms import read_form
from web.pages import go_to

Desk_ = NamedDependency[Desk]
OPEN = frozenset({"booked", "in_progress"})
GIVEN_UP_AFTER = timedelta(days=90)
_URGENCY = {"overdue": 0, "due": 1, "booked": 2, "later": 3}


class CoursePages(Controller):
    """`/clinic/{slug}/courses`."""

    path = "/clinic/{slug:str}/courses"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get("/")
    async def index(self, desk: Desk_) -> Response[str]:
        """Open courses, the most urgent first; with `state=closed` the finished and cancelled ones."""
        state = "closed" if desk.request.query_params.get("state") == "closed" else "open"
        async with desk.work("bookings:read") as work:
            found = await courses.list_courses(work)
            groups = await scheduling.list_groups(work, [course.id for course in found])
            now = work.now
        rows = [_row(course, groups.get(course.id, []), now) for course in found]
        shown = [row for row in rows if row["is_open"] == (state == "open")]
        shown.sort(key=lambda row: _URGENCY[row["next"]["state"]] if row["next"] else len(_URGENCY))
        open_count = sum(row["is_open"] for row in rows)
        return desk.page(
            "clinic/courses/index.html",
            current="courses",
            state=state,
            courses=shown,
            open_count=open_count,
            closed_count=len(rows) - open_count,
            can_book=desk.may("bookings:manage"),
        )

    @get("/{course_id:uuid}/next")
    async def times(self, desk: Desk_, course_id: FromPath[UUID]) -> Response[Any]:
        """Free times for the session that is missing, inside its window."""
        return await _times_page(desk, course_id, desk.request.query_params.get("from", ""))

    @post("/{course_id:uuid}/next", status_code=200)
    async def book(self, desk: Desk_, course_id: FromPath[UUID]) -> Response[Any]:
        """Books it into the course."""
        desk.access("bookings:manage")
        form = await read_form(desk.request)
        starts_at, from_text = read_instant(form.values.get("starts_at", "")), form.values.get("from", "")
        if starts_at is None:
            return await _times_page(
                desk, course_id, from_text, status=422, error="Pick one of the free times."
            )
        try:
            async with desk.work("bookings:manage") as work:
                booked = await book_missing_session(work, course_id, starts_at)
        except NothingMissing as refusal:
            return go_to(f"/clinic/{desk.slug}/courses", flash=refusal.text, kind="info")
        except Refusal as refusal:
            if refusal.status == 404:  # noqa: PLR2004  unknown, or another clinic's
                raise
            return await _times_page(desk, course_id, from_text, status=refusal.status, refusal=refusal)
        path = f"/clinic/{desk.slug}/bookings/{booked.reference}"
        return go_to(path, flash=f"Session {booked.position} is booked. The client is told by e-mail.")


def _row(course: CourseView, sessions: Sequence[BookingView], now: Any) -> dict[str, Any]:
    zone = sessions[0].time_zone if sessions else "UTC"
    today = local_date(now, zone)
    following = next_session(course, sessions, today)
    waits = following is not None and following["state"] != "booked"
    return {
        "id": course.id,
        "client_id": course.client_id,
        "client_name": course.client_name,
        "treatment_name": course.treatment_name,
        "area": course.area,
        "done": sum(item.status == "completed" for item in sessions),
        "sessions_total": course.sessions,
        "plan": drawing_of(sessions, course),
        "today": day_of_course(sessions, now),
        "time_zone": zone,
        "next": following,
        "is_open": course.status in OPEN or waits,
    }


def next_session(course: CourseView, sessions: Sequence[BookingView], today: date) -> dict[str, Any] | None:
    """The next session: booked, or missing and due within its window, overdue, or later.

    Nothing where all took place, none has, or the window of the missing one passed long ago.
    """
    done = [item for item in sessions if item.status == "completed"]
    booked = [item for item in sessions if item.status in ACTIVE]
    position = missing_session(
        course.sessions, {item.position for item in sessions if item.status in STANDING}
    )
    if booked:
        first = min(booked, key=lambda item: item.starts_at)
        return {
            "state": "booked",
            "reference": first.reference,
            "starts_at": first.starts_at,
            "position": first.position,
            "missing": position,
        }
    if not done or position is None:
        return None
    last = max(done, key=lambda item: item.starts_at)
    start = local_date(last.starts_at, last.time_zone)
    from_on, to_on = start + timedelta(days=course.min_days), start + timedelta(days=course.max_days)
    if today > to_on + GIVEN_UP_AFTER:
        return None
    state = "overdue" if today > to_on else "due" if today >= from_on else "later"
    return {"state": state, "from_on": from_on, "to_on": to_on, "position": position, "missing": position}


async def _times_page(
    desk: Desk,
    course_id: UUID,
    from_text: str,
    *,
    status: int = 200,
    error: str | None = None,
    refusal: Refusal | None = None,
) -> Response[Any]:
    async with desk.work("bookings:manage") as work:
        course = await courses.get_course(work, course_id)
        sessions = await scheduling.list_group(work, course_id)
        standing = {one.position: one for one in sessions if one.status in STANDING}
        position = missing_session(course.sessions, standing)
        if position is None:
            return go_to(f"/clinic/{desk.slug}/courses", flash=NothingMissing.message, kind="info")
        zone = sessions[0].time_zone
        days = {number: local_date(one.starts_at, zone) for number, one in standing.items()}
        interval = Window(course.min_days, course.target_days, course.max_days)
        from_on, to_on = window_of(position, days, interval)
        late = to_on is not None and to_on < local_date(work.now, zone)
        wish = Wish(
            course.treatment_id,
            sessions[0].location_id,
            course.area,
            None,
            zone,
            (await clinics.get_clinic(work)).horizon_days,
            not_before=from_on,
            not_after=None if late else to_on,
            by_clinic=True,
            archived=True,
        )
        path = f"/clinic/{desk.slug}/courses/{course_id}/next"
        week = await load_week(
            work,
            wish,
            read_day(from_text) or from_on,
            lambda day: f"{path}?from={day.isoformat()}",
            nothing_free=NOTHING_IN_WINDOW,
        )
    return desk.page(
        "clinic/courses/next.html",
        current="courses",
        status=status,
        course=course,
        position=position,
        window=(from_on, to_on),
        late=late,
        week=week,
        here=path,
        error=error,
        refusal=refusal.text if refusal else None,
        alternatives=alternatives_of(refusal) if refusal else [],
        zone=zone,
    )
