"""The API of reviews: a live clinic's, for anyone, and the clinic's own with its reply."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from pydantic import BaseModel, Field

from services.kernel.paging import Page
from services.kernel.work import ClinicWork, Database
from services.moderation.schemas import Flag
from services.moderation.watching import flag_review
from services.reviews import service as reviews
from services.reviews.schemas import NewReply, ReviewView
from web.api.answers import BEARER, Listed, made
from web.context import AppRequest, Visitor, clinic_access, public_scope_of
from web.idempotent import answer_once

Limit = Annotated[int, QueryParameter(ge=1, le=100)]


class Named(BaseModel):
    """What a review is about, with its name."""

    id: UUID
    name: str


class ReviewOut(BaseModel):
    """A published review. `stars` is the mean of its five ratings, `author` a first name with an initial."""

    id: UUID
    author: str
    stage: str = Field(
        description="What it is about: `session` (the first), `later_session`, `course_end`, `three_months`, or "
        "`after_30_days` and the like, days after the last session. `later_session` and other days than three months "
        "count in no figure but their own."
    )
    ratings: dict[str, int]
    stars: float
    concern: str | None
    downtime_days: int | None
    text: str
    treatment: Named
    practitioner: Named
    location_id: UUID
    created_at: datetime
    reply: str | None
    replied_at: datetime | None


class CaseOpened(BaseModel):
    """A case that a clinic opened, and by when it will be decided."""

    id: UUID
    state: str
    promised_by: datetime


def review_out(view: ReviewView) -> ReviewOut:
    """A review as the API shows it."""
    return ReviewOut(
        id=view.id,
        author=view.author,
        stage=view.stage,
        ratings=view.ratings,
        stars=view.stars,
        concern=view.concern,
        downtime_days=view.downtime_days,
        text=view.text,
        treatment=Named(id=view.treatment_id, name=view.treatment_name),
        practitioner=Named(id=view.practitioner_id, name=view.practitioner_name),
        location_id=view.location_id,
        created_at=view.created_at,
        reply=view.reply,
        replied_at=view.replied_at,
    )


def _listed(found: Page[ReviewView]) -> Listed[ReviewOut]:
    return Listed(items=[review_out(one) for one in found.items], next=found.next)


class ReviewsApi(Controller):
    path = "/api/v1/clinics/{slug:str}/reviews"
    tags = ("Marketplace",)

    @get(summary="Reviews of a clinic")
    async def list_all(
        self,
        slug: FromPath[str],
        database: NamedDependency[Database],
        limit: Limit = 20,
        cursor: FromQuery[str | None] = None,
    ) -> Listed[ReviewOut]:
        """Newest first; every genuine review, good or bad."""
        scope = await public_scope_of(database, slug)
        async with database.begin(scope) as work:
            return _listed(await reviews.list_reviews(work, limit, cursor))


class ManageReviewsApi(Controller):
    path = "/api/v1/manage/{slug:str}/reviews"
    tags = ("Clinic: reviews",)
    security = BEARER

    @get(summary="Reviews")
    async def list_all(
        self,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        limit: Limit = 20,
        cursor: FromQuery[str | None] = None,
    ) -> Listed[ReviewOut]:
        async with database.begin(clinic_access(visitor, slug, "clinic:read").scope) as work:
            return _listed(await reviews.list_reviews(work, limit, cursor))

    @post("/{review_id:uuid}/reply", summary="Reply in public", responses=made(ReviewOut, "Published."))
    async def reply(
        self,
        request: AppRequest,
        slug: FromPath[str],
        *,
        review_id: FromPath[UUID],
        data: JSONBody[NewReply],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """The reply can be changed for a day after it was given; 409 afterwards."""

        async def do(work: ClinicWork) -> dict[str, Any]:
            return review_out(await reviews.reply(work, review_id, data)).model_dump(mode="json")

        scope = clinic_access(visitor, slug, "reviews:reply").scope
        return await answer_once(request, visitor, database, scope, do)

    @post(
        "/{review_id:uuid}/flag",
        summary="Ask the moderators to look at a review",
        responses=made(CaseOpened, "A case is open."),
    )
    async def flag(
        self,
        request: AppRequest,
        slug: FromPath[str],
        *,
        review_id: FromPath[UUID],
        data: JSONBody[Flag],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """409 while the clinic's last word about this review is not decided."""

        async def do(work: ClinicWork) -> dict[str, Any]:
            case = await flag_review(work, review_id, data)
            return CaseOpened(id=case.id, state=case.state, promised_by=case.promised_by).model_dump(
                mode="json"
            )

        scope = clinic_access(visitor, slug, "reviews:reply").scope
        return await answer_once(request, visitor, database, scope, do)
