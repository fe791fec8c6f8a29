"""Use cases of evidence: private files that prove a credential, typed by content, each look recorded."""

from __future__ import annotations

import hashlib
from uuid import UUID

from services.kernel.errors import InvalidFields, NotFound
from services.kernel.ids import new_id
from services.kernel.work import ClinicWork
from services.practitioners import rules
from services.practitioners.errors import TooMuchEvidence
from services.practitioners.events import CHANGED, CREDENTIAL_CLAIMED, EVIDENCE_REMOVED
from services.practitioners.repository import CredentialRepository
from services.practitioners.schemas import EvidenceView

MOST_FILES = 10


def storage_key(clinic_id: UUID, evidence_id: UUID) -> str:
    """Where a file lies in the private storage: nothing of its name or owner is in it."""
    return f"{clinic_id}/{evidence_id}"


async def add_evidence(work: ClinicWork, credential_id: UUID, filename: str, content: bytes) -> EvidenceView:
    """Keeps a file as evidence. Its type is what its content shows; its name is cleaned.

    Raises `NotFound`, `TooMuchEvidence`, or `InvalidFields` for a file that is empty, larger than 10 MB, or not
    a whole PDF, JPEG or PNG.
    """
    credentials = CredentialRepository(work)
    credential = await credentials.find(credential_id, lock=True)
    if credential is None:
        raise NotFound
    problem = rules.evidence_problem(content)
    if problem is not None:
        raise InvalidFields([problem])
    if len(await credentials.evidence_of([credential_id])) >= MOST_FILES:
        raise TooMuchEvidence
    evidence_id, content_type = new_id(), str(rules.type_of(content))
    key = storage_key(work.scope.clinic_id, evidence_id)
    await work.tools.storage.put(key, content, content_type)
    await credentials.add_evidence(
        id=evidence_id,
        credential_id=credential_id,
        filename=rules.clean_filename(filename, content_type),
        content_type=content_type,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        storage_key=key,
    )
    work.audit("evidence.add", "evidence", evidence_id, credential_id=str(credential_id), size=len(content))
    work.announce(CHANGED(practitioner_id=credential.practitioner_id))
    work.announce(CREDENTIAL_CLAIMED(credential_id=credential_id))
    return await _get(work, evidence_id)


async def read_evidence(work: ClinicWork, evidence_id: UUID) -> tuple[EvidenceView, bytes]:
    """A file of evidence with its content; the look is an audit event. Raises `NotFound`."""
    row = await CredentialRepository(work).find_evidence(evidence_id)
    if row is None:
        raise NotFound
    try:
        content = await work.tools.storage.get(row.storage_key)
    except KeyError as error:
        raise NotFound from error
    work.audit("evidence.read", "evidence", evidence_id, credential_id=str(row.credential_id))
    return EvidenceView.model_validate(row), content


async def delete_evidence(work: ClinicWork, evidence_id: UUID) -> None:
    """Removes a file of evidence; its content is erased after the commit. Raises `NotFound`."""
    credentials = CredentialRepository(work)
    row = await credentials.find_evidence(evidence_id)
    credential = None if row is None else await credentials.find(row.credential_id, lock=True)
    if row is None or credential is None:
        raise NotFound
    await credentials.remove_evidence(evidence_id)
    work.audit("evidence.delete", "evidence", evidence_id, credential_id=str(row.credential_id))
    work.announce(EVIDENCE_REMOVED(evidence_id=evidence_id))
    work.announce(CHANGED(practitioner_id=credential.practitioner_id))


async def erase_evidence_file(work: ClinicWork, evidence_id: UUID) -> None:
    """Erases the content of evidence whose row is gone; leaves the file of one that is still there."""
    if await CredentialRepository(work).find_evidence(evidence_id) is None:
        await work.tools.storage.delete(storage_key(work.scope.clinic_id, evidence_id))


async def _get(work: ClinicWork, evidence_id: UUID) -> EvidenceView:
    row = await CredentialRepository(work).find_evidence(evidence_id)
    if row is None:
        raise NotFound
    return EvidenceView.model_validate(row)
