"""`/clinic/{slug}/preview`: what the public will see, for the team, before the clinic is live."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency, Provide

from services.clinics import service as clinics
from web.clinic.desk import Desk, provide_desk
from web.pages import go_to, page
from web.public.listing import listing_values


class PreviewPage(Controller):
    """The clinic's page as it stands. Once the clinic is live the public page itself is shown."""

    path = "/clinic/{slug:str}/preview"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get()
    async def show(self, desk: NamedDependency[Desk]) -> Response[Any]:
        async with desk.work("clinic:read") as work:
            if (await clinics.get_clinic(work)).status == "live":
                return go_to(f"/c/{desk.slug}")
            values = await listing_values(work, before_it_is_live=True)
        answer = page(desk.request, "clinic/preview.html", draft=True, first_reviews=None, data="", **values)
        answer.headers["Cache-Control"] = "private, no-store"
        return answer
