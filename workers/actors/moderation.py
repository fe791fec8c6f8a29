"""Actors of moderation: the clinic hears that its listing is being looked at, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.clinics import service as clinics
from services.kernel.work import ClinicWork
from services.moderation import service as moderation
from services.moderation.models import CaseKind, Decision
from services.moderation.schemas import decision_name, reason_of
from services.notices import service as notices
from services.notices.messages import moderation as messages
from workers.actor import actor


@actor(scope="clinic")
async def confirm_submission(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Tells the clinic that its listing is with the moderators; a report from the public is not told."""
    case = await moderation.get_case(work, UUID(ids["case_id"]))
    if case.kind is CaseKind.NEW_LISTING:
        clinic = await clinics.get_clinic(work)
        await notices.queue(work, messages.submitted(clinic, case.id, work.tools.base_url))


@actor(scope="clinic")
async def send_decision(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Tells the clinic what was decided and why; a report that was dismissed is not told."""
    case = await moderation.get_case(work, UUID(ids["case_id"]))
    if case.decision is None or case.reason is None or case.decision is Decision.DISMISS:
        return
    message = messages.decided(
        await clinics.get_clinic(work),
        case.id,
        work.tools.base_url,
        decision=decision_name(case.decision),
        reason=reason_of(case.reason).name,
        message=case.message or "",
    )
    await notices.queue(work, message)
