"""What a decision does: to the case, to the clinic, and to the papers that were checked."""

from __future__ import annotations

from uuid import UUID

from services.clinics import pictures, proofs, standing
from services.clinics import service as clinics
from services.clinics.models import ProofState
from services.clinics.proof_rules import is_given
from services.courses import photo_results
from services.kernel.errors import NotFound
from services.kernel.private_files import PrivateFileView
from services.kernel.work import ClinicWork
from services.moderation import rules
from services.moderation.contesting import judge_visit
from services.moderation.edits import decide_edit
from services.moderation.errors import DecisionDoesNotFit
from services.moderation.events import DECIDED
from services.moderation.models import CaseKind, CaseState, Decision
from services.moderation.repository import CaseRepository
from services.moderation.rules import Matter
from services.moderation.schemas import CaseView, Decide, reason_of
from services.moderation.service import get_case, lock_to_decide, moderator_of
from services.practitioners import credentials, evidence
from services.practitioners import service as practitioners
from services.practitioners.models import CredentialState
from services.reviews import service as reviews


async def decide(work: ClinicWork, case_id: UUID, given: Decide) -> CaseView:
    """Decides a case once, and does to the clinic, or the one thing of it, what was decided.

    Raises `AlreadyDecided`, `OwnClinic`, `OwnDecision` for an appeal against it, `ClaimedByAnother` for any
    moderator but the one who took it, `DecisionDoesNotFit` where what the case is about has no room for the
    decision, and `EditGone` for an edit that the clinic has taken back or changed.
    """
    moderator = moderator_of(work)
    row = await lock_to_decide(work, case_id)
    clinic = await clinics.get_clinic(work)
    matter = rules.matter_of(row.case_kind, row.detail)
    possible = rules.possible_decisions(matter, clinic.status)
    if given.decision not in possible:
        raise DecisionDoesNotFit(possible=list(possible), clinic_status=clinic.status)
    if matter.kind == CaseKind.SENSITIVE_EDIT:
        await decide_edit(work, row.subject_id, given.decision)
    else:
        await _do(work, matter, given)
    await CaseRepository(work).change(
        case_id,
        state=CaseState.DECIDED,
        claimed_by=row.claimed_by or moderator,
        claimed_at=row.claimed_at or work.now,
        decision=given.decision,
        reason=given.reason,
        message=given.message,
        detail={**row.detail, "changes": given.points if given.decision is Decision.REQUEST_CHANGES else []},
        decided_by=moderator,
        decided_at=work.now,
    )
    work.audit("case.decided", "case", case_id, decision=given.decision.value, reason=given.reason)
    work.announce(DECIDED(case_id=case_id))
    return await get_case(work, case_id)


async def _do(work: ClinicWork, matter: Matter, given: Decide) -> None:
    """What the decision changes, by what the case is about."""
    if matter.kind == CaseKind.APPEAL:
        if given.decision is Decision.APPROVE:
            await _undo(work, matter, given)
    elif matter.booking_id is not None:
        await judge_visit(work, matter.booking_id, stands=given.decision is Decision.DISMISS)
    elif matter.review_id is not None or matter.picture_id is not None or matter.result_id is not None:
        if given.decision is Decision.REMOVE:
            await _take_down(work, matter, given)
    elif matter.kind in {CaseKind.CREDENTIAL, CaseKind.PROOF}:
        await _judge_paper(work, matter, given)
    elif not (matter.kind in rules.LAPSES and given.decision is Decision.REQUEST_CHANGES):
        await _do_to_clinic(work, given)


async def _judge_paper(work: ClinicWork, matter: Matter, given: Decide) -> None:
    """A credential or a proof is true, or is not; every other decision leaves it unchecked."""
    match given.decision:
        case Decision.APPROVE if matter.credential_id is not None:
            await credentials.verify_credential(work, matter.credential_id, against=given.checked_against)
        case Decision.APPROVE if matter.proof_id is not None:
            await proofs.verify_proof(work, matter.proof_id)
        case Decision.REJECT if matter.credential_id is not None:
            await credentials.reject_credential(work, matter.credential_id, against=given.checked_against)
        case Decision.REJECT if matter.proof_id is not None:
            await proofs.reject_proof(work, matter.proof_id)


async def _take_down(work: ClinicWork, matter: Matter, given: Decide) -> None:
    """One thing of the clinic is hidden from the public: a review, a picture or a result."""
    why = given.message or reason_of(given.reason).name
    if matter.review_id is not None:
        await reviews.remove_review(work, matter.review_id)
    if matter.picture_id is not None:
        await pictures.take_down(work, matter.picture_id, why)
    if matter.result_id is not None:
        await photo_results.take_down(work, matter.result_id, why)


async def _do_to_clinic(work: ClinicWork, given: Decide) -> None:
    match given.decision:
        case Decision.APPROVE:
            await _verify_papers(work, given.checked_against)
            await standing.publish(work)
        case Decision.REQUEST_CHANGES:
            await standing.request_changes(work, given.points)
        case Decision.REJECT:
            await standing.reject(work)
        case Decision.SUSPEND:
            await standing.suspend(work)
        case Decision.RESTORE:
            await standing.restore(work)
        case Decision.REMOVE:
            await standing.remove(work)
        case Decision.DISMISS:
            pass


async def _undo(work: ClinicWork, matter: Matter, given: Decide) -> None:
    """An appeal was granted: the one thing is back, the credential counts, or the clinic is live (again)."""
    if matter.review_id is not None:
        await reviews.restore_review(work, matter.review_id)
    elif matter.picture_id is not None:
        await pictures.put_back(work, matter.picture_id)
    elif matter.result_id is not None:
        await photo_results.put_back(work, matter.result_id)
    elif matter.credential_id is not None:
        await credentials.verify_credential(work, matter.credential_id, against=given.checked_against)
    elif matter.proof_id is not None:
        await proofs.verify_proof(work, matter.proof_id)
    else:
        if matter.undoes in {Decision.REQUEST_CHANGES, Decision.REJECT}:
            await _verify_papers(work, given.checked_against)
        await standing.reinstate(work)


async def _verify_papers(work: ClinicWork, against: str) -> None:
    """Verifies what was claimed with evidence and has not expired; the rest stays 'not checked'."""
    today = work.now.date()
    for proof in await proofs.list_proofs(work):
        if proof.state is ProofState.UNVERIFIED and is_given(proof.valid_until, len(proof.evidence), today):
            await proofs.verify_proof(work, proof.id)
    for person in await practitioners.list_practitioners(work):
        for found in person.credentials:
            expired = found.expires_on is not None and found.expires_on < today
            if found.state == CredentialState.UNVERIFIED and found.evidence and not expired:
                await credentials.verify_credential(work, found.id, against=against)


async def look_at_evidence(
    work: ClinicWork, case_id: UUID, evidence_id: UUID
) -> tuple[PrivateFileView, bytes]:
    """A private file of the case's clinic, of a credential or of its business; the look is an audit event.

    Raises `NotFound`.
    """
    if await CaseRepository(work).find(case_id) is None:
        raise NotFound
    found: tuple[PrivateFileView, bytes]
    if await proofs.proof_files(work).find(evidence_id) is not None:
        found = await proofs.read_proof_evidence(work, evidence_id)
    else:
        found = await evidence.read_evidence(work, evidence_id)
    work.audit("case.evidence_viewed", "case", case_id, evidence_id=str(evidence_id))
    return found
