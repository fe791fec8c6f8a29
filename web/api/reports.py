"""The API through which anyone tells the moderators about a clinic or a review."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from pydantic import BaseModel

from services.kernel.scope import ClinicScope, PlatformScope
from services.kernel.work import ClinicWork, Database
from services.moderation import service as moderation
from services.moderation.schemas import Report
from web.api.answers import made
from web.context import AppRequest, Visitor, address_of, public_scope_of
from web.idempotent import answer_once


class Reported(BaseModel):
    """A report that was taken, and by when it will be decided."""

    id: UUID
    state: str
    promised_by: str


class ReportsApi(Controller):
    path = "/api/v1/reports"
    tags = ("Marketplace",)

    @post(
        summary="Report a clinic, or a review, picture or pair of results of it",
        responses=made(Reported, "The report was taken."),
    )
    async def create(
        self,
        request: AppRequest,
        data: JSONBody[Report],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        scope = await scope_of_report(database, data, visitor)

        async def do(work: ClinicWork) -> dict[str, Any]:
            case = await moderation.report(work, data, address=address_of(request))
            return {"id": case.id, "state": case.state, "promised_by": case.promised_by.isoformat()}

        return await answer_once(request, visitor, database, scope, do)


async def scope_of_report(database: Database, data: Report, visitor: Visitor) -> ClinicScope:
    """The scope of the live clinic that a report is about. Raises `NotFound`."""
    if data.review_id is None:
        return await public_scope_of(database, data.slug or "", visitor)
    async with database.begin(PlatformScope("a report names a review and not its clinic")) as work:
        slug = await moderation.get_slug_of_review(work, data.review_id)
    return await public_scope_of(database, slug, visitor)
