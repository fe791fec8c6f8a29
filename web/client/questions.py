"""The page behind the link in an answer's message: the conversation with a clinic, without an account."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from services.clinics import places
from services.clinics import service as clinics
from services.kernel.errors import InvalidFields
from services.kernel.scope import ClinicScope, PublicScope
from services.kernel.work import ClinicWork, Database
from services.questions import inviting
from services.questions import service as questions
from services.questions.schemas import NewMessage
from web.context import AppRequest, Visitor
from web.forms import Form, check, read_form
from web.once import kept_form_token, new_form_token, send_once
from web.pages import go_to, page

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]


class QuestionPages(Controller):
    path = "/questions/{token:str}"
    include_in_schema = False

    @get()
    async def show(
        self,
        request: AppRequest,
        token: FromPath[str],
        database: Database_,
        visitor: Visitor_,  # noqa: ARG002  fills the header
    ) -> Response[str]:
        """What was written, and the form that writes again. Raises `LinkInvalid`."""
        return await _page(request, database, await _open(database, token), Form())

    @post(status_code=200)
    async def write(
        self,
        request: AppRequest,
        token: FromPath[str],
        database: Database_,
        visitor: Visitor_,  # noqa: ARG002  fills the header
    ) -> Response[Any] | Redirect:
        """Keeps one more message, once a form. Raises `QuestionClosed`, `LinkInvalid`."""
        opened = await _open(database, token)
        scope, question_id = opened
        form = await read_form(request)
        form.values["form_token"] = kept_form_token(form.values.get("form_token", ""))

        async def do(work: ClinicWork) -> str:
            await questions.write_more(work, question_id, given)
            return f"/questions/{token}"

        try:
            given = check(form, NewMessage)
        except InvalidFields as refusal:
            return await _page(request, database, opened, form.reject(refusal))
        return go_to(await send_once(database, scope, form.values["form_token"], do))


async def _open(database: Database, token: str) -> tuple[ClinicScope, UUID]:
    async with database.begin(PublicScope()) as public:
        clinic_id, question_id = questions.read_link(public, token)
    return ClinicScope(clinic_id), question_id


async def _page(
    request: AppRequest, database: Database, opened: tuple[ClinicScope, UUID], form: Form
) -> Response[str]:
    scope, question_id = opened
    async with database.begin(scope) as work:
        thread = await questions.get_thread(work, question_id)
        clinic = await clinics.get_clinic(work)
        locations = await places.list_locations(work)
        invitations = {
            message.number: inviting.invitation_path(work, clinic.slug, thread, message)
            for message in thread.messages
        }
    answer = page(
        request,
        "public/question.html",
        status=422 if form.errors else 200,
        thread=thread,
        clinic=clinic,
        invitations=invitations,
        phone=next((place.phone for place in locations if place.phone), ""),
        zone=locations[0].time_zone if locations else "UTC",
        form=form,
        form_token=form.values.get("form_token") or new_form_token(),
    )
    # The address is as good as a password: it is neither kept nor passed on.
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
