"""The API of signed links: answers to a check-in, and reviews."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from pydantic import BaseModel

from services.courses import followups
from services.courses.followup_schemas import CheckInAnswer
from services.kernel.scope import ClinicScope, PublicScope
from services.kernel.work import ClinicWork, Database
from services.reviews import service as reviews
from services.reviews.schemas import NewReview
from web.api.answers import made
from web.api.reviews import ReviewOut, review_out
from web.context import AppRequest, Visitor
from web.idempotent import answer_once


class CheckInTaken(BaseModel):
    """The clinic has the answer. `red_flag`: it was told at once; call it as well."""

    id: UUID
    day: int
    answered_at: str
    red_flag: bool


class FollowUpsApi(Controller):
    path = "/api/v1"
    tags = ("Signed links",)

    @post("/check-ins/{token:str}", summary="Answer a check-in", responses=made(CheckInTaken, "Answered."))
    async def answer_check_in(
        self,
        request: AppRequest,
        token: FromPath[str],
        data: JSONBody[CheckInAnswer],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """409 when it was answered before, 410 when the link has expired, or the client was erased."""
        async with database.begin(PublicScope()) as public:
            clinic_id, check_in_id = followups.read_link(public, token)

        async def do(work: ClinicWork) -> dict[str, Any]:
            taken = await followups.answer_check_in(work, check_in_id, data)
            return {
                "id": str(taken.id),
                "day": taken.day,
                "answered_at": work.now.isoformat(),
                "red_flag": taken.red_flag,
            }

        return await answer_once(request, visitor, database, ClinicScope(clinic_id), do)

    @post("/reviews/{token:str}", summary="Write a review", responses=made(ReviewOut, "Published."))
    async def write_review(
        self,
        request: AppRequest,
        token: FromPath[str],
        data: JSONBody[NewReview],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """409 when it was written before, 410 when the link has expired, or the client was erased."""
        async with database.begin(PublicScope()) as public:
            clinic_id, invitation_id = reviews.read_link(public, token)

        async def do(work: ClinicWork) -> dict[str, Any]:
            return review_out(await reviews.write_review(work, invitation_id, data)).model_dump(mode="json")

        return await answer_once(request, visitor, database, ClinicScope(clinic_id), do)
