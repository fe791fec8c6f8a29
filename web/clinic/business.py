"""The page of a clinic's business papers: registration, licence of the premises and insurance, with private files."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from services.clinics import proofs
from services.clinics.models import ProofKind
from services.clinics.proof_rules import PROOF_NAMES, REQUIRED
from services.clinics.proof_schemas import ProofIn
from services.kernel.errors import InvalidFields
from services.kernel.language import N_
from services.kernel.private_files import TooMuchEvidence
from services.kernel.work import ClinicWork, Database
from web.clinic.field_words import named
from web.clinic.held import held_for
from web.clinic.points import read_points
from web.clinic.walk import Asked, read_walk
from web.context import AppRequest, Visitor, clinic_access
from web.downloads import as_download
from web.forms import Form, check, read_form, words_of
from web.pages import go_to

MANAGE = "clinic:manage"
FIELDS = ("number", "issuer", "valid_until")
_LABELS = {"number": N_("Number"), "issuer": N_("Issued by"), "valid_until": N_("Valid until")}

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]


class BusinessPages(Controller):
    """One form for all three papers: each is kept on its own, and says itself what is wrong with it."""

    path = "/clinic/{slug:str}/business"

    @get()
    async def show(
        self, request: AppRequest, slug: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Response[str]:
        asked = Asked(request, visitor, clinic_access(visitor, slug, MANAGE))
        return await _page(asked, database, None)

    @post(status_code=200)
    async def save(
        self, request: AppRequest, slug: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Response[Any]:
        asked = Asked(request, visitor, clinic_access(visitor, slug, MANAGE))
        form = await read_form(request)
        for kind in ProofKind:
            await _save(database, asked, kind, form)
        if form.errors:
            return await _page(asked, database, form, 422)
        async with database.begin(asked.access.scope) as work:
            waits = await _held(work)
        words = "Saved."
        if waits:
            words = "Saved. What was checked before changes when a moderator agrees; until then it counts as it was."
        return go_to(f"/clinic/{slug}/business", flash=words)

    @get("/{proof_kind:str}/files/{proof_file_id:uuid}")
    async def download(
        self,
        *,
        slug: FromPath[str],
        proof_kind: FromPath[str],
        proof_file_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[bytes]:
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            file, content = await proofs.read_own_evidence(work, proofs.kind_of(proof_kind), proof_file_id)
        return as_download(file.filename, file.content_type, content)

    @post("/{proof_kind:str}/files/{proof_file_id:uuid}/delete")
    async def remove_file(
        self,
        *,
        slug: FromPath[str],
        proof_kind: FromPath[str],
        proof_file_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Redirect:
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            await proofs.delete_proof_evidence(work, proofs.kind_of(proof_kind), proof_file_id)
        return go_to(f"/clinic/{slug}/business", flash="The file is removed.")

    @post("/{proof_kind:str}/delete")
    async def remove(
        self, slug: FromPath[str], proof_kind: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Redirect:
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            await proofs.delete_proof(work, proofs.kind_of(proof_kind))
        return go_to(f"/clinic/{slug}/business", flash="The paper and its files are removed.")


async def _save(database: Database, asked: Asked, kind: ProofKind, form: Form) -> None:
    """Keeps what was said of one paper, and its file; what is wrong is put at its fields."""
    typed = {field: form.values.get(f"{kind}_{field}", "") for field in FIELDS}
    file = form.files.get(f"{kind}_file")
    chosen = file if file is not None and file.filename else None
    if not any(typed.values()) and chosen is None and not form.values.get(f"{kind}_known"):
        return
    try:
        given = check(Form(typed), ProofIn)
        content = b"" if chosen is None else await chosen.read()
        async with database.begin(asked.access.scope) as work:
            await proofs.save_proof(work, kind, given)
            if chosen is not None:
                await _keep(work, kind, form, chosen.filename, content)
    except InvalidFields as refusal:
        for error in refusal.errors:
            form.errors[f"{kind}_{error.field}"] = named(error, _LABELS)
        if chosen is not None:
            form.errors[f"{kind}_file"] = "Choose the file again: it is kept once the rest is right."


async def _keep(work: ClinicWork, kind: ProofKind, form: Form, filename: str, content: bytes) -> None:
    """Keeps the file. One that is refused leaves what was typed saved."""
    try:
        await proofs.add_proof_evidence(work, kind, filename, content)
    except (InvalidFields, TooMuchEvidence) as refusal:
        words = words_of(refusal)
        form.errors[f"{kind}_file"] = words


async def _page(asked: Asked, database: Database, form: Form | None, status: int = 200) -> Response[str]:
    async with database.begin(asked.access.scope) as work:
        found = {proof.kind: proof for proof in await proofs.list_proofs(work)}
        held, walk = await _held(work), await read_walk(work, asked.access)
        points, today = await read_points(work, "business"), work.now.date()
    stated = {
        f"{kind}_{field}": getattr(proof, field) or "" for kind, proof in found.items() for field in FIELDS
    }
    return asked.page(
        "clinic/setup/business.html",
        current="business",
        walk=walk,
        status=status,
        kinds=[(kind.value, PROOF_NAMES[kind], found.get(kind)) for kind in ProofKind],
        required=REQUIRED,
        clinic_slug=asked.access.slug,
        held=held,
        points=points,
        today=today,
        values={**stated, **form.values} if form else stated,
        errors=form.errors if form else {},
    )


async def _held(work: ClinicWork) -> list[dict[str, Any]]:
    """The papers' changes that wait for a moderator."""
    return [edit for proof in await proofs.list_proofs(work) for edit in await held_for(work, proof.id)]
