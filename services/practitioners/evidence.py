"""Use cases of evidence: private files that prove a credential, typed by content, each look recorded."""

from __future__ import annotations

from uuid import UUID

from services.kernel.errors import NotFound
from services.kernel.private_files import PrivateFiles
from services.kernel.work import ClinicWork
from services.practitioners.events import CHANGED, CREDENTIAL_CLAIMED, EVIDENCE_REMOVED
from services.practitioners.models import Evidence
from services.practitioners.repository import CredentialRepository
from services.practitioners.schemas import EvidenceView


def evidence_files(work: ClinicWork) -> PrivateFiles:
    """The files that prove the clinic's credentials."""
    return PrivateFiles(work, Evidence, "credential_id")


async def add_evidence(work: ClinicWork, credential_id: UUID, filename: str, content: bytes) -> EvidenceView:
    """Keeps a file as evidence. Its type is what its content shows; its name is cleaned.

    Raises `NotFound`, `TooMuchEvidence`, or `InvalidFields` for a file that is empty, larger than 10 MB, or not
    a whole PDF, JPEG or PNG.
    """
    credential = await CredentialRepository(work).find(credential_id, lock=True)
    if credential is None:
        raise NotFound
    files = evidence_files(work)
    evidence_id = await files.keep(credential_id, filename, content)
    work.announce(CHANGED(practitioner_id=credential.practitioner_id))
    work.announce(CREDENTIAL_CLAIMED(credential_id=credential_id))
    return EvidenceView.model_validate(await files.get(evidence_id))


async def read_evidence(work: ClinicWork, evidence_id: UUID) -> tuple[EvidenceView, bytes]:
    """A file of evidence with its content; the look is an audit event. Raises `NotFound`."""
    row, content = await evidence_files(work).read(evidence_id)
    return EvidenceView.model_validate(row), content


async def delete_evidence(work: ClinicWork, evidence_id: UUID) -> None:
    """Removes a file of evidence; its content is erased after the commit. Raises `NotFound`."""
    files = evidence_files(work)
    row = await files.get(evidence_id)
    credential = await CredentialRepository(work).find(row.credential_id, lock=True)
    if credential is None:
        raise NotFound
    await files.remove(evidence_id)
    work.announce(EVIDENCE_REMOVED(evidence_id=evidence_id))
    work.announce(CHANGED(practitioner_id=credential.practitioner_id))


async def erase_evidence_file(work: ClinicWork, evidence_id: UUID) -> None:
    """Erases the content of evidence whose row is gone; leaves the file of one that is still there."""
    await evidence_files(work).erase(evidence_id)
