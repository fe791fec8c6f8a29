"""Who of a clinic's team is on the market: those with a verified credential that has not expired."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from services.marketplace import rules
from services.practitioners.schemas import CredentialView, PractitionerView


def current_credentials(person: PractitionerView, today: date) -> list[CredentialView]:
    """A practitioner's credentials that a moderator verified and that have not expired."""
    return [
        credential
        for credential in person.credentials
        if rules.public_state(credential.state, credential.expires_on, today) == "verified"
    ]


def on_the_market(people: Iterable[PractitionerView], today: date) -> list[PractitionerView]:
    """Those whom the public sees: without a credential that counts, nobody is shown or found."""
    return [person for person in people if current_credentials(person, today)]
