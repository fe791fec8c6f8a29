"""Blocking time from the calendar, for a person, a room or a device; and looking at a block, or taking it away."""

from __future__ import annotations

import hashlib
from datetime import time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from services.clinics import places
from services.kernel.errors import InvalidFields
from services.kernel.work import ClinicWork
from services.practitioners import service as practitioners
from services.scheduling.block_schemas import NewBlock
from services.scheduling.blocking import block_time, get_block, unblock_time
from services.scheduling.displaced import list_displaced
from services.scheduling.displaced_rules import DayPart
from services.scheduling.errors import TimeInUse
from services.scheduling.schemas import BookingView
from web.client.weeks import read_day
from web.clinic.calendar_view import chosen
from web.clinic.desk import Desk, provide_desk, rooms_and_devices
from web.forms import Form, check, read_form
from web.locale import gettext
from web.once import kept_form_token, new_form_token, send_once
from web.pages import go_to

Desk_ = NamedDependency[Desk]
FIELDS = ("resource_id", "first_on", "last_on", "opens", "closes", "note")


class BlockPages(Controller):
    """`/clinic/{slug}/calendar/block` and `/calendar/blocked/{blocked_id}`."""

    path = "/clinic/{slug:str}/calendar"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get("/block")
    async def ask(self, desk: Desk_) -> Response[str]:
        """Whom or what, and when; filled in with what was pressed on the calendar."""
        given = desk.request.query_params
        form = Form({name: given.get(name, "") for name in FIELDS})
        form.values |= {"first_on": given.get("day", ""), "form_token": new_form_token()}
        return await _page(desk, form)

    @post("/block", status_code=200)
    async def block(self, desk: Desk_) -> Response[Any]:
        """Blocks it; visits in the way of a room or a device are named, and nothing is blocked."""
        scope = desk.access("bookings:manage").scope
        form = await read_form(desk.request)
        form.values["form_token"] = kept_form_token(form.values.get("form_token", ""))
        try:
            new = check(form, NewBlock)

            async def do(work: ClinicWork) -> str:
                await block_time(work, new)
                place = form.values.get("location_id", "")
                return f"/clinic/{desk.slug}/calendar?day={new.first_on}&location_id={place}"

            path = await send_once(desk.database, scope, _once(form.values["form_token"], new), do)
            async with desk.work("bookings:manage") as work:
                left = await _still_booked(work, new)
        except InvalidFields as refusal:
            return await _page(desk, form.reject(refusal), status=422)
        except TimeInUse as refusal:
            return await _page(desk, form, status=409, refusal=refusal)
        if not left:
            return go_to(path, flash="Blocked. It cannot be booked then any more.")
        words = gettext("Blocked. {n} visits are booked in that time: move them.").format(n=len(left))
        if len(left) == 1:
            words = gettext("Blocked. One visit is booked in that time: move it.")
        return go_to(path, flash=words, kind="caution")

    @get("/blocked/{blocked_id:uuid}")
    async def look(self, desk: Desk_, blocked_id: FromPath[UUID]) -> Response[str]:
        """A block as a whole."""
        async with desk.work("bookings:read") as work:
            found = await get_block(work, blocked_id)
        return desk.page(
            "clinic/calendar/blocked.html",
            current="calendar",
            block=found,
            can_book=desk.may("bookings:manage"),
        )

    @post("/blocked/{blocked_id:uuid}/remove", status_code=303)
    async def remove(self, desk: Desk_, blocked_id: FromPath[UUID]) -> Response[Any]:
        """It can be booked again."""
        async with desk.work("bookings:manage") as work:
            day = (await get_block(work, blocked_id)).first_on
            await unblock_time(work, blocked_id)
        return go_to(f"/clinic/{desk.slug}/calendar?day={day}", flash="It can be booked again.")


def _once(form_token: str, new: NewBlock) -> str:
    """The token of a press: a form that was gone back to and changed, to block the next person, is another one."""
    return hashlib.sha256(f"{form_token} {new.model_dump_json()}".encode()).hexdigest()


async def _still_booked(work: ClinicWork, new: NewBlock) -> list[BookingView]:
    """Visits of a practitioner inside the taken time; a room or a device has none."""
    taken = DayPart(new.first_on, new.until_on, new.opens, new.closes, practitioner_id=new.resource_id)
    (left,) = await list_displaced(work, [taken])
    return left


async def _page(
    desk: Desk, form: Form, *, status: int = 200, refusal: TimeInUse | None = None
) -> Response[str]:
    given = form.values.get("location_id") or desk.request.query_params.get("location_id", "")
    async with desk.work("bookings:manage") as work:
        locations = await places.list_locations(work)
        location = chosen(locations, str(given))
        today = work.now.astimezone(ZoneInfo(location.time_zone if location else "UTC")).date()
        people = [(one, name) for one, name, _ in await practitioners.list_names(work)]
        here = location.id if location else None
        rooms, devices = await rooms_and_devices(work, here)
    day = read_day(str(form.values.get("first_on", ""))) or today
    spans = [span for span in location.hours if span.as_rule().hold_on(day)] if location else []
    usual = {
        "first_on": day.isoformat(),
        "opens": f"{min((span.opens for span in spans), default=time(9)):%H:%M}",
        "closes": f"{max((span.closes for span in spans), default=time(17)):%H:%M}",
    }
    shown = form.values if form.errors or refusal else usual | {k: v for k, v in form.values.items() if v}
    return desk.page(
        "clinic/calendar/block.html",
        current="calendar",
        status=status,
        location=location,
        resources=[(gettext("People"), people), (gettext("Rooms"), rooms), (gettext("Devices"), devices)],
        values=shown,
        errors=form.errors,
        form_token=form.values["form_token"],
        in_use=refusal.extra["references"] if refusal else None,
        refused=refusal.text if refusal else None,
    )
