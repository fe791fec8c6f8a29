"""A practitioner's portrait on their page in the workspace."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.clinics.picture_schemas import NewPicture
from services.kernel.errors import InvalidFields
from services.kernel.work import Database
from services.practitioners import service as practitioners
from web.clinic.desk import desk_page
from web.clinic.practitioners import MANAGE, home_of, person_values
from web.context import AppRequest, Visitor, clinic_access
from web.forms import read_form
from web.pages import go_to

_FIELDS = {"file": "portrait", "no_client": "agreed"}


class PortraitPages(Controller):
    path = "/clinic/{slug:str}/practitioners/{practitioner_id:uuid}/portrait"
    include_in_schema = False

    @post(status_code=200)
    async def upload(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, MANAGE)
        form = await read_form(request)
        sent = form.uploads.get("portrait", [])
        given = NewPicture(no_client=form.values.get("agreed") == "true")
        async with database.begin(access.scope) as work:
            await practitioners.get_practitioner(work, practitioner_id)
        try:
            if not sent:
                raise InvalidFields.one("file", "missing", "Choose a picture first.")
            content = await sent[0].read()
            async with database.begin(access.scope) as work:
                await practitioners.set_portrait(work, practitioner_id, given, content)
        except InvalidFields as refusal:
            async with database.begin(access.scope) as work:
                values = await person_values(work, slug, practitioner_id)
            values["portrait_errors"] = {_FIELDS[error.field]: error.message for error in refusal.errors}
            return desk_page(
                request,
                visitor,
                access,
                "clinic/practitioners/show.html",
                current="practitioners",
                status=422,
                home=home_of(slug),
                **values,
            )
        words = "The portrait is kept and being prepared. Clients see it in a moment."
        return go_to(f"{home_of(slug)}/{practitioner_id}", flash=words)

    @post("/delete")
    async def remove(
        self,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, MANAGE)
        async with database.begin(access.scope) as work:
            await practitioners.remove_portraits(work, practitioner_id)
        return go_to(f"{home_of(slug)}/{practitioner_id}", flash="The portrait is removed.")
