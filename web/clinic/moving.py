"""Moving a booking at the desk: free times inside its course's window, and what to do when somebody was quicker."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from services.clinics import service as clinics
from services.kernel.errors import Refusal
from services.scheduling import booking as scheduling
from services.scheduling.errors import BookingOver
from web.client.booking import alternatives_of
from web.client.orders import read_instant
from web.client.plans import NOTHING_IN_WINDOW, window_of
from web.client.weeks import Wish, load_week, read_day
from web.clinic.desk import Desk, Opened, elsewhere_warning, moved_since, open_booking, provide_desk
from web.clinic.meanwhile import said_changed, said_moved
from web.forms import read_form
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
        return await _page(opened, desk.request.query_params.get("from", ""))

    @post("/", status_code=200)
    async def reschedule(self, desk: Desk_, reference: str) -> Response[Any] | Redirect:
        """Moves it."""
        opened = await open_booking(desk, reference, "bookings:manage")
        form = await read_form(desk.request)
        starts_at = read_instant(form.values.get("starts_at", ""))
        from_text = form.values.get("from", "")
        if starts_at is None:
            return await _page(opened, from_text, status=422, error="Pick one of the free times.")
        if starts_at == opened.booking.starts_at:
            return go_to(opened.path, flash="It is at that time already.", kind="info")
        if moved_since(opened, form):
            return go_to(opened.path, flash=said_moved(opened.booking), kind="caution")
        try:
            async with desk.work("bookings:manage") as work:
                moved = await scheduling.reschedule(work, opened.booking.id, starts_at, by="clinic")
                warning = await elsewhere_warning(work, moved)
        except BookingOver:
            now = (await open_booking(desk, reference, "bookings:manage")).booking
            return go_to(opened.path, flash=said_changed(now), kind="caution")
        except Refusal as refusal:
            return await _page(opened, from_text, status=refusal.status, refusal=refusal)
        words = "Moved. The client is told by e-mail."
        return go_to(opened.path, flash=f"{words} {warning}".strip(), kind="caution" if warning else "good")


async def _page(
    opened: Opened,
    from_text: str,
    *,
    status: int = 200,
    error: str | None = None,
    refusal: Refusal | None = None,
) -> Response[str]:
    booking = opened.booking
    window = window_of(booking, opened.sessions, opened.course)
    async with opened.desk.work("bookings:manage") as work:
        clinic = await clinics.get_clinic(work)
        wish = Wish(
            booking.treatment_id,
            booking.location_id,
            booking.area,
            None,
            booking.time_zone,
            clinic.horizon_days,
            not_before=window.from_on if window else None,
            not_after=window.to_on if window else None,
            by_clinic=True,
            archived=True,
            leaving=(booking.id, booking.starts_at),
        )
        week = await load_week(
            work,
            wish,
            read_day(from_text) or (window.from_on if window else None),
            lambda day: f"{opened.path}/reschedule?from={day.isoformat()}",
            nothing_free=NOTHING_IN_WINDOW if window else None,
        )
    return opened.page(
        "clinic/bookings/reschedule.html",
        status=status,
        week=week,
        window=window,
        refusal=refusal.text if refusal else None,
        alternatives=alternatives_of(refusal) if refusal else [],
        error=error,
    )
