"""Messages to people who are asked to join a clinic's team."""

from __future__ import annotations

from services.clinics.rules import INVITATION_LASTS
from services.clinics.schemas import ClinicView, InvitationView
from services.notices.messages.letter import Letter, write
from services.notices.schemas import Message


def invited(clinic: ClinicView, invitation: InvitationView, link: str) -> Message:
    """Asks to join; `link` is absolute. Sent again, it is another message."""
    letter = Letter(
        title=f"{clinic.name} asks you to join its team",
        greeting="Hello,",
        opening=(
            f"{invitation.invited_by} asks you to join the team of {clinic.name} at Needlewise.",
            "Open the link, and sign in or create an account with this address.",
        ),
        facts=(("Clinic", clinic.name), ("Role", invitation.role.replace("_", " ").capitalize())),
        action=("See the invitation", link),
        closing=(f"The link works for {INVITATION_LASTS.days} days.",),
        why="If you do not know this clinic, do nothing: without you the invitation ends by itself.",
    )
    text, html = write(letter)
    return Message("team.invited", invitation.id, invitation.sent, invitation.email, letter.title, text, html)
