"""How a demo clinic comes into being: through the same services as any other, up to the moderator's decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from infra.ops.demo.cast import DOCTORS, TOWNS, House
from infra.ops.demo.menus import treatment_input
from infra.ops.demo.papers import demo_certificate
from infra.ops.demo.rooms import hang_pictures, hang_portrait
from services.accounts.schemas import SignedIn
from services.clinics import places, proofs
from services.clinics import service as clinics
from services.clinics.models import ProofKind
from services.clinics.proof_schemas import ProofIn
from services.clinics.schemas import ClinicPatch, NewClinic, NewDevice, NewLocation, NewRoom
from services.clinics.week_schemas import HoursIn
from services.kernel.ids import new_id
from services.kernel.scope import Actor, ClinicScope
from services.kernel.work import ClinicWork, Database
from services.moderation import deciding
from services.moderation import service as moderation
from services.moderation.schemas import Decide
from services.practitioners import credentials, evidence
from services.practitioners import service as practitioners
from services.practitioners.schemas import NewCredential, NewPractitioner
from services.treatments import service as treatments
from services.treatments.schemas import NewTreatment

_DAY, _LATE = ("09:00", "17:30"), ("11:00", "20:00")
_WEEK = (_DAY, _DAY, _DAY, _LATE, _DAY, _DAY)

_ACCESS: tuple[list[str], ...] = (
    ["step_free", "accessible_toilet"],
    ["lift", "step_free"],
    [],
    ["step_free", "hearing_loop"],
)
_INSURED_DAYS = {5: 135, 9: 115}  # the story is four months long


@dataclass(frozen=True, slots=True)
class BuiltHouse:
    """A clinic of the demo world, ready to be booked."""

    house: House
    scope: ClinicScope
    slug: str
    location_id: UUID
    treatment_ids: tuple[UUID, ...]


async def build_house(
    database: Database, house: House, number: int, owner: SignedIn, moderator: SignedIn
) -> BuiltHouse:
    """Founds, furnishes, submits and approves one clinic."""
    built, case_id = await found_waiting_house(database, house, number, owner)
    by = Actor("account", moderator.account_id, moderator.name)
    async with database.begin(ClinicScope(built.scope.clinic_id, by)) as work:
        await moderation.claim(work, case_id)
        await deciding.decide(
            work,
            case_id,
            Decide(
                decision="approve",
                reason="meets_requirements",
                message="Everything that was asked for is there. Welcome.",
                checked_against="The public register of the issuer, by number and name",
            ),
        )
    return built


async def found_waiting_house(
    database: Database, house: House, number: int, owner: SignedIn
) -> tuple[BuiltHouse, UUID]:
    """Founds, furnishes and submits a clinic; gives the case that waits for a moderator too."""
    scope = ClinicScope(new_id(), Actor("account", owner.account_id, owner.name))
    async with database.begin(scope) as work:
        slug = (await clinics.create_clinic(work, _founding(house, owner), owner)).slug
        location_id, device_id = await _furnish(work, house, number)
        for person in range(len(house.people)):
            await _hire(work, house, person, number)
        await _prove(work, house, number)
        menu = await _menu(work, house, device_id)
        await hang_pictures(work, number)
        case = await moderation.submit_clinic(work)
    return BuiltHouse(house, scope, slug, location_id, menu), case.id


def _founding(house: House, owner: SignedIn) -> NewClinic:
    town = TOWNS[house.town]
    return NewClinic(name=house.name, country=town.country, currency=town.currency, email=owner.email)


async def _furnish(work: ClinicWork, house: House, number: int) -> tuple[UUID, UUID]:
    town = TOWNS[house.town]
    await clinics.update_clinic(
        work,
        ClinicPatch(
            description=house.description,
            languages=list(house.languages),
            cancellation_hours=24 if number % 2 else 48,
            deposit_amount=5000 if number % 3 == 1 else 0,
            sterilisation_protocol="Single-use cartridges, opened before you. Surfaces wiped with a hospital "
            "disinfectant between clients; the protocol is gone through by the whole team twice a year.",
            sterilisation_checked_on=work.now.date(),
        ),
    )
    location = await places.add_location(
        work,
        NewLocation(
            name=house.name,
            street=town.streets[number % 3],
            city=town.city,
            country=town.country,
            phone=f"{town.phone}{number:02d}",
            accessibility=_ACCESS[number % len(_ACCESS)],
        ),
    )
    spans = [
        {"weekday": day, "opens": opens, "closes": closes}
        for day, (opens, closes) in enumerate(_WEEK[: 6 if number % 2 else 5])
    ]
    await places.set_location_hours(work, location.id, HoursIn.model_validate({"hours": spans}))
    for name in ("Room 1", "Room 2"):
        await places.add_room(work, NewRoom(location_id=location.id, name=name))
    device = await places.add_device(
        work,
        NewDevice(
            location_id=location.id,
            maker="Crown Aesthetics",
            model="SkinPen Precision",
            modality="pen",
            clearance="K202243",
        ),
    )
    return location.id, device.id


async def _prove(work: ClinicWork, house: House, number: int) -> None:
    """The papers of the business. A few are insured until soon after the story ends, or until shortly before."""
    today = work.now.date()
    insured_until = today + timedelta(days=_INSURED_DAYS.get(number, 300 + number))
    stated = (
        (ProofKind.REGISTRATION, f"DEMO-REG-{number:03d}", "The register of companies", None),
        (ProofKind.INSURANCE, f"DEMO-POL-{number:03d}", "Harbour Mutual", insured_until),
    )
    for kind, paper, issuer, until in stated:
        await proofs.save_proof(work, kind, ProofIn(number=paper, issuer=issuer, valid_until=until))
        content = demo_certificate(["Demo paper, not a real one", house.name, paper])
        await proofs.add_proof_evidence(work, kind, f"{kind}-{number}.pdf", content)


async def _hire(work: ClinicWork, house: House, index: int, number: int) -> None:
    person, town = house.people[index], TOWNS[house.town]
    hired = await practitioners.add_practitioner(
        work,
        NewPractitioner(
            name=person.name,
            title=person.title,
            bio=f"{person.title}; needling since {person.since}.",
            needling_since_year=person.since,
            sessions_before=(2026 - person.since) * 90,
        ),
    )
    credential = await credentials.add_credential(
        work,
        hired.id,
        NewCredential(
            kind=person.kind,
            number=f"DEMO-{number:02d}{index}{person.since}",
            issuer=town.of_doctors if person.kind in DOCTORS else town.of_others,
            jurisdiction=town.jurisdiction,
            issued_on=date(person.since, 3, 1),
            expires_on=date(work.now.year + 2, 6, 30),
        ),
    )
    paper = demo_certificate(
        ["Demo paper, not a real licence", person.name, f"DEMO-{number:02d}{index}{person.since}"]
    )
    await evidence.add_evidence(work, credential.id, f"licence-{number}-{index}.pdf", paper)
    await hang_portrait(work, number, index, hired.id)


async def _menu(work: ClinicWork, house: House, device_id: UUID) -> tuple[UUID, ...]:
    made = []
    for key in house.menu:
        given = treatment_input(key, house, TOWNS[house.town], device_id)
        made.append((await treatments.add_treatment(work, NewTreatment.model_validate(given))).id)
    return tuple(made)
