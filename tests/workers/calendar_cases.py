"""Worlds for actors of calendars elsewhere."""

from __future__ import annotations

from services.kernel.work import Database
from tests.factories import live_clinic
from tests.fixtures import MovableClock
from tests.services.scheduling.elsewhere import add_calendar
from tests.workers.case import Case, of


async def external_calendar(database: Database, clock: MovableClock) -> Case:
    """One that was just added; nothing can be fetched in tests, which the first run notes."""
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        calendar_id = await add_calendar(work, world.practitioner_id)
    return of(world, calendar_id=calendar_id, run="1")
