"""A cartridge's lot: on whom it was used, and telling them when it is called back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from services.courses import recalls
from services.courses.recall_schemas import CallIn, LotAlike, LotPerson, LotTrace, RecallIn
from services.kernel.errors import InvalidFields
from services.kernel.language import N_
from services.notices.recalls import count_reached, list_reached, preview_recall
from services.notices.schemas import Reached
from web.clinic.desk import Desk, clinic_zone, provide_desk
from web.forms import Form, check, read_form
from web.locale import gettext
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
            form.errors["lot"] = gettext("Use at most {most} characters.").format(most=LONGEST_LOT)
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
        words = "Nothing was sent: each has a message from before."
        if done.newly_told:
            words = gettext("An e-mail goes to {n} people. Look here again: who cannot be reached is listed.")
            words = words.format(n=done.newly_told)
        if done.newly_told == 1:
            words = N_("An e-mail goes to 1 person. Look here again: who cannot be reached is listed.")
        return go_to(f"/clinic/{desk.slug}/lots?{urlencode({'lot': given.lot})}", flash=words)

    @post("/{recall_id:uuid}/people/{client_id:uuid}/call", status_code=200)
    async def note_call(self, desk: Desk_, recall_id: FromPath[UUID], client_id: FromPath[UUID]) -> Redirect:
        """That somebody was reached by telephone, or that this was a mistake. Raises `NotFound`."""
        form = await read_form(desk.request)
        call = CallIn(reached=form.values.get("reached") != "false")
        async with desk.work(TREATS) as work:
            await recalls.note_call(work, recall_id, client_id, call)
            lot = (await recalls.get_recall(work, recall_id))[0].lot
        words = N_("Noted: reached by telephone.") if call.reached else N_("Taken back.")
        return go_to(f"/clinic/{desk.slug}/lots?{urlencode({'lot': lot})}", flash=words)


def _checked(form: Form) -> RecallIn:
    return check(form, RecallIn, earlier_versions=form.values.get("earlier_versions") == "true")


def _to_ring(found: LotTrace | None, reached: Mapping[UUID, Reached]) -> list[LotPerson]:
    """Those whom neither the message got to, nor a call."""
    people = found.people if found else ()
    return [one for one in people if one.client_id in reached and reached[one.client_id].to_ring]


async def _page(desk: Desk, form: Form, *, status: int = 200) -> Response[str]:
    found: LotTrace | None = None
    alike: list[LotAlike] = []
    reached: Mapping[UUID, Reached] = {}
    async with desk.work(TREATS) as work:
        if form.values.get("lot") and "lot" not in form.errors:
            found = await recalls.trace_lot(work, form.values["lot"])
            alike = await recalls.list_alike(work, form.values["lot"])
            reached = await list_reached(work, found.recall.id) if found.recall else {}
        past, counts = await recalls.list_recalls(work), await count_reached(work)
        zone = await clinic_zone(work)
    return desk.page(
        "clinic/lots/index.html",
        current="lots",
        status=422 if form.errors else status,
        found=found,
        alike=alike,
        reached=reached,
        to_ring=_to_ring(found, reached),
        past=past,
        counts=counts,
        zone=zone,
        values=form.values,
        errors={name: words for name, words in form.errors.items() if "." not in name},
    )
