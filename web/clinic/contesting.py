"""A client says that they were there, and the clinic contests it: the words that a moderator reads."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from services.kernel.errors import InvalidFields
from services.moderation.contesting import contest_visit
from services.reviews.attendance import CannotContest, find_claim
from web.clinic.desk import Desk, open_booking, provide_desk
from web.forms import Form, read_form, typed_words
from web.pages import go_to

Desk_ = NamedDependency[Desk]
MANAGE = "bookings:manage"


class ContestPages(Controller):
    """`/clinic/{slug}/bookings/{reference}/contest`."""

    path = "/clinic/{slug:str}/bookings/{reference:str}/contest"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get("/")
    async def ask(self, desk: Desk_, reference: str) -> Response[Any]:
        """What the client says, and the words of the clinic."""
        return await _show(desk, reference, Form())

    @post("/", status_code=200)
    async def contest(self, desk: Desk_, reference: str) -> Response[Any] | Redirect:
        """Hands it to the moderators."""
        opened = await open_booking(desk, reference, MANAGE)
        form = await read_form(desk.request)
        try:
            async with desk.work(MANAGE) as work:
                await contest_visit(work, opened.booking.id, typed_words(form, "text"))
        except InvalidFields as refusal:
            return await _show(desk, reference, form.reject(refusal))
        except CannotContest as refusal:
            return go_to(opened.path, flash=refusal.text, kind="caution")
        return go_to(opened.path, flash="A moderator decides. You and the client are told by e-mail.")


async def _show(desk: Desk, reference: str, form: Form) -> Response[Any]:
    opened = await open_booking(desk, reference, MANAGE)
    async with desk.work(MANAGE) as work:
        claim = await find_claim(work, opened.booking.id)
    if claim is None or not claim.may_contest(opened.now):
        return go_to(opened.path, flash=CannotContest.message, kind="caution")
    return opened.page(
        "clinic/bookings/contest.html",
        status=422 if form.errors else 200,
        claim=claim,
        values=form.values,
        errors=form.errors,
    )
