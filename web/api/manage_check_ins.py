"""The API of check-ins as the clinic sees them: which need an answer, what was answered, what was done about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from pydantic import BaseModel, Field

from services.courses import followups
from services.courses.followup_schemas import CheckInAnswer, CheckInPage, CheckInRead, Handled, WaitingCheckIn
from services.kernel.work import ClinicWork, Database
from web.api.answers import BEARER, Listed, as_json
from web.api.booking_views import NamedOut, done, local
from web.api.manage_bookings import Cursor, Limit
from web.context import AppRequest, Visitor, clinic_access
from web.idempotent import answer_once

TREATS = "sessions:record"


class CheckInOut(BaseModel):
    """A check-in with its visit; what was answered is read one by one."""

    id: UUID
    client: NamedOut
    reference: str = Field(description="Of the visit that it asks about.")
    day: int = Field(description="Days after the visit.")
    asked_at: str
    answered_at: str | None
    red_flag: bool
    handled_at: str | None
    handled_by: str
    look_by: str | None = Field(description="By when somebody has to have looked; then the owners are told.")
    escalated_at: str | None = Field(description="When the owners were told that nobody had.")
    rules_version: str = Field(description="Of the rules that the answer was judged by.")


class ReasonOut(BaseModel):
    """Why the clinic heard of an answer at once."""

    code: str
    words: str
    source: str


class CheckInReadOut(CheckInOut):
    """The same with the answers, and what was done about them."""

    answer: CheckInAnswer | None
    note: str
    reasons: list[ReasonOut] = Field(description="The rules that it met when it was given.")


def _fields(page: CheckInPage | WaitingCheckIn) -> dict[str, Any]:
    one, zone = page.check_in, ZoneInfo(page.time_zone)
    return {
        "id": one.id,
        "client": NamedOut(id=one.client_id, name=page.client_name),
        "reference": page.reference,
        "day": one.day,
        "asked_at": local(one.asked_at, zone),
        "answered_at": local(one.answered_at, zone) if one.answered_at else None,
        "red_flag": one.red_flag,
        "handled_at": local(one.handled_at, zone) if one.handled_at else None,
        "handled_by": one.handled_by,
        "look_by": local(one.look_by, zone) if one.look_by else None,
        "escalated_at": local(one.escalated_at, zone) if one.escalated_at else None,
        "rules_version": one.rules_version,
    }


def _read_out(read: CheckInRead) -> CheckInReadOut:
    reasons = [ReasonOut(code=one.code, words=one.words, source=one.source) for one in read.reasons]
    return CheckInReadOut(**_fields(read.page), answer=read.answer, note=read.note, reasons=reasons)


class ManageCheckInsApi(Controller):
    path = "/api/v1/manage/{slug:str}/check-ins"
    tags = ("Clinic: courses",)
    security = BEARER

    @get(summary="Check-ins that need an answer, what is due first, first")
    async def list_waiting(
        self,
        *,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Listed[CheckInOut]:
        """Those with a sign of trouble that nobody has dealt with."""
        async with database.begin(clinic_access(visitor, slug, "bookings:read").scope) as work:
            found = await followups.list_waiting(work, cursor=cursor, limit=limit)
            return Listed(items=[CheckInOut(**_fields(one)) for one in found.items], next=found.next)

    @get("/{check_in_id:uuid}", summary="What was answered")
    async def read(
        self,
        slug: FromPath[str],
        check_in_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> CheckInReadOut:
        """For those who treat; each look is recorded."""
        async with database.begin(clinic_access(visitor, slug, TREATS).scope) as work:
            return _read_out(await followups.read_check_in(work, check_in_id))

    @post(
        "/{check_in_id:uuid}/handled",
        status_code=200,
        summary="Note what was done about it",
        responses=done(CheckInReadOut),
    )
    async def handle(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        check_in_id: FromPath[UUID],
        data: JSONBody[Handled],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: ClinicWork) -> dict[str, Any]:
            await followups.handle_check_in(work, check_in_id, data)
            return as_json(_read_out(await followups.read_check_in(work, check_in_id)))

        scope = clinic_access(visitor, slug, TREATS).scope
        return await answer_once(request, visitor, database, scope, do, status=200)
