"""The API of free times, and of the questions that are asked before a booking."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, MediaType, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field

from services.accounts.schemas import Input, Line
from services.courses.booking import propose_sessions
from services.kernel.work import ClinicWork, Database
from services.scheduling.availability import get_offer_for, get_zone
from services.scheduling.holding import hold_time, release_hold
from services.scheduling.public_times import list_public_slots
from services.scheduling.schemas import SlotQuery, Start, VisitWish
from services.scheduling.time_schemas import PreferencesIn
from services.screening.wording import get_question_set
from services.treatments import service as treatments
from web.api.answers import InLanguage, as_json, given_as, made
from web.api.booking_views import (
    ConsentOut,
    FromDay,
    HoldOut,
    PlanOut,
    QuestionOut,
    ScreeningOut,
    SlotsOut,
    ToDay,
    done,
    hold_out,
    plan_out,
    slots_json,
)
from web.context import AppRequest, Visitor, holder_of, public_scope_of
from web.idempotent import answer_once


class FirstTimeIn(Input):
    """A time for a visit; what is left out is chosen where there is no choice, or for any practitioner."""

    starts_at: Start = Field(
        description="One of the free times, with its offset.", examples=["2026-11-30T10:00:00-05:00"]
    )
    location_id: UUID | None = None
    area: Annotated[str, Line()] | None = Field(default=None, examples=["face"])
    practitioner_id: UUID | None = None


class HoldIn(FirstTimeIn):
    """A time to hold."""

    instead_of: Annotated[str, Line(max_length=400)] | None = Field(
        default=None, description="A hold of one's own that is given up for this one."
    )
    invitation: Annotated[str, Line(max_length=400)] | None = Field(
        default=None, description="As for a booking."
    )


class PlanIn(FirstTimeIn):
    """The first time of a whole course, and what is wished for the sessions after it."""

    preferences: PreferencesIn = Field(default_factory=PreferencesIn)
    hold: Annotated[str, Line(max_length=400)] | None = Field(
        default=None, description="A hold of one's own of that first time."
    )


class SlotsApi(Controller):
    path = "/api/v1/clinics/{slug:str}/treatments/{treatment_id:uuid}"
    tags = ("Booking",)

    @get("/slots", summary="Free times, in order of time", responses=given_as(SlotsOut, "Free times."))
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
    ) -> Response[bytes]:
        query = SlotQuery(
            treatment_id=treatment_id,
            from_on=from_on,
            to_on=to_on,
            location_id=location_id,
            area=area,
            practitioner_id=practitioner_id,
            each_once=each_once,
        )
        return Response(slots_json(await list_public_slots(database, slug, query)), media_type=MediaType.JSON)

    @post(
        "/holds",
        summary="Hold a free time for ten minutes",
        description="The answer's `hold` goes into `POST /bookings`. 409 `slot-taken` with `alternatives`, 409 "
        "`too-many-holds`, 429.",
        responses=made(HoldOut, "Held."),
        security=[],
    )
    async def hold(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        treatment_id: FromPath[UUID],
        data: JSONBody[HoldIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        scope = await public_scope_of(database, slug, visitor)

        async def do(work: ClinicWork) -> dict[str, Any]:
            wanted = VisitWish(
                treatment_id, data.starts_at, data.location_id, data.area, data.practitioner_id
            )
            held = await hold_time(
                work,
                wanted,
                holder_of(request, visitor),
                instead_of=data.instead_of or "",
                invitation=data.invitation,
            )
            return as_json(hold_out(held, await get_zone(work, held.location_id)))

        return await answer_once(request, visitor, database, scope, do)

    @post(
        "/plan",
        status_code=200,
        summary="Plan a whole course, without booking it",
        description="Each later session in its window, and in what it departs from the preferences.",
        responses=done(PlanOut),
        security=[],
    )
    async def plan(
        self,
        *,
        slug: FromPath[str],
        treatment_id: FromPath[UUID],
        data: JSONBody[PlanIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> PlanOut:
        wished = data.preferences.checked("preferences.")
        wanted = VisitWish(treatment_id, data.starts_at, data.location_id, data.area, data.practitioner_id)
        async with database.begin(await public_scope_of(database, slug, visitor)) as work:
            offer = await get_offer_for(work, wanted)
            return plan_out(await propose_sessions(work, wanted, wished, data.hold), offer.zone)

    @delete(
        "/holds/{token:str}",
        summary="Let a held time go",
        description="Once more is no error; neither is a hold that is over or was booked.",
        security=[],
    )
    async def release(
        self,
        slug: FromPath[str],
        treatment_id: FromPath[UUID],
        token: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        async with database.begin(await public_scope_of(database, slug, visitor)) as work:
            await treatments.get_treatment(work, treatment_id)
            await release_hold(work, token)

    @get("/screening", summary="The safety questions and the words of consent")
    async def screening(
        self,
        *,
        slug: FromPath[str],
        treatment_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        language: InLanguage = "en",
    ) -> ScreeningOut:
        scope = await public_scope_of(database, slug, visitor)
        async with database.begin(scope) as work:
            treatment = await treatments.get_treatment(work, treatment_id)
        asked = get_question_set(language)
        return ScreeningOut(
            version=asked.version,
            language=asked.language,
            questions=[QuestionOut(**asdict(question)) for question in asked.questions],
            put_on_skin=treatment.used_on_skin,
            consent=ConsentOut(version=asked.consent.version, text=asked.consent.text),
        )
