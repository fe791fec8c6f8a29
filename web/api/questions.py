"""The API of a question to a clinic: asked without an account, followed by the token of its thread."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from pydantic import BaseModel

from services.clinics import service as clinics
from services.kernel.scope import ClinicScope, PublicScope
from services.kernel.work import ClinicWork, Database
from services.questions import inviting
from services.questions import service as questions
from services.questions.schemas import MessageView, NewMessage, NewQuestion, Thread
from web.api.answers import as_json, made
from web.context import AppRequest, Visitor, address_of, public_scope_of
from web.idempotent import answer_once


class MessageOut(MessageView):
    """A message; `book_url` is where an answer lets the treatment be booked, while it does."""

    book_url: str | None


class ThreadOut(BaseModel):
    """A conversation. `token` opens it, and nothing else."""

    token: str
    state: str
    treatment_id: UUID | None
    messages: list[MessageOut]


class QuestionsApi(Controller):
    path = "/api/v1"
    tags = ("Questions",)

    @post("/clinics/{slug:str}/questions", summary="Ask a clinic", responses=made(ThreadOut, "Asked."))
    async def ask(
        self,
        request: AppRequest,
        slug: FromPath[str],
        data: JSONBody[NewQuestion],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """The clinic is told; its answer's link goes to the address. At most ten an hour and caller."""

        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(await _out(work, await questions.ask(work, data, address=address_of(request))))

        scope = await public_scope_of(database, slug, visitor)
        return await answer_once(request, visitor, database, scope, do)

    @get("/questions/{token:str}", summary="A conversation, by its link's token")
    async def read(self, token: FromPath[str], database: NamedDependency[Database]) -> ThreadOut:
        scope, question_id = await _open(database, token)
        async with database.begin(scope) as work:
            return await _out(work, await questions.get_thread(work, question_id))

    @post("/questions/{token:str}", summary="Write again", responses=made(ThreadOut, "Written."))
    async def write(
        self,
        request: AppRequest,
        token: FromPath[str],
        data: JSONBody[NewMessage],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """409 `question-closed` once the clinic has closed it."""
        scope, question_id = await _open(database, token)

        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(await _out(work, await questions.write_more(work, question_id, data)))

        return await answer_once(request, visitor, database, scope, do)


async def _open(database: Database, token: str) -> tuple[ClinicScope, UUID]:
    async with database.begin(PublicScope()) as public:
        clinic_id, question_id = questions.read_link(public, token)
    return ClinicScope(clinic_id), question_id


async def _out(work: ClinicWork, thread: Thread) -> ThreadOut:
    slug = (await clinics.get_clinic(work)).slug
    messages = []
    for message in thread.messages:
        path = inviting.invitation_path(work, slug, thread, message)
        url = f"{work.tools.base_url}{path}" if path else None
        messages.append(MessageOut(**message.model_dump(), book_url=url))
    return ThreadOut(
        token=questions.thread_token(work, thread.id),
        state=thread.state,
        treatment_id=thread.treatment_id,
        messages=messages,
    )
