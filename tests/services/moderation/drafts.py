"""Clinics on their way to going live, and moderators, made through the services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

import pyotp

from services.accounts import service as accounts
from services.accounts.models import SignInKind
from services.accounts.schemas import Credentials
from services.clinics import service as clinics
from services.clinics.schemas import (
    ClinicPatch,
    NewClinic,
    NewDevice,
    NewLocation,
    NewRoom,
)
from services.clinics.week_schemas import HoursIn, HoursSpan
from services.kernel.ids import new_id
from services.kernel.scope import Actor, ClinicScope, PublicScope
from services.kernel.work import ClinicWork, Database
from services.practitioners import service as practitioners
from services.practitioners.evidence import add_evidence
from services.practitioners.schemas import NewCredential, NewPractitioner
from services.treatments import service as treatments
from services.treatments.schemas import AreaIn, MoneyIn, NewTreatment
from tests.factories import PASSWORD, person
from tests.services.clinics.papers import prove_business
from tests.services.practitioners.papers import pdf


@dataclass(frozen=True, slots=True)
class Draft:
    """A clinic whose checklist is done. `bearer` is its owner's header for the API."""

    scope: ClinicScope
    slug: str
    credential_id: UUID
    evidence_id: UUID
    bearer: dict[str, str]


@dataclass(frozen=True, slots=True)
class Moderator:
    """A moderator with a second factor; tokens for the API and for pages."""

    account_id: UUID
    bearer: dict[str, str]
    session: str

    @property
    def actor(self) -> Actor:
        return Actor("account", self.account_id, "Mo Derate")

    def scope(self, clinic_id: UUID) -> ClinicScope:
        """A clinic's scope, as this moderator."""
        return ClinicScope(clinic_id, self.actor)

    @property
    def cookies(self) -> dict[str, str]:
        return {"cookie": f"needlewise_session={self.session}"}


async def draft_clinic(database: Database, name: str = "Linden Skin", *, evidence: bool = True) -> Draft:
    """A draft with everything on the checklist; without evidence on request."""
    owner, token = await person(database, "Owen Lind")
    scope = ClinicScope(new_id(), Actor("account", owner.account_id, owner.name))
    async with database.begin(scope) as work:
        made = await clinics.create_clinic(work, NewClinic(name=name, country="US", currency="USD"), owner)
        await clinics.update_clinic(
            work,
            ClinicPatch(
                description="A small practice for skin in Austin, run by a dermatologist.",
                sterilisation_protocol="Single-use cartridges.",
                sterilisation_checked_on=date(2026, 1, 5),
            ),
        )
        location = await clinics.add_location(
            work, NewLocation(name=name, street="Main Street 1", city="Austin")
        )
        week = HoursIn(hours=[HoursSpan(weekday=day, opens=time(9), closes=time(17)) for day in range(7)])
        await clinics.set_location_hours(work, location.id, week)
        await clinics.add_room(work, NewRoom(location_id=location.id, name="Room 1"))
        device = await clinics.add_device(
            work,
            NewDevice(
                location_id=location.id,
                maker="Crown Aesthetics",
                model="SkinPen Precision",
                modality="pen",
                clearance="FDA K202243",
            ),
        )
        await prove_business(work)
        credential_id, evidence_id = await _practitioner(work, evidence=evidence)
        await treatments.add_treatment(
            work,
            NewTreatment(
                name="Pen facial for acne scars",
                modality="pen",
                concerns=["acne_scars"],
                device_id=device.id,
                areas=[AreaIn(code="face", minutes=15, price=MoneyIn(amount=20000, currency="USD"))],
            ),
        )
    return Draft(scope, made.slug, credential_id, evidence_id, {"Authorization": f"Bearer {token}"})


async def _practitioner(work: ClinicWork, *, evidence: bool) -> tuple[UUID, UUID]:
    made = await practitioners.add_practitioner(work, NewPractitioner(name="Dr Mira Holm"))
    credential = await practitioners.add_credential(
        work,
        made.id,
        NewCredential(
            kind="dermatologist", number="MD-1", issuer="Texas Medical Board", jurisdiction="Texas, US"
        ),
    )
    if not evidence:
        return credential.id, new_id()
    file = await add_evidence(work, credential.id, "licence.pdf", pdf())
    return credential.id, file.id


async def moderator(database: Database, email: str = "mo@example.test") -> Moderator:
    """A moderator, signed in for the API and for pages with two codes of the authenticator."""
    async with database.begin(PublicScope()) as work:
        uri = await accounts.create_moderator(work, email, "Mo Derate", PASSWORD)
    otp = pyotp.parse_uri(uri)
    assert isinstance(otp, pyotp.TOTP)
    tokens = []
    for step, kind in ((-1, SignInKind.API), (0, SignInKind.SESSION)):
        async with database.begin(PublicScope()) as work:
            code = otp.at(int(work.now.timestamp()) + 30 * step)
            given = Credentials(email=email, password=PASSWORD, totp=code)
            tokens.append(await accounts.sign_in(work, given, kind=kind))
            known = await accounts.find_by_email(work, email)
    assert known is not None
    return Moderator(known.account_id, {"Authorization": f"Bearer {tokens[0]}"}, tokens[1])
