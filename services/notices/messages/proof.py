"""Messages to a clinic's owners about the papers of their business: they run out soon, or have run out."""

from __future__ import annotations

from datetime import date

from services.clinics.proof_rules import PROOF_NAMES
from services.clinics.proof_schemas import ProofView
from services.clinics.schemas import ClinicView
from services.kernel.language import day_words, page_address
from services.kernel.language import gettext as _
from services.notices.messages.booking import hello
from services.notices.messages.letter import Letter, write
from services.notices.messages.why import as_owner
from services.notices.rules import day_of, one_each
from services.notices.schemas import Message


def expires_soon(clinic: ClinicView, proof: ProofView, days: int, email: str, base_url: str) -> Message:
    """A checked paper runs out; `days` says which of the reminders this is."""
    letter = Letter(
        title=_("{paper}: valid until {day}", paper=_name(proof), day=_day(proof.valid_until)),
        greeting=hello(clinic.name),
        opening=(
            _("A paper of your business runs out soon."),
            _(
                "After its last day your page no longer says that business and insurance are checked, "
                "and a moderator looks at it."
            ),
        ),
        facts=_facts(proof),
        action=(_("Enter the renewed one"), page_address(base_url, f"/clinic/{clinic.slug}/business")),
        closing=(_checked_again(),),
        why=as_owner(),
    )
    return _message("proof.expires_soon", proof, letter, days, email)


def lapsed(clinic: ClinicView, proof: ProofView, days: int, email: str, base_url: str) -> Message:
    """A paper's last day is over."""
    letter = Letter(
        title=_("{paper}: run out", paper=_name(proof)),
        greeting=hello(clinic.name),
        opening=(
            _("The last day of a paper of your business is over."),
            _("Your page no longer says that business and insurance are checked. A moderator has been told."),
        ),
        facts=_facts(proof),
        action=(_("Enter the renewed one"), page_address(base_url, f"/clinic/{clinic.slug}/business")),
        closing=(_checked_again(),),
        why=as_owner(),
    )
    return _message("proof.lapsed", proof, letter, days, email)


def _name(proof: ProofView) -> str:
    return _(PROOF_NAMES[proof.kind])


def _checked_again() -> str:
    return _("The renewed paper counts once a moderator has checked it; that takes up to two days.")


def _message(kind: str, proof: ProofView, letter: Letter, days: int, email: str) -> Message:
    text, html = write(letter)
    subject_id = one_each(proof.id, email)
    return Message(kind, subject_id, day_of(proof.valid_until) * 100 + days, email, letter.title, text, html)


def _facts(proof: ProofView) -> tuple[tuple[str, str], ...]:
    return (
        (_("Paper"), f"{_name(proof)}, {proof.number}"),
        (_("Issued by"), proof.issuer),
        (_("Last day"), _day(proof.valid_until)),
    )


def _day(day: date | None) -> str:
    return day_words(day) if day else _("not given")
