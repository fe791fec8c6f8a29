"""The API of a clinic's menu."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from litestar import Controller, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from pydantic import BaseModel, Field

from services.kernel.work import ClinicWork, Database
from services.treatments import service as treatments
from services.treatments.models import BookingMode, DeviceChoice, NumbingIn
from services.treatments.protocol_schemas import ProtocolView
from services.treatments.protocols import care_of, get_protocol, list_protocols
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
    labels: dict[str, bool | None] = Field(
        description="Each use, `area:concern`: whether the device's label names it; null where not known."
    )


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


class AftercareOut(BaseModel):
    """What to do on some days after a session, which is day 0."""

    from_day: int
    to_day: int
    text: str


class ProtocolOut(BaseModel):
    """A version of the protocol: what a course is made of, and what follows each session."""

    version: int = Field(description="0: what is usual, before the clinic said anything else.")
    sessions: int
    min_days: int
    target_days: int
    max_days: int
    aftercare: list[AftercareOut]
    check_in_days: list[int]
    photo_days: list[int]
    review_days: list[int]
    written_by: str
    written_at: datetime | None = Field(description="In UTC.")


class TreatmentOut(BaseModel):
    """An item of the menu as its clinic manages it."""

    id: UUID
    name: str
    description: str
    modality: str
    concerns: list[str]
    device_id: UUID
    device_choice: DeviceChoice
    numbing_in: NumbingIn
    given_by: Literal["everyone", "named"] = Field(
        description="`named`: by `performer_ids` alone, and by nobody where they all have left."
    )
    performer_ids: list[UUID]
    given_in: Literal["any_room", "named"] = Field(
        description="`named`: in `room_ids` alone, and in none where they are all gone."
    )
    room_ids: list[UUID]
    booking_mode: BookingMode
    phases: PhasesOut
    downtime_days: int
    areas: list[AreaOut]
    course: CourseOut
    protocol: ProtocolOut


def protocol_out(view: ProtocolView) -> ProtocolOut:
    return ProtocolOut.model_validate(asdict(view) | care_of(view))


async def _shown(work: ClinicWork, view: TreatmentView) -> TreatmentOut:
    return shown(view, await get_protocol(work, view))


def shown(view: TreatmentView, protocol: ProtocolView) -> TreatmentOut:
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
                    "label": area.label,
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
            "protocol": protocol_out(protocol),
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
            menu = await treatments.list_treatments(work)
            versions = await list_protocols(work, menu)
            return listed([shown(view, versions[view.id][0]) for view in menu])

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
            return as_json(await _shown(work, await treatments.add_treatment(work, data)))

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
            return await _shown(work, await treatments.get_treatment(work, treatment_id))

    @get("/{treatment_id:uuid}/protocols", summary="All versions of a treatment's protocol, the latest first")
    async def protocols(
        self,
        slug: FromPath[str],
        treatment_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Listed[ProtocolOut]:
        """What was booked keeps the version that was in force then."""
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            treatment = await treatments.get_treatment(work, treatment_id)
            found = await list_protocols(work, [treatment])
        return listed([protocol_out(one) for one in found[treatment_id]])

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
            return await _shown(work, await treatments.update_treatment(work, treatment_id, data))

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
