"""The API of a clinic's menu."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from litestar import Controller, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from pydantic import BaseModel

from services.kernel.work import ClinicWork, Database
from services.treatments import service as treatments
from services.treatments.models import BookingMode
from services.treatments.schemas import NewTreatment, TreatmentPatch, TreatmentView
from web.api.answers import BEARER, Listed, as_json, listed, made
from web.context import AppRequest, Visitor, clinic_access
from web.idempotent import answer_once

READ, MANAGE = "clinic:read", "treatments:manage"


class PriceOut(BaseModel):
    """An amount in minor units with its currency."""

    amount: int
    currency: str


class AreaOut(BaseModel):
    """An area with its minutes of needling, those of the whole visit, and the price of one session."""

    code: str
    minutes: int
    visit_minutes: int
    price: PriceOut
    label: Literal["on_label", "off_label", "unknown"]


class PhasesOut(BaseModel):
    """Minutes around the needling."""

    preparation_minutes: int
    numbing_minutes: int
    finish_minutes: int


class CourseOut(BaseModel):
    """The usual course: sessions, days between two of them, price of the whole."""

    sessions: int
    min_days: int
    target_days: int
    max_days: int
    price: PriceOut


class TreatmentOut(BaseModel):
    """An item of the menu as its clinic manages it."""

    id: UUID
    name: str
    description: str
    modality: str
    concerns: list[str]
    device_id: UUID
    booking_mode: BookingMode
    phases: PhasesOut
    downtime_days: int
    areas: list[AreaOut]
    course: CourseOut


def shown(view: TreatmentView) -> TreatmentOut:
    """A treatment in the form of the HTTP contract."""

    def price(amount: int) -> PriceOut:
        return PriceOut(amount=amount, currency=view.currency)

    return TreatmentOut.model_validate(
        {
            **view.model_dump(exclude={"areas"}),
            "phases": view.model_dump(include={"preparation_minutes", "numbing_minutes", "finish_minutes"}),
            "areas": [
                {
                    **area.model_dump(),
                    "visit_minutes": view.visit_minutes(area.minutes),
                    "price": price(area.price),
                }
                for area in view.areas
            ],
            "course": {
                "sessions": view.course_sessions,
                **view.model_dump(include={"min_days", "target_days", "max_days"}),
                "price": price(view.course_price),
            },
        }
    )


class ManageTreatmentsApi(Controller):
    path = "/api/v1/manage/{slug:str}/treatments"
    tags = ("Clinic: treatments",)
    security = BEARER

    @get(summary="The menu")
    async def list_all(
        self,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Listed[TreatmentOut]:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            return listed([shown(view) for view in await treatments.list_treatments(work)])

    @post(summary="Add a treatment to the menu", responses=made(TreatmentOut))
    async def add(
        self,
        request: AppRequest,
        slug: FromPath[str],
        data: JSONBody[NewTreatment],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(shown(await treatments.add_treatment(work, data)))

        scope = clinic_access(visitor, slug, MANAGE).scope
        return await answer_once(request, visitor, database, scope, do)

    @get("/{treatment_id:uuid}", summary="A treatment")
    async def read(
        self,
        slug: FromPath[str],
        treatment_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> TreatmentOut:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            return shown(await treatments.get_treatment(work, treatment_id))

    @patch("/{treatment_id:uuid}", summary="Change a treatment; areas are replaced as a whole")
    async def update(
        self,
        slug: FromPath[str],
        treatment_id: FromPath[UUID],
        data: JSONBody[TreatmentPatch],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> TreatmentOut:
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            return shown(await treatments.update_treatment(work, treatment_id, data))

    @delete("/{treatment_id:uuid}", summary="Take a treatment off the menu")
    async def archive(
        self,
        slug: FromPath[str],
        treatment_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            await treatments.archive_treatment(work, treatment_id)
