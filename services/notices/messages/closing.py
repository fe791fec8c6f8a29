"""Messages about a clinic that closes."""

from __future__ import annotations

from services.clinics.schemas import ClinicView
from services.kernel.language import N_, page_address
from services.kernel.language import gettext as _
from services.notices.messages.letter import Letter, write
from services.notices.messages.why import as_owner
from services.notices.rules import one_each
from services.notices.schemas import Message

# Said in the language of whoever reads why.
WHY_CANCELLED = N_("The clinic has closed.")


def closed(clinic: ClinicView, email: str, base_url: str) -> Message:
    """To one owner, once a closing."""
    letter = Letter(
        title=_("{clinic} is closed at Needlewise", clinic=clinic.name),
        greeting=_("Hello,"),
        opening=(
            _("An owner has closed the clinic. Its page is gone from search and from the web."),
            _("Every visit that lay ahead is cancelled, and each client has been told."),
        ),
        action=(_("Open the workspace"), page_address(base_url, f"/clinic/{clinic.slug}")),
        closing=(
            _(
                "Records of treatments stay for as long as the law asks for. You can still read and export them."
            ),
            _(
                "If this was a mistake, or you open again, answer to this message: a moderator can reopen the clinic."
            ),
        ),
        why=as_owner(),
    )
    text, html = write(letter)
    version = int(clinic.closed_at.timestamp()) if clinic.closed_at else 0
    subject_id = one_each(clinic.clinic_id, email)
    return Message("clinic.closed", subject_id, version, email, letter.title, text, html)
