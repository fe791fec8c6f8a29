"""What follows from invitations to a team, from business papers by time, from pictures, and from closing a clinic."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.clinics import pictures, proofs
from services.clinics import service as clinics
from services.clinics.models import ClinicStatus
from services.kernel.errors import NotFound
from services.kernel.language import speaking
from services.kernel.work import ClinicWork
from services.notices import proofs as telling
from services.notices import service as notices
from services.notices.messages import closing, team
from services.notices.team import tell_owners
from services.scheduling import changes
from workers.actor import actor


@actor(scope="clinic")
async def invite_to_team(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Sends the invitation, unless it was withdrawn or taken up meanwhile."""
    try:
        invitation = await clinics.get_invitation(work, UUID(ids["invitation_id"]))
    except NotFound:
        return
    clinic = await clinics.get_clinic(work)
    with speaking(await clinics.find_invited_language(work, invitation)):
        message = team.invited(clinic, invitation, clinics.invitation_link(work, invitation))
    await notices.queue(work, message)


@actor(scope="clinic")
async def lapse_proof(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """The last day of a business paper is over."""
    await proofs.lapse_proof(work, UUID(ids["proof_id"]))


@actor(scope="clinic")
async def remind_of_proof(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """The owners are reminded of a business paper that runs out."""
    await telling.remind_of_proof(work, UUID(ids["proof_id"]), int(ids["days"]))


@actor(scope="clinic")
async def tell_of_lapsed_proof(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """The owners hear that a business paper has run out."""
    await telling.tell_of_lapsed_proof(work, UUID(ids["proof_id"]))


@actor(scope="clinic")
async def erase_proof_file(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """A file of a business paper was removed: its content goes too."""
    await proofs.erase_proof_file(work, UUID(ids["evidence_id"]))


@actor(scope="clinic")
async def cancel_what_lies_ahead(work: ClinicWork, _ids: Mapping[str, str]) -> None:
    """The clinic has closed: nobody is treated there any more, and each client is told."""
    if (await clinics.get_clinic(work)).status == ClinicStatus.CLOSED:
        await changes.cancel_all_ahead(work, closing.WHY_CANCELLED)


@actor(scope="clinic")
async def confirm_closing(work: ClinicWork, _ids: Mapping[str, str]) -> None:
    """Tells the owners that the clinic is closed, and what that means."""
    clinic = await clinics.get_clinic(work)
    if clinic.status == ClinicStatus.CLOSED and clinic.closed_at is not None:
        base_url = work.tools.base_url
        await tell_owners(work, lambda email: closing.closed(clinic, email, base_url))


@actor(scope="clinic")
async def develop_picture(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """A picture was uploaded: the files that are shown are made of it."""
    await pictures.develop_picture(work, UUID(ids["picture_id"]))


@actor(scope="clinic")
async def erase_picture_files(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """A picture was removed: its files go too."""
    await pictures.erase_picture_files(work, UUID(ids["picture_id"]))
