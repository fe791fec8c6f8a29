"""The API of calendar addresses: private, read by calendar programs, shown once when they are made."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from pydantic import BaseModel, Field

from services.kernel.work import ClinicWork, Database
from services.scheduling import feeds
from services.scheduling.calendar_models import FeedOf
from services.scheduling.feeds import FeedView, NewFeed
from web.api.answers import BEARER, Listed, as_json, listed, made
from web.context import AppRequest, Visitor, clinic_access
from web.idempotent import answer_once

MANAGE, WHOLE_CLINIC = "bookings:manage", "clinic:export"


class FeedOut(BaseModel):
    """A calendar address, without its secret part."""

    id: UUID
    feed_of: FeedOf
    subject_id: UUID
    name: str
    initials: bool
    made_by: str
    made_at: datetime
    works: Annotated[bool, Field(description="False once whoever made it has left the team.")]


class MadeFeedOut(FeedOut):
    """With the address, this once."""

    address: str


class ManageFeedsApi(Controller):
    path = "/api/v1/manage/{slug:str}/feeds"
    tags = ("Clinic: calendar",)
    security = BEARER

    @get(summary="Calendar addresses")
    async def list_all(
        self,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Listed[FeedOut]:
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            return listed([_out(feed) for feed in await feeds.list_feeds(work)])

    @post(
        summary="Make a calendar address; the one of before stops working",
        description="Of the whole clinic for owners alone.",
        responses=made(MadeFeedOut),
    )
    async def make(
        self,
        request: AppRequest,
        slug: FromPath[str],
        data: JSONBody[NewFeed],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: ClinicWork) -> dict[str, Any]:
            feed_id, address = await feeds.make_feed(work, data, visitor.account_id)
            feed = _out(await feeds.get_feed(work, feed_id))
            return as_json(MadeFeedOut(**feed.model_dump(), address=address))

        needed = WHOLE_CLINIC if data.feed_of is FeedOf.CLINIC else MANAGE
        scope = clinic_access(visitor, slug, needed).scope
        return await answer_once(request, visitor, database, scope, do)

    @delete("/{feed_id:uuid}", summary="Take a calendar address back")
    async def revoke(
        self,
        slug: FromPath[str],
        feed_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            await feeds.revoke_feed(work, feed_id)


def _out(feed: FeedView) -> FeedOut:
    return FeedOut(**{name: getattr(feed, name) for name in FeedOut.model_fields})
