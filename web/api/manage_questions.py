"""The API of the questions that a clinic was asked: read, answered, closed."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from services.kernel.work import ClinicWork, Database
from services.questions import service as questions
from services.questions.models import QuestionState
from services.questions.schemas import NewAnswer, QuestionView, Thread
from web.api.answers import BEARER, Listed, as_json, made
from web.api.manage_bookings import Cursor, Limit
from web.context import AppRequest, Visitor, clinic_access
from web.idempotent import answer_once

READ, WRITE = "clients:read", "clients:manage"


class ManageQuestionsApi(Controller):
    path = "/api/v1/manage/{slug:str}/questions"
    tags = ("Clinic: questions",)
    security = BEARER

    @get(summary="Questions, the latest change first")
    async def list_all(
        self,
        *,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        in_state: Annotated[
            QuestionState | None,
            QueryParameter(name="state", description="waiting, answered or closed; left out: all."),
        ] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Listed[QuestionView]:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            found = await questions.list_questions(work, in_state, limit, cursor)
        return Listed(items=found.items, next=found.next)

    @get("/{question_id:uuid}", summary="A conversation; each look is recorded")
    async def read(
        self,
        slug: FromPath[str],
        question_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Thread:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            return await questions.read_thread(work, question_id)

    @post("/{question_id:uuid}/answer", summary="Answer", responses=made(Thread, "Answered."))
    async def answer(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        question_id: FromPath[UUID],
        data: JSONBody[NewAnswer],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """The person gets the conversation's link by mail. 409 `question-closed`."""

        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(await questions.answer(work, question_id, data))

        scope = clinic_access(visitor, slug, WRITE).scope
        return await answer_once(request, visitor, database, scope, do)

    @post("/{question_id:uuid}/close", status_code=200, summary="Close the conversation")
    async def close(
        self,
        slug: FromPath[str],
        question_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> QuestionView:
        """It can be read, and nobody writes in it any more. 409 `question-closed`."""
        async with database.begin(clinic_access(visitor, slug, WRITE).scope) as work:
            return await questions.close(work, question_id)
