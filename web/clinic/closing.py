"""The page on which an owner closes the clinic."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.clinics import service as clinics
from services.clinics import standing
from services.clinics.schemas import ClosedClinic
from services.kernel.errors import InvalidFields, WrongState
from services.kernel.work import Database
from web.clinic.walk import Asked
from web.context import AppRequest, Visitor, clinic_access
from web.forms import Form, check, read_form
from web.pages import go_to

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]


class ClosingPages(Controller):
    path = "/clinic/{slug:str}/close"

    @get()
    async def show(
        self, request: AppRequest, slug: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Response[str]:
        asked = Asked(request, visitor, clinic_access(visitor, slug, "clinic:close"))
        return await self._page(asked, database, Form())

    @post(status_code=200)
    async def close(
        self, request: AppRequest, slug: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, "clinic:close")
        form = await read_form(request)
        try:
            async with database.begin(access.scope) as work:
                await standing.close(work, check(form, ClosedClinic))
        except InvalidFields as refusal:
            return await self._page(Asked(request, visitor, access), database, form.reject(refusal), 422)
        except WrongState as refusal:
            return go_to(f"/clinic/{slug}", flash=refusal.text, kind="caution")
        return go_to(f"/clinic/{slug}", flash="The clinic is closed. Its clients are being told.")

    @staticmethod
    async def _page(asked: Asked, database: Database, form: Form, status: int = 200) -> Response[str]:
        async with database.begin(asked.access.scope) as work:
            clinic = await clinics.get_clinic(work)
        return asked.page(
            "clinic/setup/close.html",
            current="profile",
            status=status,
            clinic=clinic,
            values=form.values,
            errors=form.errors,
        )
