"""Every actor, with another clinic's ids: no effect there."""

from __future__ import annotations

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.platform.mail import MailboxOnly
from services.kernel.events import Event
from services.kernel.models import Delivery
from services.kernel.scope import ClinicScope, PlatformScope
from services.kernel.tables import table
from services.kernel.work import Database
from tests.contracts.full_world import digest, full_world
from tests.factories import live_clinic
from tests.fixtures import MovableClock
from workers.inline import drain

DELIVERIES = table(Delivery)


async def _deliveries(database: Database) -> list[tuple[str, str, dict[str, str]]]:
    async with database.begin(PlatformScope("a test reads deliveries")) as work:
        rows = await work.rows(select(DELIVERIES).where(DELIVERIES.c.state == "done"))
    return [(row.event, row.actor, row.payload) for row in rows]


async def test_an_actor_with_another_clinics_ids_does_nothing_there(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    world, _ = await full_world(database, clock)
    mine = await live_clinic(database, name="Another Place", city="Chicago")
    await drain(database, MailboxOnly())
    events = {event: payload for event, _, payload in await _deliveries(database)}
    before = await digest(superuser, str(world.clinic_id))
    async with database.begin(ClinicScope(mine.clinic_id)) as work:
        for name, payload in events.items():
            if not name.startswith("account."):
                work.announce(Event(name, payload))
    await drain(database, MailboxOnly(), strict=False)
    assert await digest(superuser, str(world.clinic_id)) == before
    async with superuser.connect() as behind:
        leaked = await behind.scalar(
            text("SELECT count(*) FROM notice WHERE clinic_id = :c AND text_body LIKE '%Linden%'"),
            {"c": mine.clinic_id},
        )
    assert leaked == 0
