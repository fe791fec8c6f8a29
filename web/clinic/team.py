"""The team's page: who belongs to it and as what, who is invited, what each role may do."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.clinics import service as clinics
from services.clinics.rules import PERMISSION_NAMES, PERMISSIONS, ROLE_NAMES
from services.clinics.schemas import MemberPatch, NewMember
from services.kernel.errors import InvalidFields, Refusal, TooManyRequests
from services.kernel.work import ClinicWork, Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import LinkedMember
from web.clinic.nav import role_name
from web.clinic.walk import Asked, read_walk
from web.context import AppRequest, Visitor, clinic_access
from web.forms import Form, check, read_form
from web.locale import gettext
from web.pages import go_to

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]
_TOLD_IN_A_FLASH = frozenset({409, 422, 429})


class TeamPages(Controller):
    path = "/clinic/{slug:str}/team"

    @get()
    async def show(
        self, request: AppRequest, slug: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Response[str]:
        access = clinic_access(visitor, slug, "team:manage")
        return await self._page(Asked(request, visitor, access), database, Form({"role": "front_desk"}))

    @post(status_code=200)
    async def invite(
        self, request: AppRequest, slug: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, "team:manage")
        form = await read_form(request)
        status = 422
        try:
            new = check(form, NewMember)
            async with database.begin(access.scope) as work:
                await clinics.invite(work, new)
        except InvalidFields as refusal:
            form.reject(refusal)
        except TooManyRequests as refusal:
            form.errors["form"], status = refusal.text, refusal.status
        else:
            words = gettext("An invitation is on its way to {email}.").format(email=new.email)
            return go_to(f"/clinic/{slug}/team", flash=words)
        return await self._page(Asked(request, visitor, access), database, form, status)

    @post("/invitations/{invitation_id:uuid}", status_code=200)
    async def change_invitation(
        self,
        request: AppRequest,
        slug: FromPath[str],
        invitation_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, "team:manage")
        form = await read_form(request)
        withdrawn = bool(form.values.get("withdraw"))
        try:
            async with database.begin(access.scope) as work:
                if withdrawn:
                    await clinics.withdraw_invitation(work, invitation_id)
                else:
                    await clinics.invite_again(work, invitation_id)
        except TooManyRequests as refusal:
            return go_to(f"/clinic/{slug}/team", flash=refusal.text, kind="caution")
        words = "The invitation is withdrawn." if withdrawn else "The invitation is on its way again."
        return go_to(f"/clinic/{slug}/team", flash=words)

    @post("/{member_id:uuid}", status_code=200)
    async def change(
        self,
        request: AppRequest,
        slug: FromPath[str],
        member_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, "team:manage")
        form = await read_form(request)
        removed = bool(form.values.get("remove"))
        try:
            async with database.begin(access.scope) as work:
                own = (await clinics.get_member(work, member_id)).account_id == visitor.account_id
                if removed:
                    await clinics.remove_member(work, member_id)
                else:
                    await clinics.update_member(work, member_id, check(form, MemberPatch))
                    await _link(work, member_id, form)
        except Refusal as refusal:
            if refusal.status not in _TOLD_IN_A_FLASH:
                raise
            return go_to(f"/clinic/{slug}/team", flash=refusal.text, kind="caution")
        return go_to(
            "/account" if removed and own else f"/clinic/{slug}/team",
            flash="Taken off the team." if removed else "Saved.",
        )

    @staticmethod
    async def _page(asked: Asked, database: Database, form: Form, status: int = 200) -> Response[str]:
        async with database.begin(asked.access.scope) as work:
            team, invitations = await clinics.list_team(work), await clinics.list_invitations(work)
            people = await practitioners.list_practitioners(work)
            walk = await read_walk(work, asked.access)
        return asked.page(
            "clinic/setup/team.html",
            current="team",
            walk=walk,
            status=status,
            team=team,
            invitations=invitations,
            people=people,
            treats_as={person.account_id: person.id for person in people if person.account_id},
            roles=[(code, role_name(code), "") for code in ROLE_NAMES],
            permissions=[
                (name, [code in PERMISSIONS[role] for role in ROLE_NAMES])
                for code, name in PERMISSION_NAMES.items()
            ],
            role_name=role_name,
            values=form.values,
            errors=form.errors,
        )


async def _link(work: ClinicWork, member_id: UUID, form: Form) -> None:
    """Who of the practitioners the member is, as the form says; nothing where it does not ask."""
    if "practitioner_id" not in form.values:
        return
    wanted = form.values["practitioner_id"]
    account_id = (await clinics.get_member(work, member_id)).account_id
    for person in await practitioners.list_practitioners(work):
        if str(person.id) == wanted:
            if person.account_id != account_id:
                await practitioners.link_member(work, person.id, LinkedMember(member_id=member_id))
        elif person.account_id == account_id:
            await practitioners.link_member(work, person.id, LinkedMember(member_id=None))
