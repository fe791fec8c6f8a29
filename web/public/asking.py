"""`/c/{slug}/ask`: a question to a live clinic, without an account."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from services.clinics import service as clinics
from services.kernel.errors import InvalidFields
from services.kernel.scope import ClinicScope
from services.kernel.work import ClinicWork, Database
from services.questions import service as questions
from services.questions.schemas import NewQuestion
from services.treatments import service as treatments
from web.context import AppRequest, Visitor, address_of, public_scope_of
from web.forms import Form, check, read_form
from web.locale import current_locale
from web.once import kept_form_token, new_form_token, send_once
from web.pages import go_to, page

_MISSING = {
    "name": "Say how the clinic should call you.",
    "email": "Enter your e-mail address.",
    "text": "Write your question.",
}


class AskingPages(Controller):
    path = "/c/{slug:str}/ask"

    @get()
    async def ask(
        self,
        request: AppRequest,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        """The form, about the treatment that the address names."""
        scope = await public_scope_of(database, slug, visitor)
        about = str(request.query_params.get("treatment_id", ""))
        form = Form({"name": visitor.name, "email": visitor.email, "treatment_id": about})
        return await _page(request, database, scope, slug, form)

    @post(status_code=200)
    async def send(
        self,
        request: AppRequest,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any] | Redirect:
        """Opens the thread, once a form, and shows it."""
        scope = await public_scope_of(database, slug, visitor)
        form = await read_form(request)
        form.values["form_token"] = kept_form_token(form.values.get("form_token", ""))

        async def do(work: ClinicWork) -> str:
            thread = await questions.ask(work, given, address=address_of(request))
            return f"/questions/{questions.thread_token(work, thread.id)}"

        try:
            given = check(form, NewQuestion, language=current_locale())
            return go_to(await send_once(database, scope, form.values["form_token"], do))
        except InvalidFields as refusal:
            for error in refusal.errors:
                words = _MISSING.get(error.field, error.message) if error.code == "missing" else error.message
                form.errors.setdefault(error.field, words)
        return await _page(request, database, scope, slug, form)


async def _page(
    request: AppRequest, database: Database, scope: ClinicScope, slug: str, form: Form
) -> Response[str]:
    async with database.begin(scope) as work:
        clinic = await clinics.get_clinic(work)
        menu = await treatments.list_treatments(work)
    known = {str(item.id) for item in menu}
    if form.values.get("treatment_id") not in known and not form.errors:
        form.values["treatment_id"] = ""
    return page(
        request,
        "public/ask.html",
        status=422 if form.errors else 200,
        name=clinic.name,
        slug=slug,
        menu=[(item.id, item.name) for item in menu],
        form=form,
        form_token=form.values.get("form_token") or new_form_token(),
    )
