"""The API of the way between a clinic's locations."""

from __future__ import annotations

from litestar import Controller, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.clinics import service as clinics
from services.clinics.schemas import TravelIn, TravelWay
from services.kernel.work import Database
from web.api.answers import BEARER, Listed, listed
from web.context import Visitor, clinic_access


class ManageTravelApi(Controller):
    path = "/api/v1/manage/{slug:str}/travel"
    tags = ("Clinic: locations",)
    security = BEARER

    @get(summary="How long it takes between the locations")
    async def list_all(
        self, slug: FromPath[str], database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Listed[TravelWay]:
        async with database.begin(clinic_access(visitor, slug, "clinic:read").scope) as work:
            return listed(await clinics.list_travel(work))

    @put(summary="Say how long it takes between the locations")
    async def replace(
        self,
        slug: FromPath[str],
        data: JSONBody[TravelIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Listed[TravelWay]:
        async with database.begin(clinic_access(visitor, slug, "clinic:manage").scope) as work:
            return listed(await clinics.set_travel(work, data))
