"""The API of a clinic's team: members, invitations, and taking one up."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.clinics import service as clinics
from services.clinics.schemas import InvitationView, MemberPatch, MemberView, NewMember
from services.kernel.errors import NotSignedIn
from services.kernel.scope import ClinicScope, PublicScope
from services.kernel.work import ClinicWork, Database
from web.api.answers import BEARER, Listed, as_json, listed, made
from web.context import AppRequest, Visitor, clinic_access
from web.idempotent import answer_once


class ManageTeamApi(Controller):
    path = "/api/v1/manage/{slug:str}/team"
    tags = ("Clinic: team",)
    security = BEARER

    @get(summary="The team")
    async def list_all(
        self, slug: FromPath[str], database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Listed[MemberView]:
        async with database.begin(clinic_access(visitor, slug, "team:manage").scope) as work:
            return listed(await clinics.list_team(work))

    @post(summary="Add someone who has an account", responses=made(MemberView))
    async def add(
        self,
        request: AppRequest,
        slug: FromPath[str],
        data: JSONBody[NewMember],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(await clinics.add_member(work, data))

        scope = clinic_access(visitor, slug, "team:manage").scope
        return await answer_once(request, visitor, database, scope, do)

    @get("/{member_id:uuid}", summary="Someone of the team")
    async def read(
        self,
        slug: FromPath[str],
        member_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> MemberView:
        async with database.begin(clinic_access(visitor, slug, "team:manage").scope) as work:
            return await clinics.get_member(work, member_id)

    @patch("/{member_id:uuid}", summary="Give another role")
    async def update(
        self,
        slug: FromPath[str],
        member_id: FromPath[UUID],
        data: JSONBody[MemberPatch],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> MemberView:
        async with database.begin(clinic_access(visitor, slug, "team:manage").scope) as work:
            return await clinics.update_member(work, member_id, data)

    @delete("/{member_id:uuid}", summary="Take someone off the team")
    async def remove(
        self,
        slug: FromPath[str],
        member_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        async with database.begin(clinic_access(visitor, slug, "team:manage").scope) as work:
            await clinics.remove_member(work, member_id)


class ManageInvitationsApi(Controller):
    path = "/api/v1/manage/{slug:str}/team/invitations"
    tags = ("Clinic: team",)
    security = BEARER

    @get(summary="The open invitations")
    async def list_all(
        self, slug: FromPath[str], database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Listed[InvitationView]:
        async with database.begin(clinic_access(visitor, slug, "team:manage").scope) as work:
            return listed(await clinics.list_invitations(work))

    @post(summary="Invite someone by mail, with an account or without", responses=made(InvitationView))
    async def invite(
        self,
        request: AppRequest,
        slug: FromPath[str],
        data: JSONBody[NewMember],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(await clinics.invite(work, data))

        scope = clinic_access(visitor, slug, "team:manage").scope
        return await answer_once(request, visitor, database, scope, do)

    @post("/{invitation_id:uuid}/send", summary="Send an invitation again", status_code=200)
    async def send(
        self,
        slug: FromPath[str],
        invitation_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> InvitationView:
        async with database.begin(clinic_access(visitor, slug, "team:manage").scope) as work:
            return await clinics.invite_again(work, invitation_id)

    @delete("/{invitation_id:uuid}", summary="Withdraw an invitation")
    async def withdraw(
        self,
        slug: FromPath[str],
        invitation_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        async with database.begin(clinic_access(visitor, slug, "team:manage").scope) as work:
            await clinics.withdraw_invitation(work, invitation_id)


class JoinApi(Controller):
    path = "/api/v1/invitations/{token:str}"
    tags = ("Clinic: team",)
    security = BEARER

    @post(summary="Take up an invitation as the person signed in", status_code=200)
    async def join(
        self, token: FromPath[str], database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> MemberView:
        if visitor.signed_in is None:
            raise NotSignedIn
        async with database.begin(PublicScope(visitor.actor)) as opened:
            clinic_id, link = clinics.read_invitation_link(opened, token)
        async with database.begin(ClinicScope(clinic_id, visitor.actor)) as work:
            return await clinics.accept_invitation(work, link, visitor.signed_in)
