"""The questions of people who think about booking: who waits, each conversation, and the clinic's answer."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from services.kernel.errors import InvalidFields, WrongState
from services.kernel.language import N_
from services.kernel.work import ClinicWork, Database
from services.questions import service as questions
from services.questions.models import QuestionState
from services.questions.schemas import NewAnswer
from web.clinic.desk import clinic_zone, desk_page, may
from web.context import AppRequest, ClinicAccess, Visitor, clinic_access
from web.forms import Form, check, read_form
from web.once import kept_form_token, new_form_token, send_once
from web.pages import go_to

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]
PAGE = 30
READ, WRITE = "clients:read", "clients:manage"
STATES = {
    QuestionState.WAITING.value: N_("Waiting"),
    QuestionState.ANSWERED.value: N_("Answered"),
    QuestionState.CLOSED.value: N_("Closed"),
}


class ClinicQuestionPages(Controller):
    """`/clinic/{slug}/questions`."""

    path = "/clinic/{slug:str}/questions"

    @get("/")
    async def index(
        self, request: AppRequest, slug: str, database: Database_, visitor: Visitor_
    ) -> Response[str]:
        """Those that wait, or of another state; in pages."""
        access = clinic_access(visitor, slug, READ)
        given = request.query_params
        state = given.get("state", "")
        state = state if state in STATES else QuestionState.WAITING.value
        cursor = given.get("cursor")
        async with database.begin(access.scope) as work:
            found = await questions.list_questions(work, state, PAGE, cursor)
            zone = await clinic_zone(work)
        base = f"/clinic/{slug}/questions"
        more = urlencode({"state": state, "cursor": found.next}) if found.next else ""
        return desk_page(
            request,
            visitor,
            access,
            "clinic/questions/index.html",
            current="questions",
            found=found.items,
            state=state,
            states=list(STATES.items()),
            zone=zone,
            next_url=f"{base}?{more}" if more else None,
            start_url=f"{base}?state={state}" if cursor else None,
        )

    @get("/{question_id:uuid}")
    async def show(
        self, request: AppRequest, slug: str, question_id: UUID, database: Database_, visitor: Visitor_
    ) -> Response[str]:
        """One conversation; the look is recorded."""
        access = clinic_access(visitor, slug, READ)
        return await _page(request, visitor, access, database, question_id=question_id, form=Form())

    @post("/{question_id:uuid}/answer", status_code=200)
    async def answer(
        self, request: AppRequest, slug: str, question_id: UUID, database: Database_, visitor: Visitor_
    ) -> Response[Any] | Redirect:
        """Sends the answer, once a form; the person gets the link by mail."""
        access = clinic_access(visitor, slug, WRITE)
        async with database.begin(access.scope) as work:
            await questions.get_question(work, question_id)
        form = await read_form(request)
        form.values["form_token"] = kept_form_token(form.values.get("form_token", ""))
        here = f"/clinic/{slug}/questions/{question_id}"

        async def do(work: ClinicWork) -> str:
            await questions.answer(work, question_id, given)
            return here

        try:
            given = check(form, NewAnswer)
            path = await send_once(database, access.scope, form.values["form_token"], do)
        except InvalidFields as refusal:
            return await _page(
                request,
                visitor,
                access,
                database,
                question_id=question_id,
                form=form.reject(refusal),
                status=422,
            )
        except WrongState as refusal:
            return go_to(here, flash=refusal.text, kind="caution")
        return go_to(path, flash="Sent. The person gets a message with the link to your answer.")

    @post("/{question_id:uuid}/close")
    async def close(self, slug: str, question_id: UUID, database: Database_, visitor: Visitor_) -> Redirect:
        """Ends the conversation."""
        access = clinic_access(visitor, slug, WRITE)
        async with database.begin(access.scope) as work:
            await questions.close(work, question_id)
        return go_to(f"/clinic/{slug}/questions", flash="Closed. It can still be read.")


async def _page(
    request: AppRequest,
    visitor: Visitor,
    access: ClinicAccess,
    database: Database,
    *,
    question_id: UUID,
    form: Form,
    status: int = 200,
) -> Response[str]:
    async with database.begin(access.scope) as work:
        thread = await questions.read_thread(work, question_id)
        zone = await clinic_zone(work)
    return desk_page(
        request,
        visitor,
        access,
        "clinic/questions/show.html",
        current="questions",
        status=status,
        thread=thread,
        zone=zone,
        can_write=may(access, WRITE),
        form=form,
        form_token=form.values.get("form_token") or new_form_token(),
    )
