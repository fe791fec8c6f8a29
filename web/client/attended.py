"""A visit that the clinic did not mark as completed: its client says that they were there."""

from __future__ import annotations

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from services.kernel.work import Database
from services.reviews.attendance import CannotAssert, assert_visit
from web.client.managing import open_managed, private
from web.context import AppRequest, Visitor
from web.forms import read_form
from web.pages import go_to


class AttendedPages(Controller):
    """`/bookings/{reference}/attended`, for whoever may manage the booking; asked on the booking's own page."""

    path = "/bookings/{reference:str}/attended"

    @post("/", status_code=200)
    async def say_so(
        self,
        request: AppRequest,
        reference: str,
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Redirect:
        """Notes it, once. Raises `NotFound` for a wrong token as for an unknown reference."""
        form = await read_form(request)
        managed = await open_managed(database, visitor, reference, form.values.get("token", ""))
        here = managed.path + managed.suffix
        try:
            async with database.begin(managed.scope) as work:
                await assert_visit(work, managed.booking.id)
        except CannotAssert as refusal:
            return private(go_to(here, flash=refusal.text, kind="caution"))
        words = "The clinic is told. The way to your review comes by e-mail."
        return private(go_to(here, flash=words))
