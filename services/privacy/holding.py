"""What is held of a person, clinic by clinic: each read under that clinic's own scope."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from services.clinics import service as clinics
from services.kernel.scope import GUEST, Actor, ClinicScope, PlatformScope, PublicScope
from services.kernel.work import ClinicWork, Database
from services.privacy.declaration import PERSONAL
from services.privacy.person import Person
from services.privacy.repository import OwnRows, clinics_of, only_owner_of
from services.privacy.schemas import Held
from services.scheduling import service as scheduling
from services.scheduling.schemas import BookingView

AHEAD = frozenset({"requested", "held", "confirmed"})
_WHY = "a person's own data over all clinics"


async def list_clinics(database: Database, person: Person, by: Actor = GUEST) -> list[UUID]:
    """Every clinic that holds anything of the person."""
    if not person.is_known:
        return []
    async with database.begin(PlatformScope(_WHY, by)) as work:
        return await clinics_of(work, person)


@asynccontextmanager
async def in_clinic(database: Database, clinic_id: UUID, by: Actor) -> AsyncIterator[ClinicWork]:
    """A unit of work in one of those clinics."""
    async with database.begin(ClinicScope(clinic_id, by)) as work:
        yield work


async def list_held(database: Database, person: Person, by: Actor = GUEST) -> list[Held]:
    """What is held, in counts: of the platform first, then by clinic."""
    async with database.begin(PublicScope(by)) as work:
        found = [Held(None, "", await _counts(OwnRows(work, person)))]
    for clinic_id in await list_clinics(database, person, by):
        async with in_clinic(database, clinic_id, by) as own:
            counts = await _counts(OwnRows(own, person))
            name = (await clinics.get_clinic(own)).name
            found.append(Held(clinic_id, name, counts, len(await visits_ahead(own, person))))
    return [held for held in found if held.rows]


async def find_language(database: Database, person: Person, by: Actor = GUEST) -> str | None:
    """In what language clinics write to a guest; where they do in several, as to a client, and by the newest record."""
    spoken = []
    for clinic_id in await list_clinics(database, person, by):
        async with in_clinic(database, clinic_id, by) as own:
            spoken.append(await OwnRows(own, person).spoken())
    return max((one for one in spoken if one), default=(False, None, None))[2]


async def _counts(rows: OwnRows) -> dict[str, int]:
    shown = [name for name in rows.tables() if any(lead.shown for lead in PERSONAL[name].leads)]
    counted = {name: await rows.count(name) for name in shown}
    return {name: number for name, number in counted.items() if number}


async def visits_ahead(work: ClinicWork, person: Person) -> list[BookingView]:
    """The person's visits at this clinic that can still be cancelled."""
    found = [await scheduling.get_booking(work, one) for one in await OwnRows(work, person).ids("booking")]
    return [booking for booking in found if booking.status in AHEAD and booking.ends_at >= work.now]


async def count_ahead(database: Database, person: Person, by: Actor = GUEST) -> int:
    """How many visits lie ahead, at every clinic."""
    ahead = 0
    for clinic_id in await list_clinics(database, person, by):
        async with in_clinic(database, clinic_id, by) as work:
            ahead += len(await visits_ahead(work, person))
    return ahead


async def would_orphan(database: Database, account_id: UUID) -> bool:
    """Whether a clinic would be left without an owner."""
    async with database.begin(PlatformScope(_WHY)) as work:
        return bool(await only_owner_of(work, account_id))
