"""Use cases of a person's own consents at every clinic: seeing them, giving and withdrawing."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.clinics import service as clinics
from services.kernel.errors import NotFound
from services.kernel.scope import Actor
from services.kernel.work import ClinicWork, Database
from services.privacy.holding import in_clinic, list_clinics
from services.privacy.person import Person
from services.privacy.repository import OwnRows
from services.privacy.schemas import ConsentDecided
from services.screening import consents
from services.screening.schemas import ConsentLog


@dataclass(frozen=True, slots=True)
class OwnConsents:
    """What one clinic may do, and since when."""

    clinic_id: UUID
    clinic_name: str
    slug: str
    log: ConsentLog


async def list_own(database: Database, person: Person, by: Actor) -> list[OwnConsents]:
    """The consents at each clinic that knows the person as a client."""
    found = []
    for clinic_id in await list_clinics(database, person, by):
        async with in_clinic(database, clinic_id, by) as work:
            client_id = await _client(work, person)
            if client_id is not None:
                clinic = await clinics.get_clinic(work)
                log = await consents.get_log(work, client_id)
                found.append(OwnConsents(clinic_id, clinic.name, clinic.slug, log))
    return found


async def decide(database: Database, person: Person, given: ConsentDecided, by: Actor) -> None:
    """Gives or withdraws one consent at one clinic. Raises `NotFound` where they are no client, `InvalidFields`."""
    if given.clinic_id not in await list_clinics(database, person, by):
        raise NotFound
    async with in_clinic(database, given.clinic_id, by) as work:
        client_id = await _client(work, person)
        if client_id is None:
            raise NotFound
        said = (given.purpose, given.decision, given.signed_name)
        await consents.decide(work, client_id, *said, language=given.language)


async def _client(work: ClinicWork, person: Person) -> UUID | None:
    """The person's record there: the one that was kept, where some were merged."""
    return await OwnRows(work, person).own_record()
