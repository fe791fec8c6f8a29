"""The API of the marketplace: search, and what anyone may see of a live clinic."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from pydantic import ValidationError

from services.kernel.errors import InvalidFields
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from services.marketplace import listing
from services.marketplace import service as marketplace
from services.marketplace.public_schemas import ClinicShown, TreatmentShown
from services.marketplace.schemas import SearchPage, SearchQuery
from web.api.answers import Listed, listed
from web.context import Visitor, public_scope_of


def _said(name: str) -> Any:
    return QueryParameter(description=SearchQuery.model_fields[name].description)


def query_of(given: dict[str, Any]) -> SearchQuery:
    """A search from what was given; what is missing or empty takes its default. Raises `InvalidFields`."""
    try:
        return SearchQuery.model_validate(
            {name: value for name, value in given.items() if value not in (None, "", [])}
        )
    except ValidationError as error:
        raise InvalidFields.from_pydantic(error) from error


class MarketApi(Controller):
    path = "/api/v1"
    tags = ("Marketplace",)

    @get("/search", summary="Find clinics: one item per published location")
    async def search(
        self,
        *,
        database: NamedDependency[Database],
        concern: Annotated[str | None, _said("concern")] = None,
        area: Annotated[str | None, _said("area")] = None,
        modality: Annotated[str | None, _said("modality")] = None,
        credential: Annotated[str | None, _said("credential")] = None,
        language: Annotated[str | None, _said("language")] = None,
        accessibility: Annotated[list[str] | None, _said("accessibility")] = None,
        place: Annotated[str | None, _said("place")] = None,
        lat: Annotated[float | None, _said("lat")] = None,
        lng: Annotated[float | None, _said("lng")] = None,
        radius_km: Annotated[float | None, _said("radius_km")] = None,
        max_course_price: Annotated[int | None, _said("max_course_price")] = None,
        currency: Annotated[str | None, _said("currency")] = None,
        min_rating: Annotated[float | None, _said("min_rating")] = None,
        free_from: Annotated[date | None, _said("free_from")] = None,
        free_to: Annotated[date | None, _said("free_to")] = None,
        q: Annotated[str | None, _said("q")] = None,
        sort: Annotated[
            str | None, QueryParameter(description="relevance (default), distance, price, rating or soonest")
        ] = None,
        limit: Annotated[int | None, QueryParameter(description="1 to 100; 20 when left out.")] = None,
        cursor: Annotated[str | None, QueryParameter(description="`next` of the page before.")] = None,
    ) -> SearchPage:
        given = {name: value for name, value in locals().items() if name in SearchQuery.model_fields}
        query = query_of(given)
        async with database.begin(PublicScope()) as work:
            return await marketplace.search(work, query)

    @get("/clinics/{slug:str}", summary="A live clinic")
    async def clinic(
        self, slug: FromPath[str], database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> ClinicShown:
        scope = await public_scope_of(database, slug, visitor)
        async with database.begin(scope) as work:
            return await listing.get_listing(work)

    @get("/clinics/{slug:str}/treatments", summary="A live clinic's treatments")
    async def treatments(
        self, slug: FromPath[str], database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Listed[TreatmentShown]:
        scope = await public_scope_of(database, slug, visitor)
        async with database.begin(scope) as work:
            return listed(await listing.list_menu(work))
