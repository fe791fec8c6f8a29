"""What follows a completed visit: aftercare, check-ins, reviews."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.courses import followups
from services.kernel.work import ClinicWork
from services.notices import attendance, upkeep
from services.notices import followups as messages
from services.reviews import service as reviews
from workers.actor import actor


@actor(scope="clinic")
async def send_aftercare(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """On the day."""
    await messages.send_aftercare(work, UUID(ids["booking_id"]))


@actor(scope="clinic")
async def plan_upkeep(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Sets the time at which a course that is over is thought of again."""
    await upkeep.plan_upkeep(work, UUID(ids["booking_id"]))


@actor(scope="clinic")
async def suggest_upkeep(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """To who has allowed it."""
    await upkeep.suggest_upkeep(work, UUID(ids["course_id"]))


@actor(scope="clinic")
async def plan_followups(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Sets the times of the check-ins."""
    await followups.plan_followups(work, UUID(ids["booking_id"]))


@actor(scope="clinic")
async def plan_invitations(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Sets the times of the invitations to a review."""
    await reviews.plan_invitations(work, UUID(ids["booking_id"]))


@actor(scope="clinic")
async def plan_last_invitations(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """A session fell away: its course may be over, and is asked about then."""
    await reviews.plan_last_invitations(work, UUID(ids["booking_id"]))


@actor(scope="clinic")
async def ask_check_in(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Opens a check-in."""
    await followups.ask_check_in(work, UUID(ids["booking_id"]), int(ids["day"]))


@actor(scope="clinic")
async def send_check_in(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Sends its link."""
    await messages.send_check_in(work, UUID(ids["check_in_id"]))


@actor(scope="clinic")
async def warn_clinic(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Tells the clinic of a red flag."""
    await messages.warn_clinic(work, UUID(ids["check_in_id"]))


@actor(scope="clinic")
async def warn_owners(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Tells the owners that nobody has looked at a red flag."""
    await messages.warn_owners(work, UUID(ids["check_in_id"]))


@actor(scope="clinic")
async def invite_to_review(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Opens an invitation."""
    await reviews.invite(work, UUID(ids["booking_id"]), ids["stage"])


@actor(scope="clinic")
async def tell_of_assertion(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Tells the clinic that a client says they were there."""
    await attendance.tell_of_assertion(work, UUID(ids["booking_id"]))


@actor(scope="clinic")
async def invite_who_was_there(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Opens the way to a review for a client who says that they were there."""
    await reviews.invite_who_was_there(work, UUID(ids["booking_id"]))


@actor(scope="clinic")
async def send_invitation(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Sends its link."""
    await messages.send_invitation(work, UUID(ids["invitation_id"]))


@actor(scope="clinic", absorbs=True)
async def count_reviews(work: ClinicWork, _ids: Mapping[str, str]) -> None:
    """Adds what was reviewed to the figures, once: one addition for all reviews of a clinic that wait."""
    await reviews.count_reviews(work)
