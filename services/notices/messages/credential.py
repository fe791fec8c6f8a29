"""Messages to a clinic about its team's credentials: they expire soon, or have expired."""

from __future__ import annotations

from datetime import date

from services.clinics.schemas import ClinicView
from services.kernel.language import day_words
from services.notices.messages.letter import Letter, write
from services.notices.rules import day_of
from services.notices.schemas import Message
from services.practitioners.kinds import credential_kinds
from services.practitioners.schemas import CredentialView, PractitionerView

_WHY = "You get this because this is the clinic's address at Needlewise."
_CHECKED_AGAIN = "A renewed credential counts again once a moderator has checked it."


def expires_soon(
    clinic: ClinicView, person: PractitionerView, credential: CredentialView, days: int, base_url: str
) -> Message:
    """A checked credential expires; `days` says which of the reminders this is."""
    letter = Letter(
        title=f"{person.name}: a credential expires on {_day(credential)}",
        greeting=f"Hello {clinic.name},",
        opening=(
            (
                "A credential of your team expires soon. Unless another one counts for longer, nothing after its last "
                f"day is offered or booked with {person.name}, and when that day is over they are no longer shown."
            ),
        ),
        facts=_facts(credential),
        action=("Enter the renewed one", _address(clinic, person, base_url)),
        closing=(_CHECKED_AGAIN,),
        why=_WHY,
    )
    return _message("credential.expires_soon", clinic, credential, letter, days)


def lapsed(
    clinic: ClinicView,
    person: PractitionerView,
    credential: CredentialView,
    base_url: str,
    *,
    off_the_market: bool,
    visits: int,
) -> Message:
    """A credential's last day is over. `visits` are those still to come with the person."""
    shown = f"{person.name} is shown and bookable as before, by another credential."
    if off_the_market:
        shown = f"{person.name} is no longer shown, and no new times are offered with them."
    kept = (
        f"{visits} visit{'s' if visits != 1 else ''} with {person.name} from today on stay as booked. "
        "Move them to somebody else, or call them off, if they cannot treat."
    )
    letter = Letter(
        title=f"{person.name}: a credential has expired",
        greeting=f"Hello {clinic.name},",
        opening=("The last day of a credential of your team is over.", shown),
        facts=_facts(credential),
        action=("Enter the renewed one", _address(clinic, person, base_url)),
        closing=(*([kept] if visits else []), _CHECKED_AGAIN),
        why=_WHY,
    )
    return _message("credential.lapsed", clinic, credential, letter, 0)


def _message(kind: str, clinic: ClinicView, credential: CredentialView, letter: Letter, days: int) -> Message:
    text, html = write(letter)
    return Message(
        kind,
        credential.id,
        day_of(credential.expires_on) * 100 + days,
        clinic.email,
        letter.title,
        text,
        html,
    )


def _facts(credential: CredentialView) -> tuple[tuple[str, str], ...]:
    names = {kind.code: kind.name for kind in credential_kinds()}
    return (
        ("Credential", f"{names[credential.kind]}, {credential.number}"),
        ("Issued by", f"{credential.issuer}, {credential.jurisdiction}"),
        ("Last day", _day(credential)),
    )


def _day(credential: CredentialView) -> str:
    day: date | None = credential.expires_on
    return day_words(day) if day else "not given"


def _address(clinic: ClinicView, person: PractitionerView, base_url: str) -> str:
    return f"{base_url}/clinic/{clinic.slug}/practitioners/{person.id}"
