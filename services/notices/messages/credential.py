"""Messages to a clinic about its team's credentials: they expire soon, or have expired."""

from __future__ import annotations

from datetime import date

from services.clinics.schemas import ClinicView
from services.kernel.language import day_words, page_address
from services.kernel.language import gettext as _
from services.notices.messages.booking import hello
from services.notices.messages.letter import Letter, write
from services.notices.messages.why import as_address
from services.notices.rules import day_of
from services.notices.schemas import Message
from services.practitioners.kinds import credential_kinds
from services.practitioners.schemas import CredentialView, PractitionerView


def expires_soon(
    clinic: ClinicView, person: PractitionerView, credential: CredentialView, days: int, base_url: str
) -> Message:
    """A checked credential expires; `days` says which of the reminders this is."""
    letter = Letter(
        title=_("{name}: a credential expires on {day}", name=person.name, day=_day(credential)),
        greeting=hello(clinic.name),
        opening=(
            _(
                "A credential of your team expires soon. Unless another one counts for longer, nothing after its last "
                "day is offered or booked with {name}, and when that day is over they are no longer shown.",
                name=person.name,
            ),
        ),
        facts=_facts(credential),
        action=(_("Enter the renewed one"), _address(clinic, person, base_url)),
        closing=(_checked_again(),),
        why=as_address(),
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
    shown = (
        _("{name} is no longer shown, and no new times are offered with them.", name=person.name)
        if off_the_market
        else _("{name} is shown and bookable as before, by another credential.", name=person.name)
    )
    letter = Letter(
        title=_("{name}: a credential has expired", name=person.name),
        greeting=hello(clinic.name),
        opening=(_("The last day of a credential of your team is over."), shown),
        facts=_facts(credential),
        action=(_("Enter the renewed one"), _address(clinic, person, base_url)),
        closing=(*([_kept(visits, person.name)] if visits else []), _checked_again()),
        why=as_address(),
    )
    return _message("credential.lapsed", clinic, credential, letter, 0)


def _kept(visits: int, name: str) -> str:
    """What is still booked with the person."""
    if visits == 1:
        return _(
            "1 visit with {name} from today on stays as booked. "
            "Move it to somebody else, or call it off, if they cannot treat.",
            name=name,
        )
    return _(
        "{n} visits with {name} from today on stay as booked. "
        "Move them to somebody else, or call them off, if they cannot treat.",
        n=visits,
        name=name,
    )


def _checked_again() -> str:
    return _("A renewed credential counts again once a moderator has checked it.")


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
        (_("Credential"), f"{_(names[credential.kind])}, {credential.number}"),
        (_("Issued by"), f"{credential.issuer}, {credential.jurisdiction}"),
        (_("Last day"), _day(credential)),
    )


def _day(credential: CredentialView) -> str:
    day: date | None = credential.expires_on
    return day_words(day) if day else _("not given")


def _address(clinic: ClinicView, person: PractitionerView, base_url: str) -> str:
    return page_address(base_url, f"/clinic/{clinic.slug}/practitioners/{person.id}")
