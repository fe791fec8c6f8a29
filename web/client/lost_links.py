"""Pages of who has lost the link to their bookings."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from services.kernel.errors import InvalidFields, TooManyRequests
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from services.scheduling import service as scheduling
from services.scheduling.schemas import LostLinks
from web.client.showing import show_form
from web.context import AppRequest, Visitor, address_of
from web.forms import Form, check, read_form
from web.locale import current_locale
from web.pages import go_to, page


class LostLinkPages(Controller):
    """`/bookings/lost-link`: the answer is the same whether or not something is booked with the address."""

    path = "/bookings/lost-link"

    @get()
    async def show(self, request: AppRequest, visitor: NamedDependency[Visitor]) -> Response[str]:
        return show_form(request, "booking/lost_link.html", Form({"email": visitor.email}))

    @post(status_code=200)
    async def submit(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Response[Any]:
        form = await read_form(request)
        try:
            given = check(form, LostLinks, language=current_locale())
            async with database.begin(PublicScope(visitor.actor)) as work:
                await scheduling.ask_lost_links(work, given, address=address_of(request))
        except (InvalidFields, TooManyRequests) as refusal:
            return show_form(request, "booking/lost_link.html", form, refusal)
        return go_to("/bookings/lost-link/sent")

    @get("/sent")
    async def sent(self, request: AppRequest) -> Response[str]:
        return page(request, "booking/lost_link_sent.html")
