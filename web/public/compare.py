"""`/compare`: up to four clinics side by side, beside what a laser course costs."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from services.kernel.errors import NotFound
from services.kernel.work import Database
from services.marketplace.compare import Column, differing, load_column
from services.treatments.service import get_catalogue
from web.context import AppRequest, Visitor, public_scope_of
from web.pages import page
from web.public.market_forms import SearchForm


class ComparePages(Controller):
    """The comparison; its whole state is in the address."""

    path = "/compare"

    @get()
    async def compare(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Response[str]:
        """Clinics named by `clinic`, at `location_id` where given, for a `concern`. Unknown ones are said.

        The rest of the search that led here stays in the address, so that the way back leads to its results.
        """
        params = request.query_params
        search = SearchForm.of(params)
        wanted = [_uuid(str(value)) for value in params.getall("location_id", [])]
        catalogue = get_catalogue()
        known = {entry.code for entry in catalogue.concerns}
        concern = search.values["concern"] if search.values.get("concern") in known else None
        columns: list[Column] = []
        unknown: list[str] = []
        for slug in search.compare:
            column = await _column(database, visitor, slug, concern, {one for one in wanted if one})
            if column is None:
                unknown.append(slug)
            else:
                columns.append(column)
        locations = [str(one) for one in wanted if one]
        return page(
            request,
            "public/compare.html",
            columns=columns,
            search_url=_address("/search", columns, search),
            without={
                gone.clinic.slug: _address(
                    "/compare", [one for one in columns if one is not gone], search, locations
                )
                for gone in columns
            },
            keep=[(name, value) for name, value in search.keep if name != "concern"],
            differs=differing(columns),
            unknown=unknown,
            concern=concern,
            catalogue=catalogue,
            languages={entry.code: entry.name for entry in catalogue.languages},
            locations=locations,
        )


async def _column(
    database: Database, visitor: Visitor, slug: str, concern: str | None, wanted: set[UUID]
) -> Column | None:
    try:
        scope = await public_scope_of(database, slug, visitor)
    except NotFound:
        return None
    async with database.begin(scope) as work:
        found = await load_column(work, concern, None)
        other = [one.id for one in found.clinic.locations if one.id in wanted] if found else []
        return await load_column(work, concern, other[0]) if other else found


def _address(path: str, columns: list[Column], search: SearchForm, locations: Sequence[str] = ()) -> str:
    """The address that shows these columns for the same search, at those of the locations that are theirs."""
    theirs = {str(location.id) for column in columns for location in column.clinic.locations}
    query = [("clinic", column.clinic.slug) for column in columns]
    query += [("location_id", one) for one in locations if one in theirs]
    query += search.keep
    return f"{path}?{urlencode(query)}" if query else path


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
