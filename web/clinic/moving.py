"""Moving a booking at the desk: free times inside its course's window, and what to do when somebody was quicker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from services.clinics import places
from services.clinics import service as clinics
from services.courses.moving import move_visit
from services.kernel.errors import NotFound, Refusal
from services.practitioners import service as practitioners
from services.scheduling.asked_moves import find_open
from services.scheduling.errors import BookingOver
from services.scheduling.moving import get_place_to_move_to
from services.scheduling.obstacles import Obstacle
from services.scheduling.schemas import BookingView
from web.client.booking import alternatives_of
from web.client.following import followers, read_rest
from web.client.plans import ACTIVE, NOTHING_IN_WINDOW, window_of
from web.client.weeks import Wish, days_at, load_week, read_day
from web.clinic.desk import (
    Desk,
    Opened,
    back_to,
    elsewhere_warning,
    moved_since,
    open_booking,
    provide_desk,
)
from web.clinic.meanwhile import said_changed, said_moved
from web.clinic.proposing import Asked, find_obstacles, find_place, read_asked
from web.forms import Form, read_form, words_of
from web.locale import gettext
from web.pages import go_to

Desk_ = NamedDependency[Desk]


class MovingPages(Controller):
    """`/clinic/{slug}/bookings/{reference}/reschedule`."""

    path = "/clinic/{slug:str}/bookings/{reference:str}/reschedule"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get("/")
    async def other_times(self, desk: Desk_, reference: str) -> Response[Any]:
        """Free times to move to."""
        opened = await open_booking(desk, reference, "bookings:manage")
        if "reschedule" not in opened.actions:
            return go_to(opened.path, flash=said_changed(opened.booking), kind="caution")
        given = desk.request.query_params
        return await _page(opened, given.get("from", ""), Form({"back": given.get("back", "")}))

    @post("/", status_code=200)
    async def reschedule(self, desk: Desk_, reference: str) -> Response[Any] | Redirect:
        """Moves it, with the later sessions of its course that were agreed to."""
        opened = await open_booking(desk, reference, "bookings:manage")
        form = await read_form(desk.request, "rest")
        asked = read_asked(form.values, ZoneInfo((await find_place(opened)).time_zone))
        if asked.starts_at is None:
            from_text = form.values.get("from", "")
            return await _page(opened, from_text, form, status=422, error="Pick one of the free times.")
        if asked.starts_at == opened.booking.starts_at and not asked.things:
            return go_to(opened.path, flash="It is at that time already.", kind="info")
        if moved_since(opened, form):
            return go_to(opened.path, flash=said_moved(opened.booking), kind="caution")
        try:
            return await _move(opened, form, asked)
        except NotFound:
            raise
        except BookingOver:
            now = (await open_booking(desk, reference, "bookings:manage")).booking
            return go_to(opened.path, flash=said_changed(now), kind="caution")
        except Refusal as refusal:
            return await _refused(opened, form, asked, refusal)


async def _move(opened: Opened, form: Form, asked: Asked) -> Redirect:
    desk, rest = opened.desk, read_rest(form.values.get("rest", []))
    async with desk.work("bookings:manage") as work:
        moved = await move_visit(
            work, opened.booking.id, asked.moment, by="clinic", **asked.things, rest=rest
        )
        warning = await elsewhere_warning(work, moved)
    words = _said_done(opened.booking, moved, len(rest))
    return go_to(
        back_to(desk, form) or opened.path,
        flash=f"{words} {warning}".strip(),
        kind="caution" if warning else "good",
    )


async def _refused(opened: Opened, form: Form, asked: Asked, refusal: Refusal) -> Response[Any] | Redirect:
    if followers(refusal, opened.sessions) and not form.values.get("rest"):
        # The later sessions could follow: they are shown before anything is changed.
        back = back_to(opened.desk, form)
        query = urlencode(asked.fields | ({"back": back} if back else {}))
        return go_to(f"{opened.path}/reschedule/to?{query}")
    obstacles = await find_obstacles(opened, asked, refusal)
    return await _page(
        opened, form.values.get("from", ""), form, status=refusal.status, refusal=refusal, obstacles=obstacles
    )


def _said_done(before: BookingView, now: BookingView, others: int) -> str:
    said = [(one.starts_at, one.practitioner_id, one.location_id) for one in (before, now)]
    if others == 1:
        return gettext("Moved, with 1 later session. The client is told by e-mail.")
    if others:
        return gettext("Moved, with {n} later sessions. The client is told by e-mail.").format(n=others)
    if said[0] == said[1]:
        return gettext("Moved to another room. The client need not be told.")
    return gettext("Moved. The client is told by e-mail in two minutes, unless you take it back before.")


async def _page(
    opened: Opened,
    from_text: str,
    form: Form,
    *,
    status: int = 200,
    error: str | None = None,
    refusal: Refusal | None = None,
    obstacles: Sequence[Obstacle] = (),
) -> Response[str]:
    booking = opened.booking
    window = window_of(booking, opened.sessions, opened.course, opened.now)
    # Later sessions can follow, so the earlier ones alone bound what is offered.
    before = [one for one in opened.sessions if one.position < booking.position]
    bounds = window_of(booking, before, opened.course, opened.now)
    back = back_to(opened.desk, form) or ""
    async with opened.desk.work("bookings:manage") as work:
        people = [(one, name) for one, name, _ in await practitioners.list_names(work)]
        place = await get_place_to_move_to(work, booking)
        rooms = [(room.id, room.name) for room in await places.list_rooms(work, place.id)]
        clinic = await clinics.get_clinic(work)
        asked = await find_open(work, booking.id)
        wish = Wish(
            booking.treatment_id,
            booking.location_id,
            booking.area,
            None,
            clinic.horizon_days,
            not_before=bounds.from_on if bounds else None,
            not_after=bounds.to_on if bounds else None,
            by_clinic=True,
            booked=booking,
            leaving=True,
            kept=asked.holds if asked else (),
        )
        week = await load_week(
            work,
            wish,
            read_day(from_text),
            days_at(f"{opened.path}/reschedule", back=back),
            begins_on=window.from_on if window else None,
            nothing_free=NOTHING_IN_WINDOW if bounds else None,
        )
    return opened.page(
        "clinic/bookings/reschedule.html",
        status=status,
        week=week,
        window=window,
        now_there=booking.starts_at.astimezone(ZoneInfo(place.time_zone)),
        refusal=words_of(refusal) if refusal else None,
        obstacles=obstacles,
        alternatives=alternatives_of(refusal) if refusal else [],
        error=error,
        back=back,
        people=people,
        rooms=rooms,
        followed=any(one.position > booking.position and one.status in ACTIVE for one in opened.sessions),
    )
