"""Who treats: names, credentials and hours; and names for the people who come."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import NamedTuple

from infra.ops.seed.making import Making
from infra.ops.seed.sheets import Values
from services.kernel.expiry_rules import lapses_at
from services.kernel.models import Timer
from services.practitioners.events import CREDENTIAL_LAPSES
from services.practitioners.models import Credential, CredentialState, Practitioner, PractitionerHours

_TITLES = {
    "dermatologist": ("Consultant dermatologist", "Dermatologist"),
    "plastic_surgeon": ("Plastic surgeon",),
    "physician": ("Physician", "Aesthetic physician"),
    "nurse_practitioner": ("Nurse practitioner",),
    "physician_assistant": ("Physician assistant",),
    "registered_nurse": ("Aesthetic nurse", "Registered nurse", "Independent prescriber"),
    "licensed_aesthetician": ("Licensed aesthetician",),
    "accredited_practitioner": ("Skin practitioner",),
}
_OFTEN = {
    "US": (14, 3, 8, 14, 14, 26, 21, 0),
    "GB": (14, 4, 12, 8, 0, 46, 0, 16),
    "ES": (24, 6, 26, 0, 0, 40, 0, 4),
    "IE": (16, 4, 20, 6, 0, 46, 0, 8),
}
_DOCTORS = frozenset({"dermatologist", "plastic_surgeon", "physician"})
_PART_TIME = ((0, 1, 2), (2, 3, 4), (0, 2, 4), (1, 3), (0, 1, 2, 3))
_VERIFIED, _LAPSED = 0.9, 0.94

Opening = tuple[int, time, time]


class Treating(NamedTuple):
    """A practitioner with credentials and hours, as rows."""

    row: Values
    credentials: list[Values]
    hours: list[Values]

    def may_treat_on(self, weekday: int) -> bool:
        """Whether they are checked, and work on that day."""
        checked = self.credentials[0]["state"] == CredentialState.VERIFIED
        return checked and any(span["weekday"] == weekday for span in self.hours)


def add_practitioners(
    making: Making, location: Values, openings: list[Opening], count: int
) -> list[Treating]:
    """So many people who treat; the first is checked and works whenever it is open."""
    return [_add_one(making, location, openings, number) for number in range(count)]


def _add_one(making: Making, location: Values, openings: list[Opening], number: int) -> Treating:
    chance, at = making.chance, location["created_at"] + timedelta(minutes=number)
    (kind,) = chance.choices(tuple(_TITLES), _OFTEN[making.town.country.code])
    title, since = chance.choice(_TITLES[kind]), chance.randint(2009, at.year - 1)
    name = making.name()
    row = making.add(
        Practitioner,
        id=chance.id_at(at),
        name=f"Dr {name}" if kind in _DOCTORS else name,
        title=title,
        bio=f"{title}; needling since {since}.",
        needling_since_year=since,
        sessions_before=(at.year - since) * chance.randint(30, 140),
        created_at=at,
    )
    days = (
        {day for day, _, _ in openings} if number == 0 or chance.happens(0.6) else chance.choice(_PART_TIME)
    )
    hours = [
        making.add(
            PractitionerHours,
            practitioner_id=row["id"],
            location_id=location["id"],
            weekday=day,
            opens=opens,
            closes=closes,
        )
        for day, opens, closes in openings
        if day in days
    ]
    return Treating(row, [_add_credential(making, row, kind, number)], hours)


def _add_credential(making: Making, person: Values, kind: str, number: int) -> Values:
    chance, town = making.chance, making.town
    fate = 0.0 if number == 0 else chance.random()
    lapsed = _VERIFIED <= fate < _LAPSED
    expires_on = making.now.date() + timedelta(
        days=-chance.randint(3, 200) if lapsed else chance.randint(40, 1100)
    )
    state = (
        CredentialState.LAPSED if lapsed else CredentialState.VERIFIED if fate < _VERIFIED else "unverified"
    )
    at = person["created_at"] + timedelta(days=1)
    checked = state != "unverified"
    credential = making.add(
        Credential,
        id=chance.id_at(person["created_at"]),
        practitioner_id=person["id"],
        credential_kind=kind,
        number=f"SEED-{chance.randrange(10**8):08d}",
        issuer=town.issuer(kind),
        jurisdiction=town.jurisdiction,
        issued_on=date(person["needling_since_year"], chance.randint(1, 12), 1),
        expires_on=expires_on,
        state=state,
        verified_at=at if checked else None,
        verified_against="The public register of the issuer, by number and name" if checked else "",
        created_at=person["created_at"],
    )
    if state == CredentialState.VERIFIED:
        _set_lapse(making, credential)
    return credential


def _set_lapse(making: Making, credential: Values) -> None:
    event, expires_on = CREDENTIAL_LAPSES(credential_id=credential["id"]), credential["expires_on"]
    making.add(
        Timer,
        id=making.chance.id_at(credential["created_at"]),
        kind=event.name,
        subject_id=credential["id"],
        version=expires_on.toordinal(),
        payload=event.payload,
        due_at=lapses_at(expires_on),
    )
