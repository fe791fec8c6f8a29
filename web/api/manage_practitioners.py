"""The API of a clinic's practitioners: people, their hours, credentials and private evidence."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, MultipartBody

from services.kernel.errors import NotFound
from services.kernel.work import ClinicWork, Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import (
    CredentialPatch,
    CredentialView,
    EvidenceView,
    LinkedMember,
    NewCredential,
    NewPractitioner,
    PractitionerHoursIn,
    PractitionerPatch,
    PractitionerView,
)
from web.api.answers import BEARER, Listed, as_json, listed, made
from web.api.uploads import EvidenceUpload
from web.context import AppRequest, Visitor, clinic_access
from web.downloads import as_download
from web.idempotent import answer_once, keep_body

READ, MANAGE = "clinic:read", "practitioners:manage"


class ManagePractitionersApi(Controller):
    path = "/api/v1/manage/{slug:str}/practitioners"
    tags = ("Clinic: practitioners",)
    security = BEARER

    @get(summary="Practitioners")
    async def list_all(
        self,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Listed[PractitionerView]:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            return listed(await practitioners.list_practitioners(work))

    @post(summary="Add a practitioner", responses=made(PractitionerView))
    async def add(
        self,
        request: AppRequest,
        slug: FromPath[str],
        data: JSONBody[NewPractitioner],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(await practitioners.add_practitioner(work, data))

        scope = clinic_access(visitor, slug, MANAGE).scope
        return await answer_once(request, visitor, database, scope, do)

    @get("/{practitioner_id:uuid}", summary="A practitioner")
    async def read(
        self,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> PractitionerView:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            return await practitioners.get_practitioner(work, practitioner_id)

    @patch("/{practitioner_id:uuid}", summary="Change a practitioner")
    async def update(
        self,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        data: JSONBody[PractitionerPatch],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> PractitionerView:
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            return await practitioners.update_practitioner(work, practitioner_id, data)

    @delete("/{practitioner_id:uuid}", summary="Take a practitioner off the clinic's pages and times")
    async def archive(
        self,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            await practitioners.archive_practitioner(work, practitioner_id)

    @put("/{practitioner_id:uuid}/member", summary="Say which member of the team a practitioner is")
    async def link(
        self,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        data: JSONBody[LinkedMember],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> PractitionerView:
        async with database.begin(clinic_access(visitor, slug, "team:manage").scope) as work:
            await practitioners.link_member(work, practitioner_id, data)
            return await practitioners.get_practitioner(work, practitioner_id)

    @put("/{practitioner_id:uuid}/hours", summary="Replace a practitioner's working hours of the week")
    async def set_hours(
        self,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        data: JSONBody[PractitionerHoursIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> PractitionerView:
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            return await practitioners.set_practitioner_hours(work, practitioner_id, data)

    @get("/{practitioner_id:uuid}/credentials", summary="A practitioner's credentials")
    async def list_credentials(
        self,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Listed[CredentialView]:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            return listed((await practitioners.get_practitioner(work, practitioner_id)).credentials)

    @post("/{practitioner_id:uuid}/credentials", summary="Add a credential", responses=made(CredentialView))
    async def add_credential(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        data: JSONBody[NewCredential],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(await practitioners.add_credential(work, practitioner_id, data))

        scope = clinic_access(visitor, slug, MANAGE).scope
        return await answer_once(request, visitor, database, scope, do)

    @get("/{practitioner_id:uuid}/credentials/{credential_id:uuid}", summary="A credential of a practitioner")
    async def read_credential(
        self,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        credential_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> CredentialView:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            return await _credential_of(work, practitioner_id, credential_id)

    @patch(
        "/{practitioner_id:uuid}/credentials/{credential_id:uuid}",
        summary="Change a practitioner's credential",
    )
    async def update_credential(
        self,
        *,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        credential_id: FromPath[UUID],
        data: JSONBody[CredentialPatch],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> CredentialView:
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            await _credential_of(work, practitioner_id, credential_id)
            return await practitioners.update_credential(work, credential_id, data)

    @delete(
        "/{practitioner_id:uuid}/credentials/{credential_id:uuid}",
        summary="Remove a practitioner's credential",
    )
    async def delete_credential(
        self,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        credential_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            await _credential_of(work, practitioner_id, credential_id)
            await practitioners.delete_credential(work, credential_id)


class ManageCredentialsApi(Controller):
    path = "/api/v1/manage/{slug:str}/credentials"
    tags = ("Clinic: practitioners",)
    security = BEARER

    @get("/{credential_id:uuid}", summary="A credential")
    async def read(
        self,
        slug: FromPath[str],
        credential_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> CredentialView:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            return await practitioners.get_credential(work, credential_id)

    @patch("/{credential_id:uuid}", summary="Change a credential; it has to be checked again")
    async def update(
        self,
        slug: FromPath[str],
        credential_id: FromPath[UUID],
        data: JSONBody[CredentialPatch],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> CredentialView:
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            return await practitioners.update_credential(work, credential_id, data)

    @delete("/{credential_id:uuid}", summary="Remove a credential with its evidence")
    async def remove(
        self,
        slug: FromPath[str],
        credential_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            await practitioners.delete_credential(work, credential_id)

    @get("/{credential_id:uuid}/evidence", summary="A credential's evidence")
    async def list_evidence(
        self,
        slug: FromPath[str],
        credential_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Listed[EvidenceView]:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            return listed((await practitioners.get_credential(work, credential_id)).evidence)

    @post(
        "/{credential_id:uuid}/evidence",
        summary="Upload evidence",
        responses=made(EvidenceView),
        before_request=keep_body,
    )
    async def upload(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        credential_id: FromPath[UUID],
        data: MultipartBody[EvidenceUpload],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        scope = clinic_access(visitor, slug, MANAGE).scope
        content = await data.file.read()

        async def do(work: ClinicWork) -> dict[str, Any]:
            found = await practitioners.add_evidence(work, credential_id, data.file.filename, content)
            return as_json(found)

        return await answer_once(request, visitor, database, scope, do)

    @get(
        "/{credential_id:uuid}/evidence/{evidence_id:uuid}",
        summary="Download evidence; the look is recorded",
        media_type="application/octet-stream",
    )
    async def download(
        self,
        slug: FromPath[str],
        credential_id: FromPath[UUID],
        evidence_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[bytes]:
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            await _evidence_of(work, credential_id, evidence_id)
            evidence, content = await practitioners.read_evidence(work, evidence_id)
        return as_download(evidence.filename, evidence.content_type, content)

    @delete("/{credential_id:uuid}/evidence/{evidence_id:uuid}", summary="Remove evidence")
    async def remove_evidence(
        self,
        slug: FromPath[str],
        credential_id: FromPath[UUID],
        evidence_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            await _evidence_of(work, credential_id, evidence_id)
            await practitioners.delete_evidence(work, evidence_id)


async def _credential_of(work: ClinicWork, practitioner_id: UUID, credential_id: UUID) -> CredentialView:
    found = await practitioners.get_credential(work, credential_id)
    if found.practitioner_id != practitioner_id:
        raise NotFound
    return found


async def _evidence_of(work: ClinicWork, credential_id: UUID, evidence_id: UUID) -> None:
    found = await practitioners.get_credential(work, credential_id)
    if evidence_id not in {item.id for item in found.evidence}:
        raise NotFound
