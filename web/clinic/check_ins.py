"""A client's check-in as those who treat read it, and what they did about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from services.courses import followups
from services.courses.followup_schemas import Handled
from services.kernel.errors import InvalidFields
from services.kernel.vault import Erased
from services.scheduling import service as scheduling
from web.clinic.desk import Desk, provide_desk
from web.forms import Form, check, read_form
from web.pages import go_to
from web.photo_pages import photos_of_day

Desk_ = NamedDependency[Desk]
TREATS = "sessions:record"


class CheckInDesk(Controller):
    """`/clinic/{slug}/check-ins/{check_in_id}`."""

    path = "/clinic/{slug:str}/check-ins/{check_in_id:uuid}"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get("/")
    async def show(self, desk: Desk_, check_in_id: FromPath[UUID]) -> Response[Any]:
        """The answers: a look that is recorded."""
        return await _show(desk, check_in_id, Form())

    @post("/handled", status_code=200)
    async def handle(self, desk: Desk_, check_in_id: FromPath[UUID]) -> Response[Any] | Redirect:
        """Notes what was done."""
        desk.access(TREATS)
        form = await read_form(desk.request)
        try:
            given = check(form, Handled)
            async with desk.work(TREATS) as work:
                await followups.handle_check_in(work, check_in_id, given)
        except InvalidFields as refusal:
            return await _show(desk, check_in_id, form.reject(refusal), status=422)
        except followups.NothingToHandle as refusal:
            path = f"/clinic/{desk.slug}/check-ins/{check_in_id}"
            return go_to(path, flash=refusal.text, kind="caution")
        return go_to(f"/clinic/{desk.slug}/courses?show=check_ins", flash="Noted as dealt with.")


async def _show(desk: Desk, check_in_id: UUID, form: Form, *, status: int = 200) -> Response[Any]:
    try:
        async with desk.work(TREATS) as work:
            read, now = await followups.read_check_in(work, check_in_id), work.now
            check_in = read.page.check_in
            booking = await scheduling.get_booking(work, check_in.booking_id)
            taken = await photos_of_day(work, booking, check_in.answered_at) if check_in.answered_at else []
    except Erased as refusal:  # from before erasure closed these itself
        async with desk.work(TREATS) as work:
            await followups.end_check_ins(work, [check_in_id])
        path = f"/clinic/{desk.slug}/courses?show=check_ins"
        return go_to(path, flash=refusal.text, kind="caution")
    return desk.page(
        "clinic/check_ins/show.html",
        current="courses",
        status=status,
        read=read,
        photos=taken,
        now=now,
        values=form.values,
        errors=form.errors,
    )
