"""One course at the desk: how it stands, and pausing, going on with, and stopping it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from services.courses import service as courses
from services.courses import states
from services.courses.schemas import CourseView
from services.courses.state_rules import LONGEST_PAUSE, STOP_REASONS
from services.courses.state_schemas import PauseIn, StopIn
from services.kernel.errors import InvalidFields, WrongState
from services.scheduling import booking as scheduling
from services.scheduling.schemas import BookingView
from web.client.plans import day_of_course, drawing_of, local_date
from web.clinic.desk import Desk, provide_desk
from web.forms import Form, check, read_form
from web.pages import go_to

Desk_ = NamedDependency[Desk]
READ, MANAGE = "bookings:read", "bookings:manage"


class CourseStatePages(Controller):
    """`/clinic/{slug}/courses/{course_id}`."""

    path = "/clinic/{slug:str}/courses/{course_id:uuid}"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get("/")
    async def show(self, desk: Desk_, course_id: FromPath[UUID]) -> Response[str]:
        """The course with its sessions, and the way to pause it."""
        return await _show(desk, course_id, Form())

    @post("/pause", status_code=200)
    async def pause(self, desk: Desk_, course_id: FromPath[UUID]) -> Response[Any] | Redirect:
        """Nobody is asked to go on until a day."""
        desk.access(MANAGE)
        form = await read_form(desk.request)
        try:
            given = check(form, PauseIn)
            async with desk.work(MANAGE) as work:
                await states.pause_course(work, course_id, given)
        except InvalidFields as refusal:
            return await _show(desk, course_id, form.reject(refusal), permission=MANAGE, status=422)
        except WrongState as refusal:
            return go_to(_path(desk, course_id), flash=refusal.text, kind="caution")
        return go_to(_path(desk, course_id), flash="Paused. What is booked stays booked.")

    @post("/resume", status_code=200)
    async def resume(self, desk: Desk_, course_id: FromPath[UUID]) -> Redirect:
        """Goes on with it."""
        try:
            async with desk.work(MANAGE) as work:
                await states.resume_course(work, course_id)
        except WrongState as refusal:
            return go_to(_path(desk, course_id), flash=refusal.text, kind="caution")
        return go_to(_path(desk, course_id), flash="It goes on.")

    @get("/stop")
    async def ask_stop(self, desk: Desk_, course_id: FromPath[UUID]) -> Response[Any]:
        """The step before stopping: why, and what becomes of the booked sessions."""
        return await _ask(desk, course_id, Form())

    @post("/stop", status_code=200)
    async def stop(self, desk: Desk_, course_id: FromPath[UUID]) -> Response[Any] | Redirect:
        """Ends it."""
        desk.access(MANAGE)
        form = await read_form(desk.request)
        booked = {"cancel": True, "keep": False}.get(form.values.get("cancel_booked", ""))
        try:
            given = check(form, StopIn, cancel_booked=booked)
            async with desk.work(MANAGE) as work:
                await states.stop_course(work, course_id, given)
        except InvalidFields as refusal:
            return await _ask(desk, course_id, form.reject(refusal), status=422)
        except WrongState as refusal:
            return go_to(_path(desk, course_id), flash=refusal.text, kind="caution")
        words = "Stopped. The client is told by e-mail of what was cancelled." if booked else "Stopped."
        return go_to(_path(desk, course_id), flash=words)


def _path(desk: Desk, course_id: UUID) -> str:
    return f"/clinic/{desk.slug}/courses/{course_id}"


async def _opened(
    desk: Desk, course_id: UUID, permission: str
) -> tuple[CourseView, list[BookingView], dict[str, Any]]:
    async with desk.work(permission) as work:
        course = await courses.get_course(work, course_id)
        sessions = await scheduling.list_group(work, course_id)
        now = work.now
    today = local_date(now, course.time_zone)
    drawn = {
        "course": course,
        "sessions": sessions,
        "plan": drawing_of(sessions, course),
        "today": day_of_course(sessions, now),
        "first_day": (today + timedelta(days=1)).isoformat(),
        "last_day": (today + LONGEST_PAUSE).isoformat(),
        "here": _path(desk, course_id),
    }
    return course, sessions, drawn


async def _show(
    desk: Desk, course_id: UUID, form: Form, *, permission: str = READ, status: int = 200
) -> Response[str]:
    _, _, drawn = await _opened(desk, course_id, permission)
    return desk.page(
        "clinic/courses/show.html",
        current="courses",
        status=status,
        **drawn,
        can_book=desk.may(MANAGE),
        values=form.values,
        errors=form.errors,
    )


async def _ask(desk: Desk, course_id: UUID, form: Form, *, status: int = 200) -> Response[Any]:
    course, _, drawn = await _opened(desk, course_id, MANAGE)
    if course.state in {"completed", "stopped"}:
        return go_to(_path(desk, course_id), flash=states.CourseOver.message, kind="caution")
    async with desk.work(MANAGE) as work:
        booked = await states.list_cancellable(work, course_id)
    return desk.page(
        "clinic/courses/stop.html",
        current="courses",
        status=status,
        **drawn,
        booked=booked,
        reasons=STOP_REASONS,
        values=form.values,
        errors=form.errors,
    )
