"""Messages to people who are asked to join a clinic's team."""

from __future__ import annotations

from services.clinics.rules import INVITATION_LASTS, ROLE_NAMES
from services.clinics.schemas import ClinicView, InvitationView
from services.kernel.language import gettext as _
from services.notices.messages.letter import Letter, write
from services.notices.schemas import Message


def invited(clinic: ClinicView, invitation: InvitationView, link: str) -> Message:
    """Asks to join; `link` is absolute. Sent again, it is another message."""
    letter = Letter(
        title=_("{clinic} asks you to join its team", clinic=clinic.name),
        greeting=_("Hello,"),
        opening=(
            _(
                "{who} asks you to join the team of {clinic} at Needlewise.",
                who=invitation.invited_by,
                clinic=clinic.name,
            ),
            _("Open the link, and sign in or create an account with this address."),
        ),
        facts=((_("Clinic"), clinic.name), (_("Role"), _(ROLE_NAMES[invitation.role]))),
        action=(_("See the invitation"), link),
        closing=(_("The link works for {n} days.", n=INVITATION_LASTS.days),),
        why=_("If you do not know this clinic, do nothing: without you the invitation ends by itself."),
    )
    text, html = write(letter)
    return Message("team.invited", invitation.id, invitation.sent, invitation.email, letter.title, text, html)
