"""Courses under way: how far, who is due next, within which window, and the way to book what is missing."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from services.clinics import service as clinics
from services.courses import followups
from services.courses import service as courses
from services.courses.board import BoardRow, read_board, rows_of
from services.courses.booking import NothingMissing, book_missing_session
from services.courses.followup_schemas import WaitingCheckIn
from services.courses.rules import missing_session
from services.kernel.errors import Refusal
from services.kernel.paging import Page
from services.scheduling import booking as scheduling
from services.scheduling.course_rules import Window, window_of
from services.scheduling.preference_rules import AS_USUAL
from services.scheduling.status_rules import STANDING
from web.client.booking import alternatives_of
from web.client.orders import read_instant
from web.client.plans import NOTHING_IN_WINDOW, day_of_course, drawing_of, local_date
from web.client.weeks import Wish, days_at, load_week, read_day
from web.clinic.desk import Desk, provide_desk
from web.forms import read_form, words_of
from web.locale import gettext
from web.pages import go_to

Desk_ = NamedDependency[Desk]
SHOWN = ("open", "due", "overdue", "at_risk", "check_ins", "paused", "closed")
A_PAGE = 25
LONGEST_NAME, LONGEST_PAGE = 120, 6


class CoursePages(Controller):
    """`/clinic/{slug}/courses`."""

    path = "/clinic/{slug:str}/courses"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get("/")
    async def index(self, desk: Desk_) -> Response[str]:
        """Open courses, the most urgent first, or those of one kind; what is finished; check-ins to look at."""
        params = desk.request.query_params
        name = params.get("q", "").strip()[:LONGEST_NAME]
        shown = "closed" if params.get("state") == "closed" else params.get("show", "open")
        shown = shown if shown in SHOWN else "open"
        page, cursor = _page_number(params.get("page", "")), params.get("cursor")
        waiting: Page[WaitingCheckIn] = Page([], None)
        async with desk.work("bookings:read") as work:
            board = await read_board(work, name, shown=shown, page=page, limit=A_PAGE)
            rows, more = board.rows, {"page": str(page + 1)} if board.more else {}
            if shown == "closed":
                closed = await courses.list_closed_courses(work, name, cursor=cursor, limit=A_PAGE)
                rows, more = await rows_of(work, closed.items), _cursor_of(closed)
            elif shown == "check_ins":
                waiting = await followups.list_waiting(work, cursor=cursor, limit=A_PAGE)
                more = _cursor_of(waiting)
            counts = board.counts | {"check_ins": await followups.count_waiting(work)}
            now = work.now
        here = f"/clinic/{desk.slug}/courses"
        kept = {"show": shown} | ({"q": name} if name else {})
        begun = page > 1 or bool(cursor)
        return desk.page(
            "clinic/courses/index.html",
            current="courses",
            shown=shown,
            rows=[_row(row, now) for row in rows],
            check_ins=waiting.items,
            now=now,
            counts=counts,
            q=name,
            next_url=f"{here}?{urlencode(kept | more)}" if more else None,
            start_url=f"{here}?{urlencode(kept)}" if begun else None,
            can_book=desk.may("bookings:manage"),
            can_read=desk.may("sessions:record"),
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
        words = gettext("Session {n} is booked. The client is told by e-mail.")
        return go_to(path, flash=words.format(n=booked.position))


def _cursor_of(page: Page[Any]) -> dict[str, str]:
    return {"cursor": page.next} if page.next else {}


def _page_number(typed: str) -> int:
    return max(1, int(typed)) if typed.isascii() and typed.isdigit() and len(typed) < LONGEST_PAGE else 1


def _row(row: BoardRow, now: datetime) -> dict[str, Any]:
    return {
        "course": row.course,
        "due": row.due,
        "missing": row.missing,
        "following": row.following,
        "plan": drawing_of(row.sessions, row.course),
        "today": day_of_course(row.sessions, now),
    }


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
            (await clinics.get_clinic(work)).horizon_days,
            not_before=from_on,
            not_after=None if late else to_on,
            by_clinic=True,
            booked=sessions[0],
        )
        path = f"/clinic/{desk.slug}/courses/{course_id}/next"
        week = await load_week(
            work,
            wish,
            read_day(from_text),
            days_at(path),
            begins_on=from_on,
            nothing_free=NOTHING_IN_WINDOW,
        )
    return desk.page(
        "clinic/courses/next.html",
        current="courses",
        status=status,
        course=course,
        position=position,
        wished=course.preferences if course.preferences != AS_USUAL and position > 1 else None,
        window=(from_on, to_on),
        late=late,
        week=week,
        here=path,
        error=error,
        refusal=words_of(refusal) if refusal else None,
        alternatives=alternatives_of(refusal) if refusal else [],
        zone=zone,
    )
