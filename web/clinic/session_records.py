"""Completing a visit with its record: areas, depth, the cartridge's lot, topicals, notes."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from services.courses.records import complete_session
from services.courses.schemas import DEEPEST_MM, DEPTH_STEP_MM, SessionRecordIn
from services.kernel.errors import InvalidFields, Refusal
from services.treatments.service import get_catalogue
from web.clinic.desk import Call, Desk, booking_page, open_desk, provide_call
from web.forms import Form, check, read_form
from web.pages import go_to

Call_ = NamedDependency[Call]
DEPTHS = [
    (f"{step * DEPTH_STEP_MM:.2f}", f"{step * DEPTH_STEP_MM:.2f} mm")
    for step in range(1, int(DEEPEST_MM / DEPTH_STEP_MM) + 1)
]


class SessionRecords(Controller):
    """`/clinic/{slug}/bookings/{reference}/complete`."""

    path = "/clinic/{slug:str}/bookings/{reference:str}/complete"
    dependencies = {"call": Provide(provide_call)}  # noqa: RUF012  litestar's own form

    @get("/")
    async def ask(self, call: Call_) -> Response[Any]:
        """The empty record, with the booked area ticked."""
        desk = await open_desk(call, "sessions:record")
        if "complete" not in desk.actions:
            return go_to(desk.path, flash="That is not possible in its present state.", kind="caution")
        return _page(call, desk, Form({"areas": [desk.booking.area]}))

    @post("/", status_code=200)
    async def complete(self, call: Call_) -> Response[Any] | Redirect:
        """Keeps the record and completes the visit."""
        desk = await open_desk(call, "sessions:record")
        form = await read_form(call.request, "areas")
        topicals = [part.strip() for part in form.values.get("topicals", "").split(",") if part.strip()]
        try:
            record = check(form, SessionRecordIn, topicals=topicals)
            async with call.database.begin(desk.access.scope) as work:
                await complete_session(work, desk.booking.id, record, by=call.visitor.account_id)
        except InvalidFields as refusal:
            return _page(call, desk, form.reject(refusal), status=422)
        except Refusal as refusal:
            return go_to(desk.path, flash=refusal.text, kind="bad")
        return go_to(desk.path, flash="Completed. Aftercare notes go out on the right days.")


def _page(call: Call, desk: Desk, form: Form, *, status: int = 200) -> Response[str]:
    errors = {name: words for name, words in form.errors.items() if "." not in name}
    return booking_page(
        call,
        desk,
        "clinic/bookings/complete.html",
        status=status,
        area_codes=[area.code for area in get_catalogue().areas],
        depths=DEPTHS,
        values=form.values,
        errors=errors,
    )
