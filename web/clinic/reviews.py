"""The clinic's reviews: its figures, what clients say, and a public reply to each."""

from __future__ import annotations

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from services.kernel.errors import InvalidFields
from services.kernel.work import Database
from services.moderation.schemas import FLAG_REASONS, Flag
from services.moderation.watching import flag_review
from services.reviews import service as reviews
from services.reviews.models import SubjectKind
from services.reviews.rules import may_reply
from services.reviews.schemas import NewReply
from web.clinic.desk import desk_page, may
from web.context import AppRequest, ClinicAccess, Visitor, clinic_access
from web.forms import Form, check, read_form
from web.locale import gettext
from web.pages import go_to

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]
SHOWN = 20


class ClinicReviewPages(Controller):
    path = "/clinic/{slug:str}/reviews"
    include_in_schema = False

    @get()
    async def index(
        self,
        request: AppRequest,
        slug: FromPath[str],
        database: Database_,
        visitor: Visitor_,
        *,
        cursor: FromQuery[str | None] = None,
        answer: FromQuery[UUID | None] = None,
    ) -> Response[str]:
        """Newest first; `answer` opens the form under one of them."""
        access = clinic_access(visitor, slug, "clinic:read")
        return await _page(request, visitor, access, database, cursor=cursor, answer=answer, form=Form())

    @post("/{review_id:uuid}/reply")
    async def reply(
        self,
        request: AppRequest,
        slug: FromPath[str],
        review_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[str] | Redirect:
        """Publishes the reply. Raises `ReplyIsFinal`."""
        access = clinic_access(visitor, slug, "reviews:reply")
        form = await read_form(request)
        try:
            given = check(form, NewReply)
        except InvalidFields as refusal:
            form.reject(refusal)
            return await _page(
                request,
                visitor,
                access,
                database,
                cursor=None,
                answer=review_id,
                form=form,
                status=refusal.status,
            )
        async with database.begin(access.scope) as work:
            await reviews.reply(work, review_id, given)
        return go_to(f"/clinic/{slug}/reviews#review-{review_id}", flash="Your reply is public now.")

    @get("/{review_id:uuid}/flag")
    async def ask_to_flag(
        self,
        request: AppRequest,
        slug: FromPath[str],
        review_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[str]:
        """The form that asks the moderators to look at a review."""
        access = clinic_access(visitor, slug, "reviews:reply")
        return await _flag_page(request, visitor, access, database, review_id=review_id, form=Form())

    @post("/{review_id:uuid}/flag", status_code=200)
    async def flag(
        self,
        request: AppRequest,
        slug: FromPath[str],
        review_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[str] | Redirect:
        """Opens the case. Raises `AlreadyFlagged`."""
        access = clinic_access(visitor, slug, "reviews:reply")
        form = await read_form(request)
        try:
            given = check(form, Flag)
            async with database.begin(access.scope) as work:
                await flag_review(work, review_id, given)
        except InvalidFields as refusal:
            return await _flag_page(
                request, visitor, access, database, review_id=review_id, form=form.reject(refusal)
            )
        words = "A moderator looks at the review within two days. Until then it stays."
        return go_to(f"/clinic/{slug}/reviews#review-{review_id}", flash=words)


async def _flag_page(
    request: AppRequest,
    visitor: Visitor,
    access: ClinicAccess,
    database: Database,
    *,
    review_id: UUID,
    form: Form,
) -> Response[str]:
    async with database.begin(access.scope) as work:
        review = await reviews.get_review(work, review_id)
    return desk_page(
        request,
        visitor,
        access,
        "clinic/reviews/flag.html",
        current="reviews",
        status=422 if form.errors else 200,
        review=review,
        base=f"/clinic/{access.slug}/reviews",
        reasons=[(code, gettext(name)) for code, name in FLAG_REASONS],
        form=form,
    )


async def _page(
    request: AppRequest,
    visitor: Visitor,
    access: ClinicAccess,
    database: Database,
    *,
    cursor: str | None,
    answer: UUID | None,
    form: Form,
    status: int = 200,
) -> Response[str]:
    async with database.begin(access.scope) as work:
        figures = await reviews.figures(work, SubjectKind.CLINIC, str(access.scope.clinic_id))
        found = await reviews.list_reviews(work, SHOWN, cursor)
        one = await reviews.get_review(work, answer) if answer else None
        open_replies = {view.id for view in found.items if may_reply(view.replied_at, work.now)}
    base = f"/clinic/{access.slug}/reviews"
    return desk_page(
        request,
        visitor,
        access,
        "clinic/reviews/index.html",
        current="reviews",
        status=status,
        figures=figures,
        reviews=found.items,
        base=base,
        next_url=f"{base}?cursor={found.next}" if found.next else None,
        first_url=base if cursor else None,
        answer=one,
        open_replies=open_replies,
        may_answer=may(access, "reviews:reply"),
        values=form.values,
        errors=form.errors,
    )
