"""The API of a cartridge's lot: on whom it was used, and telling them that it is called back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import BaseModel, Field

from services.clinics import places
from services.courses import recalls
from services.courses.recall_schemas import CallIn, LotPerson, RecallIn, RecallView
from services.kernel.errors import InvalidFields
from services.kernel.work import ClinicWork, Database
from services.notices.recalls import count_reached, list_reached, preview_recall
from services.notices.schemas import Reached
from web.api.answers import BEARER, Listed, as_json, listed, made
from web.api.booking_views import NamedOut, done, local
from web.context import AppRequest, Visitor, clinic_access
from web.idempotent import answer_once

TREATS = "sessions:record"
LONGEST_LOT = 100
LotAsked = Annotated[str, QueryParameter(description="As printed; case and blanks do not matter.")]


class LotVisitOut(BaseModel):
    """A visit in which it was used."""

    reference: str
    starts_at: str
    latest: bool = Field(description="Named by the latest version of the record, not only by one before.")


class CallOut(BaseModel):
    """That somebody of the team reached a person by telephone."""

    at: str = Field(description="When it was noted.")
    by: str


class LotPersonOut(BaseModel):
    """A client on whom it was used."""

    client: NamedOut
    email: str
    visits: list[LotVisitOut]
    told_at: str | None = Field(description="When it was decided to tell them.")
    phone: str | None = Field(default=None, description="To ring them where the message did not get there.")
    message: Literal["sent", "waiting", "refused", "late"] | None = Field(
        default=None,
        description="What became of the message; `late` is not tried any more. Nothing where they are not told.",
    )
    call: CallOut | None = Field(default=None, description="That they were reached by telephone.")
    erased: bool = Field(default=False, description="They had their data erased, and cannot be told.")


class RecallMessageOut(BaseModel):
    """The message as the first of those who are to be told would get it."""

    title: str
    text: str


class RecallOut(BaseModel):
    """A lot that was called back."""

    id: UUID
    lot: str
    words: str
    by_platform: bool
    started_by: str
    started_at: str
    told: int = Field(description="To how many people a message goes or went, all in all.")
    not_told: int = Field(default=0, description="How many it was used on and no message goes to yet.")
    sent: int = Field(default=0, description="How many of these messages the mail server has taken.")
    waiting: int = Field(default=0, description="How many are on their way.")
    not_reached: int = Field(
        default=0, description="How many people were reached neither by e-mail nor by phone."
    )
    by_phone: int = Field(default=0, description="How many whom no message got to were reached by telephone.")


class RecalledOut(RecallOut):
    """The recall after a confirmation."""

    newly_told: int = Field(description="How many are told by this confirmation.")


class LotAlikeOut(BaseModel):
    """A lot that may be the same, typed differently."""

    lot: str
    visits: int


class LotOut(BaseModel):
    """Where a lot was used; `message` is what a recall would send."""

    lot: str
    visits: int
    people: list[LotPersonOut]
    recall: RecallOut | None
    message: RecallMessageOut | None
    alike: list[LotAlikeOut] = Field(
        description="Lots written much alike; a recall of this one tells none of them."
    )


class CalledOut(BaseModel):
    """A person of a recall after a call; nothing where the note was taken back."""

    client_id: UUID
    call: CallOut | None


def _call_out(reached: Reached | None, zone: ZoneInfo) -> CallOut | None:
    call = reached.call if reached else None
    return CallOut(at=local(call.at, zone), by=call.by) if call else None


def _person_out(person: LotPerson, reached: Reached | None, zone: ZoneInfo) -> LotPersonOut:
    return LotPersonOut(
        client=NamedOut(id=person.client_id, name=person.name),
        email=person.email,
        visits=[
            LotVisitOut(
                reference=one.reference,
                starts_at=local(one.starts_at, ZoneInfo(one.time_zone)),
                latest=one.latest,
            )
            for one in person.visits
        ],
        told_at=local(person.told_at, zone) if person.told_at else None,
        phone=person.phone or None,
        message=reached.reach.value if reached else None,
        call=_call_out(reached, zone),
        erased=person.erased,
    )


async def _recalls_out(work: ClinicWork, found: Sequence[RecallView]) -> list[dict[str, Any]]:
    """The fields of recalls, with how many people were reached."""
    zone, counts = await _zone(work), await count_reached(work)
    names = ("id", "lot", "words", "by_platform", "started_by", "told", "not_told")
    return [
        {name: getattr(one, name) for name in names}
        | {"started_at": local(one.started_at, zone)}
        | asdict(counts[one.id])
        for one in found
    ]


async def _zone(work: ClinicWork) -> ZoneInfo:
    locations = await places.list_locations(work)
    return ZoneInfo(locations[0].time_zone if locations else "UTC")


class ManageRecallsApi(Controller):
    path = "/api/v1/manage/{slug:str}"
    tags = ("Clinic: recalls",)
    security = BEARER

    @get("/lots", summary="On whom a cartridge's lot was used")
    async def trace(
        self,
        *,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        lot: LotAsked = "",
    ) -> LotOut:
        """All versions of all records are searched; the look is recorded."""
        scope = clinic_access(visitor, slug, TREATS).scope
        if not 0 < len(lot.strip()) <= LONGEST_LOT:
            words = f"Say which lot, in at most {LONGEST_LOT} characters."
            raise InvalidFields.one("lot", "out-of-range", words)
        async with database.begin(scope) as work:
            zone, found = await _zone(work), await recalls.trace_lot(work, lot)
            alike = await recalls.list_alike(work, lot)
            message = await preview_recall(work, found, "")
            recall = await _recalls_out(work, [found.recall] if found.recall else [])
            reached = await list_reached(work, found.recall.id) if found.recall else {}
        return LotOut(
            lot=found.lot,
            visits=found.visits,
            people=[_person_out(one, reached.get(one.client_id), zone) for one in found.people],
            recall=RecallOut(**recall[0]) if recall else None,
            message=RecallMessageOut(title=message.title, text=message.text) if message else None,
            alike=[LotAlikeOut(lot=one.lot, visits=one.visits) for one in alike],
        )

    @get("/recalls", summary="Lots that were called back, newest first")
    async def list_all(
        self,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Listed[RecallOut]:
        async with database.begin(clinic_access(visitor, slug, TREATS).scope) as work:
            found = await _recalls_out(work, await recalls.list_recalls(work))
            return listed([RecallOut(**fields) for fields in found])

    @post(
        "/recalls", summary="Call a lot back: tell everybody on whom it was used", responses=made(RecalledOut)
    )
    async def confirm(
        self,
        request: AppRequest,
        slug: FromPath[str],
        data: JSONBody[RecallIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """Each person gets one message. Sent again, those who have come to light since are told, nobody twice."""

        async def do(work: ClinicWork) -> dict[str, Any]:
            told = await recalls.confirm_recall(work, data)
            (fields,) = await _recalls_out(work, [told.recall])
            return as_json(RecalledOut(**fields, newly_told=told.newly_told))

        scope = clinic_access(visitor, slug, TREATS).scope
        return await answer_once(request, visitor, database, scope, do)

    @post(
        "/recalls/{recall_id:uuid}/people/{client_id:uuid}/call",
        summary="Note that a person was reached by telephone",
        status_code=200,
        responses=done(CalledOut),
    )
    async def note_call(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        recall_id: FromPath[UUID],
        client_id: FromPath[UUID],
        data: JSONBody[CallIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """By whom and when is kept; the first note stands."""

        async def do(work: ClinicWork) -> dict[str, Any]:
            await recalls.note_call(work, recall_id, client_id, data)
            reached = await list_reached(work, recall_id)
            call = _call_out(reached.get(client_id), await _zone(work))
            return as_json(CalledOut(client_id=client_id, call=call))

        scope = clinic_access(visitor, slug, TREATS).scope
        return await answer_once(request, visitor, database, scope, do, status=200)
