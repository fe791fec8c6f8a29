"""`/`, `/for-clinics` and `/trust`: what this is, for whom, and the formula and counts behind it."""

from __future__ import annotations

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from services.kernel.scope import PlatformScope, PublicScope
from services.kernel.work import Database
from services.marketplace import rules
from services.marketplace import service as marketplace
from services.marketplace.schemas import SearchQuery
from services.moderation import service as moderation
from services.moderation.schemas import DECISIONS
from services.reviews import rules as review_rules
from services.treatments.service import get_catalogue
from web.context import AppRequest, Visitor
from web.pages import page
from web.public.guide_content import CONCERNS, COST_ROWS, COST_SOURCE

TEASERS = 6


class HomePages(Controller):
    """The first page, and the page that says how the order is made."""

    @get("/")
    async def home(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Response[str]:
        """A search box, the first listing as an example, three steps, and the way into the guide."""
        async with database.begin(PublicScope(visitor.actor)) as work:
            figures = await marketplace.get_public_figures(work)
            first = await marketplace.search(work, SearchQuery(limit=1))
        return page(
            request,
            "public/home.html",
            figures=figures,
            example=first.items[0] if first.items else None,
            catalogue=get_catalogue(),
            concerns=CONCERNS[:TEASERS],
            cost_rows=COST_ROWS,
            cost_source=COST_SOURCE,
        )

    @get("/for-clinics")
    async def for_clinics(
        self,
        request: AppRequest,
        visitor: NamedDependency[Visitor],  # noqa: ARG002  it fills the header
    ) -> Response[str]:
        """What a clinic gets, what is checked, and the way in."""
        return page(request, "public/for_clinics.html")

    @get("/trust")
    async def trust(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Response[str]:
        """The ranking's formula from the rule itself, and public counts."""
        async with database.begin(PublicScope(visitor.actor)) as work:
            figures = await marketplace.get_public_figures(work)
        async with database.begin(PlatformScope("the trust page counts over all clinics")) as platform:
            queue = await moderation.get_figures(platform)
            removed = await moderation.count_removed_reviews(platform)
        return page(
            request,
            "public/trust.html",
            figures=figures,
            queue=queue,
            removed=removed,
            weights=rules.WEIGHTS,
            version=rules.FORMULA_VERSION,
            half_km=rules.HALF_DISTANCE_KM,
            days=rules.AVAILABILITY_DAYS,
            prior=review_rules.PRIOR,
            decision_names={decision.code: decision.past for decision in DECISIONS},
        )
