"""A cartridge's lot: on whom it was used, and telling them when it is called back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide

from services.courses import recalls
from services.courses.recall_schemas import LotTrace, RecallIn
from services.kernel.errors import InvalidFields
from services.notices.recalls import preview_recall
from web.clinic.desk import Desk, clinic_zone, provide_desk
from web.forms import Form, check, read_form
from web.pages import go_to

Desk_ = NamedDependency[Desk]
TREATS = "sessions:record"
LONGEST_LOT = 100


class LotPages(Controller):
    """`/clinic/{slug}/lots`."""

    path = "/clinic/{slug:str}/lots"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get("/")
    async def index(self, desk: Desk_) -> Response[str]:
        """Where a lot was used; without one, the recalls so far."""
        lot = desk.request.query_params.get("lot", "").strip()
        form = Form({"lot": lot, "earlier_versions": "true"})
        if len(lot) > LONGEST_LOT:
            form.errors["lot"] = f"Use at most {LONGEST_LOT} characters."
        return await _page(desk, form)

    @post("/preview", status_code=200)
    async def preview(self, desk: Desk_) -> Response[Any]:
        """The message and how many would get it, before anything is sent."""
        form = await read_form(desk.request)
        try:
            given = _checked(form)
        except InvalidFields as refusal:
            return await _page(desk, form.reject(refusal), status=422)
        async with desk.work(TREATS) as work:
            found = await recalls.trace_lot(work, given.lot)
            message = await preview_recall(work, found, given.words)
        people = found.to_tell(earlier_versions=given.earlier_versions)
        if message is None or not people:
            return await _page(desk, form)
        return desk.page(
            "clinic/lots/preview.html",
            current="lots",
            found=found,
            people=people,
            message=message,
            values=form.values,
            zone=people[0].visits[0].time_zone,
        )

    @post("/recall", status_code=200)
    async def confirm(self, desk: Desk_) -> Response[Any]:
        """Tells everybody who has not been told."""
        form = await read_form(desk.request)
        try:
            given = _checked(form)
            async with desk.work(TREATS) as work:
                done = await recalls.confirm_recall(work, given)
        except InvalidFields as refusal:
            return await _page(desk, form.reject(refusal), status=422)
        except recalls.LotNotUsed as refusal:
            return await _page(desk, form, status=refusal.status)
        words = "Nothing was sent: everybody was told before."
        if done.newly_told:
            people = "1 person is" if done.newly_told == 1 else f"{done.newly_told} people are"
            words = f"{people} told by e-mail."
        return go_to(f"/clinic/{desk.slug}/lots?{urlencode({'lot': given.lot})}", flash=words)


def _checked(form: Form) -> RecallIn:
    return check(form, RecallIn, earlier_versions=form.values.get("earlier_versions") == "true")


async def _page(desk: Desk, form: Form, *, status: int = 200) -> Response[str]:
    found: LotTrace | None = None
    async with desk.work(TREATS) as work:
        if form.values.get("lot") and "lot" not in form.errors:
            found = await recalls.trace_lot(work, form.values["lot"])
        past = await recalls.list_recalls(work)
        zone = await clinic_zone(work)
    return desk.page(
        "clinic/lots/index.html",
        current="lots",
        status=422 if form.errors else status,
        found=found,
        past=past,
        zone=zone,
        values=form.values,
        errors={name: words for name, words in form.errors.items() if "." not in name},
    )
