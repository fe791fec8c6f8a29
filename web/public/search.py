"""`/search`: the form, the facets, the cards; and what to ask for less when nothing is found."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from services.clinics.rules import ACCESSIBILITY
from services.kernel.errors import InvalidFields
from services.kernel.scope import PublicScope
from services.kernel.work import Database, PublicWork
from services.marketplace import service as marketplace
from services.marketplace.places import find_namesakes, find_places, find_similar
from services.marketplace.schemas import SearchItem, SearchPage
from services.treatments.service import get_catalogue
from web.context import AppRequest, Visitor, site_of
from web.forms import Form
from web.pages import page
from web.public.market_forms import RADII, SearchForm
from web.public.structured import as_script, list_data

MOST_WIDENED = 6


class SearchPages(Controller):
    """The search, as a GET form whose address can be shared."""

    path = "/search"

    @get()
    async def search(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Response[str]:
        """Results for what the address asks; with bad values the form again, and nothing lost."""
        form = SearchForm.of(request.query_params)
        found: SearchPage | None = None
        errors: dict[str, str] = {}
        wider: list[dict[str, Any]] = []
        async with database.begin(PublicScope(visitor.actor)) as work:
            currencies = await marketplace.list_currencies(work)
            try:
                found = await marketplace.search(work, form.query(_first(currencies)))
            except InvalidFields as refusal:
                errors = Form().reject(refusal).errors
            if found is not None and not found.total:
                wider = await _namesakes(work, form, _first(currencies))
                wider += await _wider(work, form, _first(currencies))
            tray = await marketplace.list_cards(work, form.compare)
        return page(
            request,
            "public/search.html",
            status=422 if errors else 200,
            form=form,
            found=found,
            items=_named(found.items if found else []),
            errors=errors,
            wider=wider,
            similar=_similar(form) if "place" in errors else [],
            currencies=currencies or ["USD"],
            data=as_script(list_data(found.items if found else [], site_of(request).settings.base_url)),
            catalogue=get_catalogue(),
            radii=RADII,
            access_codes=ACCESSIBILITY,
            chips=_chips(form),
            tray=_tray(form, tray),
            next_url=form.href(cursor=found.next) if found and found.next else None,
            start_url=form.href() if form.cursor else None,
        )

    @get("/places")
    async def places(
        self,
        request: AppRequest,
        visitor: NamedDependency[Visitor],  # noqa: ARG002  it fills the header
    ) -> Response[str]:
        """Places that begin as what is being typed, as options for the field's list."""
        text = str(request.query_params.get("place", ""))[:120]
        return page(request, "public/_places.html", places=find_places(text, 8))


def _first(currencies: list[str]) -> str:
    return currencies[0] if currencies else "USD"


async def _namesakes(work: PublicWork, form: SearchForm, currency: str) -> list[dict[str, Any]]:
    """Links to the same search at other places of that name: the largest is taken first, and may be far away."""
    links: list[dict[str, Any]] = []
    for city in find_namesakes(form.values.get("place", "")):
        there = form.at(city.label)
        count = await _count(work, there, currency)
        if count:
            links.append({"kind": "namesake", "href": there.href(), "count": count, "what": city.label})
    return links


async def _wider(work: PublicWork, form: SearchForm, currency: str) -> list[dict[str, Any]]:
    """Links that ask for one thing less, with how many each would find; those that find nothing are left out.

    Where one thing less is not enough, one link to the search that drops as few as it must.
    """
    links: list[dict[str, Any]] = []
    for kind, less in form.wider():
        if kind in {link["kind"] for link in links}:
            continue
        count = await _count(work, less, currency)
        if count:
            km = less.values.get("radius_km", "")
            links.append({"kind": kind, "href": less.href(), "count": count, "km": km})
    if links:
        return links[:MOST_WIDENED]
    for less in form.fewer():
        count = await _count(work, less, currency)
        if count:
            left = ", ".join(chip["value"] for chip in _chips(less))
            return [{"kind": "fewer", "href": less.href(), "count": count, "what": left}]
    return []


async def _count(work: PublicWork, form: SearchForm, currency: str) -> int:
    try:
        return (await marketplace.search(work, form.query(currency))).total
    except InvalidFields:
        return 0


def _similar(form: SearchForm) -> list[dict[str, str]]:
    """Places written much like the one that nobody knows, each with the address of the search there."""
    return [
        {"label": city.label, "href": form.href(place=city.label)}
        for city in find_similar(form.values.get("place", ""))
    ]


def _named(items: list[SearchItem]) -> list[SearchItem]:
    """The concern's rating under its name, as the card says it."""
    names = {entry.code: entry.name for entry in get_catalogue().concerns}
    return [
        item
        if item.concern_rating is None
        else item.model_copy(
            update={
                "concern_rating": (
                    names.get(item.concern_rating[0], item.concern_rating[0]),
                    item.concern_rating[1],
                )
            }
        )
        for item in items
    ]


def _chips(form: SearchForm) -> list[dict[str, str]]:
    """What is asked for, each with the address that drops it."""
    silent = {"sort", "radius_km", "currency", "lat", "lng", "accessibility"}
    shown = [name for name in form.values if name not in silent]
    dropped = {"place": ("place", "radius_km"), "budget": ("budget", "currency")}
    return [
        {"name": name, "value": form.values[name], "href": form.href(without=dropped.get(name, (name,)))}
        for name in shown
    ] + [
        {"name": "accessibility", "value": code, "href": _without_access(form, code)} for code in form.access
    ]


def _without_access(form: SearchForm, code: str) -> str:
    left = ",".join(one for one in form.access if one != code)
    return form.href(accessibility=left) if left else form.href(without=("accessibility",))


def _tray(form: SearchForm, cards: list[SearchItem]) -> list[dict[str, str]]:
    names = {card.slug: card.name for card in cards}
    return [{"slug": slug, "name": names[slug]} for slug in form.compare if slug in names]
