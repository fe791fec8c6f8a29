"""What follows from a clinic's rows for the public: its listing, by the projection's rule, and the next look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from infra.ops.seed.houses import House
from infra.ops.seed.making import Making
from infra.ops.seed.menus import Offered
from infra.ops.seed.people import Treating
from infra.ops.seed.sheets import Values
from infra.ops.seed.visits import shape
from services.clinics.schemas import ClinicView, DeviceView, LocationView
from services.kernel.models import Timer
from services.marketplace.events import LISTING_DUE
from services.marketplace.models import Listing
from services.marketplace.projection import Truth, next_look_at, row_of
from services.marketplace.team import on_the_market
from services.practitioners.models import CredentialState
from services.practitioners.schemas import PractitionerView
from services.reviews.models import SubjectKind
from services.reviews.rules import Figures, Sums, figures_of
from services.scheduling.board_rules import Board, Busy
from services.scheduling.hours_rules import Hours
from services.scheduling.rules import Place, Span, Worker
from services.scheduling.soonest import first_between
from services.treatments.schemas import TreatmentView

Known = Mapping[tuple[UUID, str, str], Figures]


def add_listing(making: Making, house: House, claimed: list[Values], figures: Known) -> None:
    """The clinic's row of the listing, and the timer of the next look at it."""
    now = making.now
    clinic = ClinicView.model_validate(house.clinic)
    devices = {device["id"]: DeviceView.model_validate(device) for device in house.devices}
    menu = [_treatment(offered, clinic.currency) for offered in house.menu]
    row = row_of(
        Truth(
            clinic,
            LocationView.model_validate({**house.location, "hours": []}),
            devices,
            on_the_market([_practitioner(person) for person in house.people if person.hours], now.date()),
            menu,
            {treatment.id: devices[treatment.device_id] for treatment in menu},
            figures.get((house.id, SubjectKind.CLINIC, str(house.id))) or figures_of(Sums()),
            figures.get((house.id, SubjectKind.LOCATION, str(house.location["id"]))) or figures_of(Sums()),
            _next_free_at(house, claimed, now),
        ),
        now,
    )
    making.sheets.add(Listing, row.values)
    event, due_at = LISTING_DUE(clinic_id=house.id), next_look_at(clinic, [row], now)
    making.add(
        Timer,
        id=making.chance.id_at(now),
        kind=event.name,
        subject_id=house.id,
        version=int(due_at.timestamp()) // 60,
        payload=event.payload,
        due_at=due_at,
    )


def _practitioner(person: Treating) -> PractitionerView:
    credentials = [{**one, "kind": one["credential_kind"]} for one in person.credentials]
    return PractitionerView.model_validate({**person.row, "hours": person.hours, "credentials": credentials})


def _treatment(offered: Offered, currency: str) -> TreatmentView:
    areas = [
        {"code": area["area"], "minutes": area["minutes"], "price": area["price"]} for area in offered.areas
    ]
    given = {"given_by": "everyone", "performer_ids": [], "given_in": "any_room", "room_ids": []}
    return TreatmentView.model_validate({**offered.treatment, **given, "currency": currency, "areas": areas})


def _next_free_at(house: House, claimed: list[Values], now: datetime) -> datetime | None:
    """The first free time of any treatment, each with its shortest visit, as availability finds it."""
    busy: dict[UUID, list[Span]] = {}
    for claim in claimed:
        busy.setdefault(claim["resource_id"], []).append(Span(claim["starts_at"], claim["ends_at"]))
    workers = _workers(house, now)
    clinic, zone = house.clinic, house.zone
    earliest = now + timedelta(minutes=clinic["notice_minutes"])
    first = earliest.astimezone(zone).date()
    last = now.astimezone(zone).date() + timedelta(days=clinic["horizon_days"])
    best: datetime | None = None
    for offered in house.menu:
        area = min(offered.areas, key=lambda one: (one["minutes"], one["area"]))
        board = Board(_place(house, offered), workers, shape(offered, area), Busy(busy))
        until = last if best is None else min(last, best.astimezone(zone).date())
        found = first_between(board, first, until, earliest)
        best = found if best is None else min(best, found or best)
    return best


def _workers(house: House, now: datetime) -> list[Worker]:
    today = now.date()
    able = [
        person
        for person in house.people
        if any(
            one["state"] == CredentialState.VERIFIED and one["expires_on"] >= today
            for one in person.credentials
        )
    ]
    return [
        Worker(
            person.row["id"],
            _hours((span["weekday"], span["opens"], span["closes"]) for span in person.hours),
        )
        for person in sorted(able, key=lambda person: person.row["id"])
    ]


def _place(house: House, offered: Offered) -> Place:
    rooms = tuple(sorted(room["id"] for room in house.rooms))
    return Place(house.zone, _hours(house.openings), rooms, (offered.device["id"],))


def _hours(spans: Any) -> tuple[Hours, ...]:
    return tuple(Hours(*span) for span in spans)
