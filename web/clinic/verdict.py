"""Why a clinic stands where it stands: the moderators' last decision about the whole of it, with their words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.kernel.work import ClinicWork
from services.moderation import appeals, rules
from services.moderation import service as moderation
from services.moderation.schemas import reason_of


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision in words. `appeal_url` is empty once nothing can be appealed any more."""

    reason: str
    message: str
    decided_at: datetime | None
    appeal_url: str | None


async def load_verdict(work: ClinicWork, clinic_status: str) -> Verdict | None:
    """The decision that put the clinic at this status; nothing where it got there by itself."""
    if clinic_status not in rules.LEFT_BY_A_DECISION:
        return None
    case = await moderation.find_standing_case(work, clinic_status)
    if case is None or case.reason is None:
        return None
    return Verdict(
        reason=reason_of(case.reason).name,
        message=case.message or "",
        decided_at=case.decided_at,
        appeal_url=await appeals.find_appeal_link(work, case.id),
    )
