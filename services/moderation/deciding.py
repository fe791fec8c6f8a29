"""What a decision does: to the case, to the clinic, and to the credentials that were checked."""

from __future__ import annotations

from uuid import UUID

from services.clinics import service as clinics
from services.clinics import standing
from services.kernel.errors import NotFound
from services.kernel.work import ClinicWork
from services.moderation import rules
from services.moderation.errors import DecisionDoesNotFit
from services.moderation.events import DECIDED
from services.moderation.models import CaseState, Decision
from services.moderation.repository import CaseRepository
from services.moderation.schemas import CaseView, Decide
from services.moderation.service import get_case, lock_to_decide, moderator_of
from services.practitioners import credentials, evidence
from services.practitioners import service as practitioners
from services.practitioners.models import CredentialState
from services.practitioners.schemas import EvidenceView
from services.reviews import service as reviews


async def decide(work: ClinicWork, case_id: UUID, given: Decide) -> CaseView:
    """Decides a case once, and does to the clinic what was decided.

    Raises `AlreadyDecided`, `OwnClinic`, `ClaimedByAnother` for any moderator but the one who took it, and
    `DecisionDoesNotFit` where the kind of case or the clinic's state has no room for the decision.
    """
    moderator = moderator_of(work)
    row = await lock_to_decide(work, case_id)
    clinic = await clinics.get_clinic(work)
    review_id = rules.review_of(row.detail)
    possible = rules.possible_decisions(row.case_kind, clinic.status, about_review=review_id is not None)
    if given.decision not in possible:
        raise DecisionDoesNotFit(possible=list(possible), clinic_status=clinic.status)
    if review_id is None:
        await _do(work, given)
    elif given.decision is Decision.REMOVE:
        await reviews.remove_review(work, review_id)
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


async def _do(work: ClinicWork, given: Decide) -> None:
    match given.decision:
        case Decision.APPROVE:
            await _verify_credentials(work, given.checked_against)
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


async def _verify_credentials(work: ClinicWork, against: str) -> None:
    """Verifies what was claimed with evidence and has not expired; the rest stays 'not checked'."""
    today = work.now.date()
    for person in await practitioners.list_practitioners(work):
        for found in person.credentials:
            expired = found.expires_on is not None and found.expires_on < today
            if found.state == CredentialState.UNVERIFIED and found.evidence and not expired:
                await credentials.verify_credential(work, found.id, against=against)


async def look_at_evidence(work: ClinicWork, case_id: UUID, evidence_id: UUID) -> tuple[EvidenceView, bytes]:
    """A private file of the case's clinic; the look is an audit event. Raises `NotFound`."""
    if await CaseRepository(work).find(case_id) is None:
        raise NotFound
    found = await evidence.read_evidence(work, evidence_id)
    work.audit("case.evidence_viewed", "case", case_id, evidence_id=str(evidence_id))
    return found
