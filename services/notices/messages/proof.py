"""Messages to a clinic's owners about the papers of their business: they run out soon, or have run out."""

from __future__ import annotations

from datetime import date

from services.clinics.proof_rules import PROOF_NAMES
from services.clinics.proof_schemas import ProofView
from services.clinics.schemas import ClinicView
from services.kernel.language import day_words
from services.notices.messages.letter import Letter, write
from services.notices.rules import day_of, one_each
from services.notices.schemas import Message

_WHY = "You get this because you are an owner of this clinic at Needlewise."
_CHECKED_AGAIN = "The renewed paper counts once a moderator has checked it; that takes up to two days."


def expires_soon(clinic: ClinicView, proof: ProofView, days: int, email: str, base_url: str) -> Message:
    """A checked paper runs out; `days` says which of the reminders this is."""
    name = PROOF_NAMES[proof.kind]
    letter = Letter(
        title=f"{name}: valid until {_day(proof.valid_until)}",
        greeting=f"Hello {clinic.name},",
        opening=(
            "A paper of your business runs out soon.",
            (
                "After its last day your page no longer says that business and insurance are checked, "
                "and a moderator looks at it."
            ),
        ),
        facts=_facts(proof),
        action=("Enter the renewed one", f"{base_url}/clinic/{clinic.slug}/business"),
        closing=(_CHECKED_AGAIN,),
        why=_WHY,
    )
    return _message("proof.expires_soon", proof, letter, days, email)


def lapsed(clinic: ClinicView, proof: ProofView, days: int, email: str, base_url: str) -> Message:
    """A paper's last day is over."""
    letter = Letter(
        title=f"{PROOF_NAMES[proof.kind]}: run out",
        greeting=f"Hello {clinic.name},",
        opening=(
            "The last day of a paper of your business is over.",
            "Your page no longer says that business and insurance are checked. A moderator has been told.",
        ),
        facts=_facts(proof),
        action=("Enter the renewed one", f"{base_url}/clinic/{clinic.slug}/business"),
        closing=(_CHECKED_AGAIN,),
        why=_WHY,
    )
    return _message("proof.lapsed", proof, letter, days, email)


def _message(kind: str, proof: ProofView, letter: Letter, days: int, email: str) -> Message:
    text, html = write(letter)
    subject_id = one_each(proof.id, email)
    return Message(kind, subject_id, day_of(proof.valid_until) * 100 + days, email, letter.title, text, html)


def _facts(proof: ProofView) -> tuple[tuple[str, str], ...]:
    return (
        ("Paper", f"{PROOF_NAMES[proof.kind]}, {proof.number}"),
        ("Issued by", proof.issuer),
        ("Last day", _day(proof.valid_until)),
    )


def _day(day: date | None) -> str:
    return day_words(day) if day else "not given"
