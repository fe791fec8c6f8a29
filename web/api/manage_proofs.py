"""The API of what a clinic proves of its business: registration, licence of the premises, insurance, private files."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, MultipartBody

from services.clinics import proofs
from services.clinics.proof_schemas import ProofEvidenceView, ProofIn, ProofView
from services.kernel.work import ClinicWork, Database
from web.api.answers import BEARER, Listed, as_json, listed, made
from web.api.uploads import EvidenceUpload
from web.context import AppRequest, Visitor, clinic_access
from web.downloads import as_download
from web.idempotent import answer_once, keep_body

_MANAGE = "clinic:manage"


class ManageProofsApi(Controller):
    path = "/api/v1/manage/{slug:str}/proofs"
    tags = ("Clinic",)
    security = BEARER

    @get(summary="What the clinic proves of its business; seen by its managers and by moderators alone")
    async def list_all(
        self, slug: FromPath[str], database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Listed[ProofView]:
        async with database.begin(clinic_access(visitor, slug, _MANAGE).scope) as work:
            return listed(await proofs.list_proofs(work))

    @get("/{proof_kind:str}", summary="One proof: `registration`, `premises` or `insurance`")
    async def read(
        self,
        slug: FromPath[str],
        proof_kind: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> ProofView:
        async with database.begin(clinic_access(visitor, slug, _MANAGE).scope) as work:
            return await proofs.get_proof(work, proofs.kind_of(proof_kind))

    @put(
        "/{proof_kind:str}",
        summary="State a proof, or change it",
        description="A changed one has to be checked again; one that was checked, of a published clinic, waits "
        "for a moderator: see `held-edits`.",
    )
    async def save(
        self,
        slug: FromPath[str],
        proof_kind: FromPath[str],
        data: JSONBody[ProofIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> ProofView:
        async with database.begin(clinic_access(visitor, slug, _MANAGE).scope) as work:
            return await proofs.save_proof(work, proofs.kind_of(proof_kind), data)

    @delete("/{proof_kind:str}", summary="Remove a proof with its files")
    async def remove(
        self,
        slug: FromPath[str],
        proof_kind: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        async with database.begin(clinic_access(visitor, slug, _MANAGE).scope) as work:
            await proofs.delete_proof(work, proofs.kind_of(proof_kind))

    @post(
        "/{proof_kind:str}/evidence",
        summary="Upload a file of a proof",
        responses=made(ProofEvidenceView),
        before_request=keep_body,
    )
    async def upload(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        proof_kind: FromPath[str],
        data: MultipartBody[EvidenceUpload],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        scope = clinic_access(visitor, slug, _MANAGE).scope
        kind, content = proofs.kind_of(proof_kind), await data.file.read()

        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(await proofs.add_proof_evidence(work, kind, data.file.filename, content))

        return await answer_once(request, visitor, database, scope, do)

    @get(
        "/{proof_kind:str}/evidence/{proof_file_id:uuid}",
        summary="Download a file of a proof; the look is recorded",
        media_type="application/octet-stream",
    )
    async def download(
        self,
        slug: FromPath[str],
        proof_kind: FromPath[str],
        proof_file_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[bytes]:
        async with database.begin(clinic_access(visitor, slug, _MANAGE).scope) as work:
            kind = proofs.kind_of(proof_kind)
            file, content = await proofs.read_own_evidence(work, kind, proof_file_id)
        return as_download(file.filename, file.content_type, content)

    @delete("/{proof_kind:str}/evidence/{proof_file_id:uuid}", summary="Remove a file of a proof")
    async def remove_evidence(
        self,
        slug: FromPath[str],
        proof_kind: FromPath[str],
        proof_file_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        async with database.begin(clinic_access(visitor, slug, _MANAGE).scope) as work:
            await proofs.delete_proof_evidence(work, proofs.kind_of(proof_kind), proof_file_id)
