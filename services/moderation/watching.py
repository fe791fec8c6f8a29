"""Cases that the product or the clinic itself opens: a paper to verify, one that runs out, a review."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.clinics import proofs
from services.clinics import service as clinics
from services.clinics.models import ClinicStatus, ProofState
from services.clinics.proof_rules import PROOF_NAMES
from services.clinics.proof_schemas import ProofView
from services.kernel.errors import NotFound
from services.kernel.work import ClinicWork
from services.moderation import rules
from services.moderation.errors import AlreadyFlagged
from services.moderation.models import CaseKind
from services.moderation.repository import CaseRepository
from services.moderation.schemas import CaseView, Flag
from services.moderation.service import open_case
from services.practitioners import service as practitioners
from services.practitioners.models import CredentialState
from services.practitioners.schemas import CredentialView
from services.reviews import service as reviews
from services.reviews.models import ReviewState


async def open_credential_case(work: ClinicWork, credential_id: UUID) -> CaseView | None:
    """A claimed or renewed credential of a listed clinic waits for its check, once there is evidence.

    Gives the case when new.

    Nothing for a clinic on its way to being listed: the case of its listing holds its credentials.
    """
    credential = await _find_credential(work, credential_id)
    if credential is None or not credential.evidence:
        return None
    if credential.state is not CredentialState.UNVERIFIED and credential.renewal_expires_on is None:
        return None
    return await _open_about(work, CaseKind.CREDENTIAL, credential_id, await _of_credential(work, credential))


async def open_lapsing_case(work: ClinicWork, credential_id: UUID, days: int) -> CaseView | None:
    """A checked credential has a week left and was not renewed; gives the case when new."""
    if days != rules.LAPSING_DAYS:
        return None
    credential = await practitioners.find_expiring(work, credential_id, days)
    if credential is None:
        return None
    detail = await _of_credential(work, credential)
    return await _open_about(work, CaseKind.CREDENTIAL_LAPSING, credential_id, detail)


async def open_proof_case(work: ClinicWork, proof_id: UUID) -> CaseView | None:
    """A listed clinic's business paper waits for its check, once there is a file; gives the case when new."""
    proof = await proofs.find_proof(work, proof_id)
    if proof is None or proof.state is not ProofState.UNVERIFIED or not proof.evidence:
        return None
    return await _open_about(work, CaseKind.PROOF, proof_id, _of_proof(proof))


async def open_proof_lapsed_case(work: ClinicWork, proof_id: UUID) -> CaseView | None:
    """A checked proof of a listed clinic has run out; gives the case when new."""
    proof = await proofs.find_proof(work, proof_id)
    if proof is None or proof.state is not ProofState.LAPSED:
        return None
    return await _open_about(work, CaseKind.PROOF_LAPSED, proof_id, _of_proof(proof))


def _of_proof(proof: ProofView) -> dict[str, Any]:
    return {"proof_id": str(proof.id), "proof": PROOF_NAMES[proof.kind], "number": proof.number}


async def _of_credential(work: ClinicWork, credential: CredentialView) -> dict[str, Any]:
    person = await practitioners.get_practitioner(work, credential.practitioner_id)
    return {"credential_id": str(credential.id), "practitioner": person.name, "number": credential.number}


async def _open_about(
    work: ClinicWork, kind: CaseKind, subject_id: UUID, detail: dict[str, Any]
) -> CaseView | None:
    clinic = await clinics.get_clinic(work)
    if clinic.status not in {ClinicStatus.LIVE, ClinicStatus.SUSPENDED}:
        return None
    if await CaseRepository(work).find_open(kind, subject_id) is not None:
        return None
    return await open_case(work, clinic, kind, subject_id, detail)


async def _find_credential(work: ClinicWork, credential_id: UUID) -> CredentialView | None:
    try:
        return await practitioners.get_credential(work, credential_id)
    except NotFound:
        return None


async def flag_review(work: ClinicWork, review_id: UUID, given: Flag) -> CaseView:
    """The clinic asks the moderators to look at a published review. Raises `NotFound`, `AlreadyFlagged`."""
    review = await reviews.get_review(work, review_id)
    if review.state != ReviewState.PUBLISHED:
        raise NotFound
    waiting = await CaseRepository(work).find_open(CaseKind.REVIEW_FLAGGED, review_id)
    if waiting is not None and waiting.detail.get("source") == "clinic":
        raise AlreadyFlagged
    detail: dict[str, Any] = {
        "reason": given.reason,
        "text": given.text,
        "email": "",
        "source": "clinic",
        "review_id": str(review_id),
    }
    return await open_case(work, await clinics.get_clinic(work), CaseKind.REVIEW_FLAGGED, review_id, detail)
