"""The page of the way between a clinic's locations: a field for each pair of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.clinics import service as clinics
from services.clinics.schemas import LocationView, TravelIn
from services.kernel.errors import InvalidFields
from services.kernel.work import Database
from web.clinic.field_words import led
from web.clinic.walk import Asked
from web.context import AppRequest, Visitor, clinic_access
from web.forms import Form, check, read_form
from web.locale import gettext
from web.pages import go_to

Pair = tuple[LocationView, LocationView]


class TravelPages(Controller):
    path = "/clinic/{slug:str}/travel"

    @get()
    async def show(
        self,
        request: AppRequest,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        access = clinic_access(visitor, slug, "clinic:manage")
        async with database.begin(access.scope) as work:
            locations = await clinics.list_locations(work)
            ways = await clinics.list_travel(work)
        known = {frozenset({way.location_id, way.other_id}): way.minutes for way in ways}
        values = {
            field_of(one, other): str(known.get(frozenset({one.id, other.id}), ""))
            for one, other in combinations(locations, 2)
        }
        return _page(Asked(request, visitor, access), locations, Form(dict(values)))

    @post(status_code=200)
    async def save(
        self,
        request: AppRequest,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, "clinic:manage")
        form = await read_form(request)
        async with database.begin(access.scope) as work:
            locations = await clinics.list_locations(work)
        pairs = [pair for pair in combinations(locations, 2) if form.values.get(field_of(*pair))]
        ways = [
            {"location_id": one.id, "other_id": other.id, "minutes": form.values[field_of(one, other)]}
            for one, other in pairs
        ]
        try:
            travel = check(Form({"ways": ways}), TravelIn)
            async with database.begin(access.scope) as work:
                await clinics.set_travel(work, travel)
        except InvalidFields as refusal:
            _reject(form, refusal, pairs)
            return _page(Asked(request, visitor, access), locations, form, 422)
        return go_to(f"/clinic/{slug}/locations", flash="The ways between your locations are saved.")


def field_of(one: LocationView, other: LocationView) -> str:
    """The field of a pair, whichever comes first in the clinic's list."""
    return f"minutes_{one.id}_{other.id}"


def _reject(form: Form, refusal: InvalidFields, pairs: Sequence[Pair]) -> None:
    for error in refusal.errors:
        parts = error.field.split(".")
        if len(parts) == 1:
            form.errors.setdefault("form", error.message)
            continue
        one, other = pairs[int(parts[1])]
        both = gettext("{one} and {other}").format(one=one.name, other=other.name)
        form.errors.setdefault(field_of(one, other), led(both, error.message))


def _page(asked: Asked, locations: Sequence[LocationView], form: Form, status: int = 200) -> Response[str]:
    return asked.page(
        "clinic/setup/travel.html",
        current="locations",
        walk=None,
        status=status,
        locations=locations,
        field_of=field_of,
        values=form.values,
        errors=form.errors,
    )
