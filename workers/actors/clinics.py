"""What follows in a clinic's team."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.clinics import service as clinics
from services.kernel.errors import NotFound
from services.kernel.work import ClinicWork
from services.notices import service as notices
from services.notices.messages import team
from workers.actor import actor


@actor(scope="clinic")
async def invite_to_team(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Sends the invitation, unless it was withdrawn or taken up meanwhile."""
    try:
        invitation = await clinics.get_invitation(work, UUID(ids["invitation_id"]))
    except NotFound:
        return
    link = clinics.invitation_link(work, invitation)
    await notices.queue(work, team.invited(await clinics.get_clinic(work), invitation, link))
