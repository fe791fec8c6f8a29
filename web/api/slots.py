"""The API of free times, and of the questions that are asked before a booking."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from services.kernel.work import Database
from services.scheduling.availability import list_public_slots
from services.scheduling.schemas import SlotQuery
from services.screening.service import get_question_set
from services.treatments import service as treatments
from web.api.booking_views import (
    ConsentOut,
    FromDay,
    QuestionOut,
    ScreeningOut,
    SlotsOut,
    ToDay,
    slots_out,
)
from web.context import Visitor, public_scope_of


class SlotsApi(Controller):
    path = "/api/v1/clinics/{slug:str}/treatments/{treatment_id:uuid}"
    tags = ("Booking",)

    @get("/slots", summary="Free times, in order of time")
    async def slots(
        self,
        *,
        slug: FromPath[str],
        treatment_id: FromPath[UUID],
        database: NamedDependency[Database],
        from_on: Annotated[date, FromDay],
        to_on: Annotated[date, ToDay],
        location_id: Annotated[
            UUID | None, QueryParameter(description="Where there is more than one.")
        ] = None,
        area: Annotated[str | None, QueryParameter(description="Where there is more than one.")] = None,
        practitioner_id: Annotated[UUID | None, QueryParameter(description="Only this one's times.")] = None,
        each_once: Annotated[
            bool,
            QueryParameter(
                description="Each time once, with whoever is given it by fair distribution, instead of with "
                "everyone who is free."
            ),
        ] = False,
    ) -> SlotsOut:
        query = SlotQuery(
            treatment_id=treatment_id,
            from_on=from_on,
            to_on=to_on,
            location_id=location_id,
            area=area,
            practitioner_id=practitioner_id,
            each_once=each_once,
        )
        return slots_out(await list_public_slots(database, slug, query))

    @get("/screening", summary="The safety questions and the words of consent")
    async def screening(
        self,
        slug: FromPath[str],
        treatment_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> ScreeningOut:
        scope = await public_scope_of(database, slug, visitor)
        async with database.begin(scope) as work:
            treatment = await treatments.get_treatment(work, treatment_id)
        asked = get_question_set()
        return ScreeningOut(
            version=asked.version,
            questions=[QuestionOut(**asdict(question)) for question in asked.questions],
            put_on_skin=treatment.used_on_skin,
            consent=ConsentOut(**asdict(asked.consent)),
        )
