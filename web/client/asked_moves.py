"""Another time that a client asked the clinic for: what is said of it, and taking it back."""

from __future__ import annotations

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from services.kernel.work import Database
from services.scheduling.asked_moves import take_back
from services.scheduling.errors import MoveOver
from web.client.managing import open_managed, private
from web.context import AppRequest, Visitor
from web.forms import read_form
from web.pages import go_to


class AskedMovePages(Controller):
    """`/bookings/{reference}/reschedule/take-back`."""

    path = "/bookings/{reference:str}/reschedule/take-back"

    @post("/", status_code=200)
    async def take_back(
        self,
        request: AppRequest,
        reference: str,
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Redirect:
        """The client wants the time that they have."""
        form = await read_form(request)
        managed = await open_managed(database, visitor, reference, form.values.get("token", ""))
        there = managed.path + managed.suffix
        try:
            async with database.begin(managed.scope) as work:
                await take_back(work, managed.booking.id)
        except MoveOver as refusal:
            return private(go_to(there, flash=refusal.text, kind="info"))
        return private(go_to(there, flash="Taken back. Your booking stays as it is."))
