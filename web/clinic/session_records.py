"""Completing a visit with its record: areas, depth, the cartridge's lot, topicals, notes."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from services.courses.records import complete_session, deepest_on_label
from services.courses.schemas import DEEPEST_MM, DEPTH_STEP_MM, SessionRecordIn
from services.kernel.errors import InvalidFields, Refusal
from services.scheduling.errors import BookingOver
from services.scheduling.status_rules import Step
from services.treatments.service import get_catalogue
from web.clinic.desk import Desk, Opened, open_booking, provide_desk
from web.clinic.meanwhile import is_done, said_changed, said_twice
from web.forms import Form, check, read_form
from web.pages import go_to

Desk_ = NamedDependency[Desk]
DEPTHS = [
    (f"{step * DEPTH_STEP_MM:.2f}", f"{step * DEPTH_STEP_MM:.2f} mm")
    for step in range(1, int(DEEPEST_MM / DEPTH_STEP_MM) + 1)
]


class SessionRecords(Controller):
    """`/clinic/{slug}/bookings/{reference}/complete`."""

    path = "/clinic/{slug:str}/bookings/{reference:str}/complete"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get("/")
    async def ask(self, desk: Desk_, reference: str) -> Response[Any]:
        """The empty record, with the booked area ticked."""
        opened = await open_booking(desk, reference, "sessions:record")
        if "complete" not in opened.actions:
            return go_to(opened.path, flash=opened.why_not("complete"), kind="caution")
        return await _page(opened, Form({"areas": [opened.booking.area]}))

    @post("/", status_code=200)
    async def complete(self, desk: Desk_, reference: str) -> Response[Any] | Redirect:
        """Keeps the record and completes the visit."""
        opened = await open_booking(desk, reference, "sessions:record")
        form = await read_form(desk.request, "areas")
        topicals = [part.strip() for part in form.values.get("topicals", "").split(",") if part.strip()]
        try:
            record = check(form, SessionRecordIn, topicals=topicals)
            async with desk.work("sessions:record") as work:
                await complete_session(work, opened.booking.id, record, by=desk.visitor.account_id)
        except InvalidFields as refusal:
            return await _page(opened, form.reject(refusal), status=422)
        except BookingOver:
            booking = (await open_booking(desk, reference, "sessions:record")).booking
            words = said_twice(booking) if is_done(Step.COMPLETE, booking) else said_changed(booking)
            return go_to(opened.path, flash=words, kind="caution")
        except Refusal as refusal:
            return await _page(opened, form, status=refusal.status, refused=refusal.text)
        return go_to(opened.path, flash="Completed. Aftercare notes go out on the right days.")


async def _page(
    opened: Opened, form: Form, *, status: int = 200, refused: str | None = None
) -> Response[str]:
    async with opened.desk.work("sessions:record") as work:
        deepest = await deepest_on_label(work, opened.booking)
    errors = {name: words for name, words in form.errors.items() if "." not in name}
    return opened.page(
        "clinic/bookings/complete.html",
        status=status,
        area_codes=[area.code for area in get_catalogue().areas],
        depths=DEPTHS,
        deepest=deepest,
        values=form.values,
        errors=errors | ({"form": refused} if refused else {}),
    )
