"""The API of a visit's record: the latest version, all of them, and corrections."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from pydantic import BaseModel, Field

from services.courses import service as courses
from services.courses.schemas import CorrectionIn, SessionRecordView
from services.kernel.errors import NotFound
from services.kernel.work import ClinicWork, Database
from services.scheduling import service as scheduling
from web.api.answers import BEARER, as_json, made
from web.api.booking_views import local
from web.api.manage_bookings import booking_id_of
from web.context import AppRequest, Visitor, clinic_access
from web.idempotent import answer_once

TREATS = "sessions:record"


class RecordOut(BaseModel):
    """One version of a visit's record."""

    version: int = Field(description="1 is what was recorded when the visit was completed.")
    practitioner_id: UUID | None = Field(description="Who treated; null where it was not asked then.")
    practitioner_name: str
    areas: list[str]
    passes: int | None
    depth_mm: Decimal
    depth_reason: str
    lot: str
    topicals: list[str]
    notes: str
    consent_seen_at: str | None = Field(description="When the signed consent was seen, by whom.")
    consent_seen_by: str
    why: str = Field(description="Why it was corrected; empty in the first version.")
    recorded_by: UUID | None
    recorded_name: str
    recorded_at: str
    erased: bool = Field(description="The client was erased, and with them what was free text.")


class RecordHistoryOut(RecordOut):
    """The latest version, and all of them, the latest first."""

    versions: list[RecordOut]


def record_out(view: SessionRecordView, zone: ZoneInfo) -> RecordOut:
    """A version with its instants in the location's offset."""
    seen = view.consent_seen_at
    times = {
        "recorded_at": local(view.recorded_at, zone),
        "consent_seen_at": local(seen, zone) if seen else None,
    }
    return RecordOut.model_validate(asdict(view) | times)


class ManageRecordsApi(Controller):
    path = "/api/v1/manage/{slug:str}/bookings/{reference:str}/record"
    tags = ("Clinic: bookings",)
    security = BEARER

    @get(summary="A completed visit's record with its history")
    async def read(
        self,
        slug: FromPath[str],
        reference: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> RecordHistoryOut:
        """For those who treat; each look is recorded. 404 where nothing is recorded."""
        access = clinic_access(visitor, slug, TREATS)
        booking_id = await booking_id_of(database, access, reference)
        async with database.begin(access.scope) as work:
            zone = (await scheduling.get_booking(work, booking_id)).zone
            found = await courses.list_versions(work, booking_id)
        if not found:
            raise NotFound
        versions = [record_out(one, zone) for one in found]
        return RecordHistoryOut(**versions[0].model_dump(), versions=versions)

    @post(summary="Correct a record; the version before stays", responses=made(RecordOut))
    async def correct(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        reference: FromPath[str],
        data: JSONBody[CorrectionIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """409 where another version is the latest by now, or nothing is different."""
        access = clinic_access(visitor, slug, TREATS)
        booking_id = await booking_id_of(database, access, reference)

        async def do(work: ClinicWork) -> dict[str, Any]:
            corrected = await courses.correct_record(work, booking_id, data, by=visitor.account_id)
            zone = (await scheduling.get_booking(work, booking_id)).zone
            return as_json(record_out(corrected, zone))

        return await answer_once(request, visitor, database, access.scope, do)
