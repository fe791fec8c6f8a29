"""Messages about one's own data. They say what was done in counts; nothing of health, and to a clinic no name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import NAMESPACE_URL, UUID, uuid5

from services.clinics.schemas import ClinicView
from services.kernel.language import N_, page_address
from services.kernel.language import gettext as _
from services.notices.messages.letter import Letter, Section, write
from services.notices.messages.why import as_owner
from services.notices.rules import once_a_minute, one_each
from services.notices.schemas import Message


class Reason(Protocol):
    """Why something stays: in words, how long, and on what grounds."""

    @property
    def text(self) -> str: ...
    @property
    def period(self) -> str: ...
    @property
    def grounds(self) -> str: ...


def link(email: str, url: str, now: datetime, *, has_account: bool) -> Message:
    """The way in to what is held of an address; once a minute. Who has an account is led to signing in."""
    way = (
        (_("This address belongs to an account. Sign in to see, take or erase your data."),)
        if has_account
        else (_("Open the link to see what clinics hold of you, to take it along, or to have it erased."),)
    )
    letter = Letter(
        title=_("Your data at Needlewise"),
        greeting=_("Hello,"),
        opening=(_("Somebody asked at Needlewise for what is held of this address."), *way),
        action=(_("See my data"), url),
        closing=() if has_account else (_("The link works for a day. Keep it to yourself."),),
        why=_("If you did not ask for it, do nothing: it went to you alone, and nothing has changed."),
    )
    subject = uuid5(NAMESPACE_URL, f"own-data:{email.lower()}")
    return _message("privacy.link", subject, email, letter, once_a_minute(now))


def export_ready(request_id: UUID, email: str, url: str) -> Message:
    """The document is made."""
    letter = Letter(
        title=_("Your data is ready"),
        greeting=_("Hello,"),
        opening=(_("Everything that is held of you at Needlewise is gathered: to read, and as a file."),),
        action=(_("See my data"), url),
        closing=(_("It is kept for seven days and then deleted."),),
        why=_("You get this because you asked for it."),
    )
    return _message("privacy.export_ready", request_id, email, letter)


def erased(
    request_id: UUID, email: str, url: str, report: Mapping[str, Any], reasons: Mapping[str, Reason]
) -> Message:
    """The last message to a person whose data is gone: what went, and what stays for which reason."""
    gone = (
        _("Clinics whose records of you were cleared: {n}", n=report["clinics"]),
        _(
            "Keys destroyed, so that health answers, notes and signatures can be read by nobody: {n}",
            n=report["keys"],
        ),
        _("Visits that lay ahead, cancelled: {n}", n=report["cancelled"]),
    )
    stays = tuple(f"{_(one.text)} {_(one.period)}. {_(one.grounds)}." for one in reasons.values())
    letter = Letter(
        title=_("Your data is erased"),
        greeting=_("Hello,"),
        opening=(_("What was held of you at Needlewise is erased. This cannot be undone."),),
        sections=(Section(_("What went"), gone), Section(_("What stays, without your name, and why"), stays)),
        action=(_("See the report"), url),
        closing=(
            _("This is our last message. The address it went to is forgotten a day after it was sent."),
        ),
        why=_("You get this because you asked for the erasure."),
    )
    return _message("privacy.erased", request_id, email, letter)


def client_erased(clinic: ClinicView, request_id: UUID, email: str, base_url: str) -> Message:
    """To one owner: a client is gone, and what that means for the clinic. Nobody is named."""
    letter = Letter(
        title=_("A client's data was erased"),
        greeting=_("Hello,"),
        opening=(
            _(
                "A client of {clinic} has had their data erased, as the law allows them to.",
                clinic=clinic.name,
            ),
            _("Their record has no name, address or phone any more. Visits that lay ahead are cancelled."),
            _("Health answers, notes and messages can be read by nobody."),
        ),
        sections=(
            Section(
                _("What stays"),
                (
                    _("Dates, prices and states of visits, for your accounts and figures"),
                    _("The cartridge lot of each session, without a name, so that a lot can be traced"),
                    _("Ratings, without a name"),
                ),
            ),
        ),
        action=(_("See the report"), page_address(base_url, f"/clinic/{clinic.slug}/retention")),
        closing=(
            _("If you keep copies elsewhere, on paper or in other programs, erase them there as well."),
        ),
        why=as_owner(),
    )
    subject = uuid5(NAMESPACE_URL, f"{request_id}/{clinic.clinic_id}/{email}")
    return _message("privacy.client_erased", subject, email, letter)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A consent that was withdrawn: whose, which entry of the log, for what."""

    client_id: UUID
    consent_id: UUID
    purpose: str


# What a consent was for, and what it means that it is withdrawn.
_PURPOSES = {
    "treatment": (
        N_("treatment"),
        N_("They cannot be treated until they give it again. Visits that lie ahead stay booked."),
    ),
    "photos": (N_("photos"), N_("Take no more photos of them, and show none of those you have.")),
    "marketing": (N_("messages about more than visits"), N_("Write to them about their visits alone.")),
}


def consent_withdrawn(clinic: ClinicView, withdrawn: Withdrawn, email: str, base_url: str) -> Message:
    """To one owner: a client has withdrawn a consent. The name is behind the link alone."""
    purpose, means = (_(words) for words in _PURPOSES[withdrawn.purpose])
    letter = Letter(
        title=_("A client has withdrawn a consent: {purpose}", purpose=purpose),
        greeting=_("Hello,"),
        opening=(
            _(
                "A client of {clinic} has withdrawn their consent ({purpose}). It holds from now on.",
                clinic=clinic.name,
                purpose=purpose,
            ),
            means,
        ),
        action=(
            _("Open the record"),
            page_address(base_url, f"/clinic/{clinic.slug}/clients/{withdrawn.client_id}"),
        ),
        why=as_owner(),
    )
    subject = one_each(withdrawn.consent_id, email)
    return _message("consent.withdrawn", subject, email, letter)


def _message(kind: str, subject_id: UUID, recipient: str, letter: Letter, version: int = 0) -> Message:
    text, html = write(letter)
    return Message(kind, subject_id, version, recipient, letter.title, text, html)
