"""Use cases of visits that a client says took place and the clinic contests: a case, and what it comes to."""

from __future__ import annotations

from uuid import UUID

from services.clinics import service as clinics
from services.kernel.errors import InvalidFields
from services.kernel.language import gettext
from services.kernel.work import ClinicWork
from services.moderation.models import CaseKind
from services.moderation.schemas import CaseView
from services.moderation.service import open_case
from services.reviews import attendance
from services.reviews import service as reviews
from services.scheduling import service as scheduling

LONGEST_WORDS = 4000


async def contest_visit(work: ClinicWork, booking_id: UUID, words: str) -> CaseView:
    """The clinic contests that a visit took place; a moderator decides.

    Raises `InvalidFields` without words, `CannotContest` where the client said nothing, or when it is late.
    """
    text = words.strip()
    if not text:
        raise InvalidFields.one("text", "missing", "Say why: a moderator reads it.")
    if len(text) > LONGEST_WORDS:
        raise InvalidFields.one(
            "text", "too-long", gettext("Use at most {most} characters.", most=LONGEST_WORDS)
        )
    claim = await attendance.contest(work, booking_id)
    booking = await scheduling.get_booking(work, booking_id)
    detail = {
        "source": "clinic",
        "booking_id": str(booking_id),
        "reference": booking.reference,
        "visited_at": booking.starts_at.isoformat(),
        "time_zone": booking.time_zone,
        "marked": claim.marked,
        "asserted_at": claim.asserted_at.isoformat(),
        "text": text,
    }
    return await open_case(work, await clinics.get_clinic(work), CaseKind.VISIT_CONTESTED, booking_id, detail)


async def judge_visit(work: ClinicWork, booking_id: UUID, *, stands: bool) -> None:
    """What was decided: where the visit did not take place, what was written of it goes."""
    for review_id in await attendance.judge(work, booking_id, stands=stands):
        if not stands:
            await reviews.remove_review(work, review_id)
