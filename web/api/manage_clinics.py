"""The API of a clinic's own space: the clinics one works for, profile and policies, audit."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import BaseModel

from services.clinics import service as clinics
from services.clinics import standing
from services.clinics.schemas import (
    AuditView,
    ClinicPatch,
    ClinicView,
    ClosedClinic,
    HeldEditView,
    NewClinic,
)
from services.kernel.ids import new_id
from services.kernel.scope import ClinicScope
from services.kernel.work import ClinicWork, Database
from web.api.answers import BEARER, Listed, as_json, listed, made
from web.context import AppRequest, Visitor, clinic_access
from web.idempotent import answer_once

Limit = Annotated[int, QueryParameter(ge=1, le=100, description="How many at most.")]
Cursor = Annotated[str | None, QueryParameter(max_length=500, description="`next` of the page before.")]


class OwnClinic(BaseModel):
    """A clinic that the caller works for."""

    id: UUID
    slug: str
    name: str
    role: str
    is_public: bool


class ManageClinicsApi(Controller):
    path = "/api/v1/manage"
    tags = ("Clinic",)
    security = BEARER

    @get("/clinics", summary="The clinics that one works for")
    async def list_own(self, visitor: NamedDependency[Visitor]) -> Listed[OwnClinic]:
        _ = visitor.account_id
        return listed(
            [
                OwnClinic(
                    id=member.clinic_id,
                    slug=member.slug,
                    name=member.name,
                    role=member.role,
                    is_public=member.is_public,
                )
                for member in visitor.clinics
            ]
        )

    @post(
        "/clinics",
        summary="Begin a clinic",
        description="Makes a draft and its owner. Needs an `Idempotency-Key`.",
        responses=made(ClinicView, "The draft."),
    )
    async def create(
        self,
        request: AppRequest,
        data: JSONBody[NewClinic],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        _ = visitor.account_id
        owner = visitor.signed_in

        async def do(work: ClinicWork) -> dict[str, Any]:
            assert owner is not None  # noqa: S101  `account_id` has refused nobody
            return as_json(await clinics.create_clinic(work, data, owner))

        scope = ClinicScope(new_id(), visitor.actor)
        return await answer_once(request, visitor, database, scope, do, required=True)

    @get("/{slug:str}", summary="Profile, policies and status")
    async def read(
        self, slug: FromPath[str], database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> ClinicView:
        async with database.begin(clinic_access(visitor, slug, "clinic:read").scope) as work:
            return await clinics.get_clinic(work)

    @patch(
        "/{slug:str}",
        summary="Change profile and policies",
        description="Sensitive fields of a published clinic wait for a moderator: see `held-edits`.",
    )
    async def update(
        self,
        slug: FromPath[str],
        data: JSONBody[ClinicPatch],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> ClinicView:
        async with database.begin(clinic_access(visitor, slug, "clinic:manage").scope) as work:
            return await clinics.update_clinic(work, data)

    @post("/{slug:str}/close", summary="Close the clinic; its name is given as confirmation", status_code=200)
    async def close(
        self,
        slug: FromPath[str],
        data: JSONBody[ClosedClinic],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> ClinicView:
        async with database.begin(clinic_access(visitor, slug, "clinic:close").scope) as work:
            await standing.close(work, data)
            return await clinics.get_clinic(work)

    @get("/{slug:str}/held-edits", summary="Sensitive edits that wait for a moderator")
    async def held_edits(
        self, slug: FromPath[str], database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Listed[HeldEditView]:
        async with database.begin(clinic_access(visitor, slug, "clinic:read").scope) as work:
            return listed(await clinics.list_held_edits(work))

    @delete("/{slug:str}/held-edits/{edit_id:uuid}", summary="Take a sensitive edit back")
    async def withdraw_edit(
        self,
        slug: FromPath[str],
        edit_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        async with database.begin(clinic_access(visitor, slug, "clinic:manage").scope) as work:
            await clinics.withdraw_edit(work, edit_id)

    @get("/{slug:str}/audit", summary="Who did what, newest first")
    async def audit(
        self,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Listed[AuditView]:
        async with database.begin(clinic_access(visitor, slug, "audit:read").scope) as work:
            found = await clinics.list_audit(work, limit, cursor)
        return Listed(items=found.items, next=found.next)
