"""Another time that a client asks for: accepted, or declined with words. Answered is what the page has shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from services.courses.moving import accept_move
from services.kernel.errors import InvalidFields, Refusal
from services.kernel.work import ClinicWork
from services.scheduling.asked_moves import decline_move, find_open
from services.scheduling.errors import BookingOver, MoveOver
from web.client.orders import read_instant
from web.clinic.desk import Desk, Opened, open_booking, provide_desk
from web.clinic.meanwhile import said_changed
from web.forms import Form, read_form, typed_words
from web.pages import go_to

Desk_ = NamedDependency[Desk]
LONGEST_REASON = 500


class AskedMoveDesk(Controller):
    """`/clinic/{slug}/bookings/{reference}/move`."""

    path = "/clinic/{slug:str}/bookings/{reference:str}/move"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @post("/accept", status_code=200)
    async def accept(self, desk: Desk_, reference: str) -> Redirect:
        """The visit moves to the time that was asked for."""
        opened = await open_booking(desk, reference, "bookings:manage")
        seen = _seen(await read_form(desk.request))

        async def accept(work: ClinicWork) -> None:
            await accept_move(work, opened.booking.id, seen=seen)

        return await _answer(opened, accept, "Moved. The client is told by e-mail.")

    @get("/decline")
    async def ask_decline(self, desk: Desk_, reference: str) -> Response[Any]:
        """The step before declining, with words for the client."""
        return await _ask(await open_booking(desk, reference, "bookings:manage"), Form())

    @post("/decline", status_code=200)
    async def decline(self, desk: Desk_, reference: str) -> Response[Any] | Redirect:
        """The visit stays where it is."""
        opened = await open_booking(desk, reference, "bookings:manage")
        form = await read_form(desk.request)
        try:
            reason = typed_words(form, "reason", LONGEST_REASON)
        except InvalidFields as refused:
            return await _ask(opened, form.reject(refused))

        async def decline(work: ClinicWork) -> None:
            await decline_move(work, opened.booking.id, reason, seen=_seen(form))

        return await _answer(
            opened, decline, "Declined. The visit stays where it is, and the client is told."
        )


def _seen(form: Form) -> datetime | None:
    return read_instant(str(form.values.get("seen", "")))


async def _answer(opened: Opened, do: Callable[[ClinicWork], Awaitable[None]], words: str) -> Redirect:
    """Answers, and says kindly where there is nothing to answer any more."""
    try:
        async with opened.desk.work("bookings:manage") as work:
            await do(work)
    except MoveOver as over:
        return go_to(opened.path, flash=over.text, kind="info")
    except BookingOver:
        now = (await open_booking(opened.desk, opened.booking.reference, "bookings:manage")).booking
        return go_to(opened.path, flash=said_changed(now), kind="caution")
    except Refusal as refusal:
        return go_to(opened.path, flash=refusal.text, kind="bad")
    return go_to(opened.path, flash=words)


async def _ask(opened: Opened, form: Form) -> Response[Any]:
    async with opened.desk.work("bookings:manage") as work:
        asked = await find_open(work, opened.booking.id)
    if asked is None:
        return go_to(opened.path, flash=MoveOver.message, kind="info")
    return opened.page(
        "clinic/bookings/decline_move.html",
        status=422 if form.errors else 200,
        asked=asked,
        values=form.values,
        errors=form.errors,
    )
