"""Pages of a practitioner's credentials: claiming and changing one, its private evidence up and down."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from services.kernel.errors import InvalidFields, NotFound
from services.kernel.language import N_
from services.kernel.private_files import TooMuchEvidence
from services.kernel.work import ClinicWork, Database
from services.practitioners import service as practitioners
from services.practitioners.kinds import credential_kinds
from services.practitioners.schemas import (
    CredentialPatch,
    CredentialView,
    NewCredential,
    PractitionerView,
)
from web.clinic.desk import desk_page
from web.clinic.field_words import named
from web.clinic.practitioners import MANAGE, home_of, person_values
from web.clinic.walk import leads_to, read_walk
from web.context import AppRequest, ClinicAccess, Visitor, clinic_access
from web.downloads import as_download
from web.forms import Form, check, read_form, words_of
from web.pages import go_to

_LABELS = {
    "kind": N_("Kind"),
    "number": N_("Number"),
    "issuer": N_("Issued by"),
    "jurisdiction": N_("Holds in"),
    "issued_on": N_("Issued on"),
    "expires_on": N_("Expires on"),
}


class CredentialPages(Controller):
    path = "/clinic/{slug:str}/practitioners/{practitioner_id:uuid}/credentials"
    include_in_schema = False

    @get("/new")
    async def new(
        self,
        request: AppRequest,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        access = clinic_access(visitor, slug, MANAGE)
        async with database.begin(access.scope) as work:
            person = await practitioners.get_practitioner(work, practitioner_id)
        return _page(request, visitor, access, person=person, credential=None, form=Form())

    @post("/new")
    async def add(
        self,
        request: AppRequest,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str] | Redirect:
        access = clinic_access(visitor, slug, MANAGE)
        form = await read_form(request)
        async with database.begin(access.scope) as work:
            person = await practitioners.get_practitioner(work, practitioner_id)
        try:
            given = check(form, NewCredential)
            file = form.files.get("file")
            content = await file.read() if file is not None and file.filename else None
            async with database.begin(access.scope) as work:
                before = await read_walk(work, access)
                added = await practitioners.add_credential(work, practitioner_id, given)
                if file is not None and content is not None:
                    await practitioners.add_evidence(work, added.id, file.filename, content)
                onward = await leads_to(work, access, before, f"{home_of(slug)}/{practitioner_id}")
        except InvalidFields as refusal:
            kept = _rejected(form, refusal)
            return _page(request, visitor, access, status=422, person=person, credential=None, form=kept)
        words = "The credential is entered. Next: upload a scan or photo that proves it."
        if content is not None:
            words = "The credential is entered and its evidence kept, private. A moderator checks it."
        return go_to(onward, flash=words)

    @get("/{credential_id:uuid}")
    async def edit(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        credential_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        access = clinic_access(visitor, slug, MANAGE)
        async with database.begin(access.scope) as work:
            person, credential = await _find(work, practitioner_id, credential_id)
        form = Form({**credential.model_dump(), **_renewed_dates(credential)})
        return _page(request, visitor, access, person=person, credential=credential, form=form)

    @post("/{credential_id:uuid}")
    async def update(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        credential_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str] | Redirect:
        access = clinic_access(visitor, slug, MANAGE)
        form = await read_form(request)
        async with database.begin(access.scope) as work:
            person, credential = await _find(work, practitioner_id, credential_id)
        try:
            patch = CredentialPatch.model_validate(check(form, NewCredential).model_dump())
            async with database.begin(access.scope) as work:
                after = await practitioners.update_credential(work, credential_id, patch)
        except InvalidFields as refusal:
            kept = _rejected(form, refusal)
            return _page(
                request, visitor, access, status=422, person=person, credential=credential, form=kept
            )
        unproved = after.verified_at is None and credential.verified_at is not None
        words = "The credential is saved."
        if unproved:
            words = "Saved. It has changed, so it will be checked again."
        elif after.renewal_expires_on is not None:
            words = "The renewal is saved and waits for its check. What was checked counts until then."
        return go_to(f"{home_of(slug)}/{practitioner_id}", flash=words)

    @post("/{credential_id:uuid}/delete")
    async def remove(
        self,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        credential_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Redirect:
        access = clinic_access(visitor, slug, MANAGE)
        async with database.begin(access.scope) as work:
            await _find(work, practitioner_id, credential_id)
            await practitioners.delete_credential(work, credential_id)
        return go_to(
            f"{home_of(slug)}/{practitioner_id}", flash="The credential and its evidence are removed."
        )

    @post("/{credential_id:uuid}/evidence")
    async def upload(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        credential_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str] | Redirect:
        access = clinic_access(visitor, slug, MANAGE)
        form = await read_form(request)
        file = next(iter(form.files.values()), None)
        try:
            if file is None or not file.filename:
                raise InvalidFields.one("file", "missing", "Choose a file first.")
            content = await file.read()
            async with database.begin(access.scope) as work:
                await _find(work, practitioner_id, credential_id)
                await practitioners.add_evidence(work, credential_id, file.filename, content)
        except (InvalidFields, TooMuchEvidence) as refusal:
            words = words_of(refusal)
            async with database.begin(access.scope) as work:
                await _find(work, practitioner_id, credential_id)
                values = await person_values(work, slug, practitioner_id)
            values["upload_errors"] = {f"file-{credential_id}": words}
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
        words = "The evidence is kept, private. Next: a moderator checks it when the clinic is reviewed."
        return go_to(f"{home_of(slug)}/{practitioner_id}", flash=words)

    @get("/{credential_id:uuid}/evidence/{evidence_id:uuid}")
    async def download(
        self,
        *,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        credential_id: FromPath[UUID],
        evidence_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[bytes]:
        access = clinic_access(visitor, slug, MANAGE)
        async with database.begin(access.scope) as work:
            _, credential = await _find(work, practitioner_id, credential_id)
            _has(credential, evidence_id)
            evidence, content = await practitioners.read_evidence(work, evidence_id)
        return as_download(evidence.filename, evidence.content_type, content)

    @post("/{credential_id:uuid}/evidence/{evidence_id:uuid}/delete")
    async def remove_evidence(
        self,
        *,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        credential_id: FromPath[UUID],
        evidence_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Redirect:
        access = clinic_access(visitor, slug, MANAGE)
        async with database.begin(access.scope) as work:
            _, credential = await _find(work, practitioner_id, credential_id)
            _has(credential, evidence_id)
            await practitioners.delete_evidence(work, evidence_id)
        return go_to(f"{home_of(slug)}/{practitioner_id}", flash="The file is removed.")


async def _find(
    work: ClinicWork, practitioner_id: UUID, credential_id: UUID
) -> tuple[PractitionerView, CredentialView]:
    person = await practitioners.get_practitioner(work, practitioner_id)
    for credential in person.credentials:
        if credential.id == credential_id:
            return person, credential
    raise NotFound


def _renewed_dates(credential: CredentialView) -> dict[str, Any]:
    """The dates that wait for their check, where there are any: the form says what was last entered."""
    if credential.renewal_expires_on is None:
        return {}
    return {"issued_on": credential.renewal_issued_on, "expires_on": credential.renewal_expires_on}


def _rejected(form: Form, refusal: InvalidFields) -> Form:
    for error in refusal.errors:
        form.errors.setdefault(error.field, named(error, _LABELS))
    return form


def _has(credential: CredentialView, evidence_id: UUID) -> None:
    if evidence_id not in {item.id for item in credential.evidence}:
        raise NotFound


def _page(
    request: AppRequest, visitor: Visitor, access: ClinicAccess, *, status: int = 200, **values: Any
) -> Response[str]:
    return desk_page(
        request,
        visitor,
        access,
        "clinic/practitioners/credential.html",
        current="practitioners",
        status=status,
        home=home_of(access.slug),
        kinds=credential_kinds(),
        **values,
    )
