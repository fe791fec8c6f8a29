"""One JSON document of a clinic's set-up, so that a clinic can take its data along."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from pydantic import BaseModel

from services.clinics import proofs
from services.clinics import service as clinics
from services.kernel.work import ClinicWork, Database
from services.practitioners import service as practitioners
from services.treatments import service as treatments
from web.api.answers import BEARER, as_json
from web.context import Visitor, clinic_access


class ExportDocument(BaseModel):
    """A clinic's set-up as it is now; files of evidence are named, not contained."""

    format: str = "needlewise-clinic/1"
    exported_at: datetime
    clinic: dict[str, Any]
    locations: list[dict[str, Any]]
    travel: list[dict[str, Any]]
    rooms: list[dict[str, Any]]
    devices: list[dict[str, Any]]
    proofs: list[dict[str, Any]]
    team: list[dict[str, Any]]
    practitioners: list[dict[str, Any]]
    treatments: list[dict[str, Any]]


async def export_document(work: ClinicWork) -> ExportDocument:
    """Everything that the clinic has set up; the taking is audited."""
    clinic = await clinics.get_clinic(work)
    work.audit("clinic.export", "clinic", clinic.clinic_id)
    return ExportDocument(
        exported_at=work.now,
        clinic=as_json(clinic),
        locations=[as_json(item) for item in await clinics.list_locations(work)],
        travel=[as_json(item) for item in await clinics.list_travel(work)],
        rooms=[as_json(item) for item in await clinics.list_rooms(work)],
        devices=[as_json(item) for item in await clinics.list_devices(work)],
        proofs=[as_json(item) for item in await proofs.list_proofs(work)],
        team=[as_json(item) for item in await clinics.list_team(work)],
        practitioners=[as_json(item) for item in await practitioners.list_practitioners(work)],
        treatments=[as_json(item) for item in await treatments.list_treatments(work)],
    )


class ExportApi(Controller):
    path = "/api/v1/manage/{slug:str}/export"
    tags = ("Clinic",)
    security = BEARER

    @get(summary="The clinic's set-up as one document")
    async def export(
        self, slug: FromPath[str], database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> ExportDocument:
        async with database.begin(clinic_access(visitor, slug, "clinic:export").scope) as work:
            return await export_document(work)
