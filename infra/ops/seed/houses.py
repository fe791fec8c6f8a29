"""A clinic with everything that does not move: its place, rooms, devices, people and menu."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from infra.ops.seed.chance import Chance
from infra.ops.seed.making import Making
from infra.ops.seed.menus import Offered, add_devices, add_menu
from infra.ops.seed.people import Opening, Treating, add_practitioners
from infra.ops.seed.proofs import add_proofs
from infra.ops.seed.sheets import Values
from infra.ops.seed.words import PROTOCOL, SENTENCES_OF_CARE, SENTENCES_OF_PLACE
from services.accounts.models import Account
from services.clinics.models import (
    Clinic,
    ClinicSlug,
    ClinicStatus,
    Location,
    LocationHours,
    Membership,
    Role,
    Room,
)
from services.scheduling.models import Resource, ResourceKind

_DAY, _LONG, _LATE = (time(9), time(17, 30)), (time(8, 30), time(18)), (time(11), time(20))
_SATURDAY = (time(9, 30), time(14))

_ACCESS = {"step_free": 0.5, "lift": 0.2, "accessible_toilet": 0.25, "hearing_loop": 0.05, "quiet_hours": 0.1}


@dataclass(frozen=True, slots=True)
class House:
    """A clinic as rows, with how well it does (1 to 5)."""

    clinic: Values
    location: Values
    openings: list[Opening]
    rooms: list[Values]
    devices: list[Values]
    people: list[Treating]
    menu: list[Offered]
    quality: float

    @property
    def id(self) -> UUID:
        found: UUID = self.clinic["clinic_id"]
        return found

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.location["time_zone"])


def add_house(making: Making, email: str) -> House:
    """A live clinic with an owner who cannot sign in."""
    chance, practitioners = making.chance, making.plot.size.practitioners
    clinic = _add_clinic(making, email)
    _add_owner(making, clinic)
    add_proofs(making, clinic)
    location = _add_location(making, clinic)
    openings = list(_openings(chance))
    for day, opens, closes in openings:
        making.add(LocationHours, location_id=location["id"], weekday=day, opens=opens, closes=closes)
    rooms = [_add_room(making, location, number) for number in range(min(4, 1 + practitioners // 2))]
    devices = add_devices(making, location)
    people = add_practitioners(making, location, openings, practitioners)
    menu = add_menu(making, devices)
    quality = chance.near(4.35, 0.33, 2.8, 4.95)
    _add_resources(making, rooms, devices, people)
    return House(clinic, location, openings, rooms, devices, people, menu, quality)


def _add_clinic(making: Making, email: str) -> Values:
    chance, town, plot, at = making.chance, making.town, making.plot, making.plot.founded_at
    spoken = town.country.languages
    more = chance.sample(spoken[1:], chance.choice((0, 0, 1, 1, 2)))
    making.add(ClinicSlug, slug=plot.slug, name=plot.name, is_public=True)
    return making.add(
        Clinic,
        slug=plot.slug,
        name=plot.name,
        country=town.country.code,
        currency=town.country.currency,
        email=email,
        description=f"{chance.choice(SENTENCES_OF_PLACE)} {chance.choice(SENTENCES_OF_CARE)}",
        languages=[spoken[0], *more],
        cancellation_hours=chance.choice((24, 24, 48, 72)),
        sterilisation_protocol=PROTOCOL,
        sterilisation_checked_on=(making.now - timedelta(days=chance.randint(5, 200))).date(),
        status=ClinicStatus.LIVE,
        created_at=at,
        submitted_at=at + timedelta(hours=3),
        published_at=at + timedelta(days=2),
    )


def _add_owner(making: Making, clinic: Values) -> None:
    chance, at = making.chance, clinic["created_at"]
    account = making.sheets.add(
        Account,
        {
            "id": chance.id_at(at),
            "email": clinic["email"],
            "name": making.name(),
            "password_hash": making.shared.password_hash,
            "email_verified_at": at,
            "created_at": at,
        },
    )
    making.add(
        Membership,
        id=chance.id_at(at),
        account_id=account["id"],
        role=Role.OWNER,
        created_at=at,
    )


def _add_location(making: Making, clinic: Values) -> Values:
    chance, town = making.chance, making.town
    latitude, longitude = town.somewhere(chance)
    return making.add(
        Location,
        id=chance.id_at(clinic["created_at"]),
        name=clinic["name"],
        street=town.street(chance),
        city=town.place.name,
        region=town.region,
        country=town.country.code,
        latitude=latitude,
        longitude=longitude,
        time_zone=town.place.time_zone,
        accessibility=[code for code, share in _ACCESS.items() if chance.happens(share)],
        created_at=clinic["created_at"],
    )


def _openings(chance: Chance) -> Iterator[Opening]:
    usual, late = chance.choice((_DAY, _LONG)), chance.choice((1, 2, 3, None))
    closed = chance.choice((None, None, 0, 4))
    for day in range(5):
        if day != closed:
            yield (day, *(_LATE if day == late else usual))
    if chance.happens(0.4):
        yield (5, *_SATURDAY)


def _add_room(making: Making, location: Values, number: int) -> Values:
    return making.add(
        Room,
        id=making.chance.id_at(location["created_at"]),
        location_id=location["id"],
        name=f"Room {number + 1}",
        created_at=location["created_at"],
    )


def _add_resources(
    making: Making, rooms: list[Values], devices: list[Values], people: list[Treating]
) -> None:
    kinds = {row["id"]: ResourceKind.ROOM for row in rooms}
    kinds |= {row["id"]: ResourceKind.DEVICE for row in devices}
    kinds |= {person.row["id"]: ResourceKind.PRACTITIONER for person in people}
    for resource_id, kind in kinds.items():
        making.add(Resource, id=resource_id, resource_kind=kind)
