"""The page that an invitation's link opens: look at it, sign in or sign up, join."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.clinics import service as clinics
from services.kernel.errors import NotSignedIn
from services.kernel.links import SignedLink
from services.kernel.scope import ClinicScope, PublicScope
from services.kernel.work import Database
from web.clinic.nav import role_name
from web.context import AppRequest, Visitor
from web.locale import gettext
from web.pages import go_to, page


async def _opened(database: Database, visitor: Visitor, token: str) -> tuple[ClinicScope, SignedLink]:
    async with database.begin(PublicScope(visitor.actor)) as work:
        clinic_id, link = clinics.read_invitation_link(work, token)
    return ClinicScope(clinic_id, visitor.actor), link


class JoinPages(Controller):
    path = "/invitations/{token:str}"

    @get()
    async def show(
        self,
        request: AppRequest,
        token: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        scope, link = await _opened(database, visitor, token)
        async with database.begin(scope) as work:
            offer, clinic = await clinics.get_offer(work, link), await clinics.get_clinic(work)
        return page(
            request,
            "clinic/setup/invitation.html",
            offer=offer,
            clinic=clinic,
            role=role_name(offer.role),
            person=visitor.signed_in,
            fits=visitor.email.casefold() == offer.email,
            back=urlencode({"next": request.url.path}),
        )

    @post(status_code=303)
    async def join(
        self,
        token: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        if visitor.signed_in is None:
            raise NotSignedIn
        scope, link = await _opened(database, visitor, token)
        async with database.begin(scope) as work:
            await clinics.accept_invitation(work, link, visitor.signed_in)
            clinic = await clinics.get_clinic(work)
        words = gettext("You belong to the team of {name} now.").format(name=clinic.name)
        return go_to(f"/clinic/{clinic.slug}", flash=words)
