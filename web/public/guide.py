"""The guide: what micro-needling is, and concern by concern what is known."""

from __future__ import annotations

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.kernel.errors import NotFound
from web.context import AppRequest, Visitor
from web.pages import page
from web.public.guide_content import BY_CODE, CONCERNS, COST_ROWS, COST_SOURCE, find_concern


class GuidePages(Controller):
    """Pages of reading, without a database."""

    path = "/guide"

    @get()
    async def index(
        self,
        request: AppRequest,
        visitor: NamedDependency[Visitor],  # noqa: ARG002  it fills the header
    ) -> Response[str]:
        """The whole in one page."""
        return page(
            request,
            "guide/index.html",
            concerns=CONCERNS,
            course=BY_CODE["acne_scars"].course,
            cost_rows=COST_ROWS,
            cost_source=COST_SOURCE,
        )

    @get("/{concern:str}")
    async def concern(
        self,
        request: AppRequest,
        concern: FromPath[str],
        visitor: NamedDependency[Visitor],  # noqa: ARG002  it fills the header
    ) -> Response[str]:
        """One concern. Raises `NotFound`."""
        found = find_concern(concern)
        if found is None:
            raise NotFound
        return page(request, "guide/concern.html", concern=found, concerns=CONCERNS)
