"""The API of a clinic's way to going live: its checklist, and handing it to the moderators."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from pydantic import BaseModel

from services.kernel.work import ClinicWork, Database
from services.marketplace.checklist import get_checklist
from services.moderation import service as moderation
from web.api.answers import BEARER, made
from web.context import AppRequest, Visitor, clinic_access
from web.idempotent import answer_once


class ChecklistPoint(BaseModel):
    """One point: why it is asked, whether it is done, and the page where it is."""

    code: str
    title: str
    why: str
    done: bool
    href: str


class ChecklistAnswer(BaseModel):
    """The checklist; `ready` when nothing is missing."""

    items: list[ChecklistPoint]
    next: str | None = None
    done: int
    total: int
    ready: bool


class Submitted(BaseModel):
    """The clinic waits for a moderator's decision, promised by the time given."""

    status: str
    case_id: UUID
    promised_by: str


class ManageListingApi(Controller):
    path = "/api/v1/manage/{slug:str}"
    tags = ("Clinic",)
    security = BEARER

    @get("/checklist", summary="What is missing before going live")
    async def checklist(
        self, slug: FromPath[str], database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> ChecklistAnswer:
        async with database.begin(clinic_access(visitor, slug, "clinic:read").scope) as work:
            items = await get_checklist(work)
        points = [
            ChecklistPoint(code=item.code, title=item.title, why=item.why, done=item.done, href=item.href)
            for item in items
        ]
        done = sum(point.done for point in points)
        return ChecklistAnswer(items=points, done=done, total=len(points), ready=done == len(points))

    @post(
        "/submit",
        status_code=200,
        summary="Hand the listing to the moderators",
        responses={**made(Submitted, "Submitted.")},
    )
    async def submit(
        self,
        request: AppRequest,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, "clinic:submit")

        async def do(work: ClinicWork) -> dict[str, Any]:
            case = await moderation.submit_clinic(work)
            return {"status": "submitted", "case_id": case.id, "promised_by": case.promised_by.isoformat()}

        return await answer_once(request, visitor, database, access.scope, do, status=200)
