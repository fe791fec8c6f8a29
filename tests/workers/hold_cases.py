"""Worlds of the actors that work on holds and on the waitlist."""

from __future__ import annotations

from datetime import timedelta

from services.kernel.work import Database
from services.scheduling.holding import find_token, hold_time
from services.scheduling.schemas import VisitWish
from tests.conftest import MovableClock
from tests.factories import free_slots, live_clinic
from tests.workers.case import Case, of


async def held_time(database: Database, clock: MovableClock) -> Case:
    """A hold whose ten minutes are over."""
    world = await live_clinic(database)
    at = (await free_slots(database, world))[0].starts_at
    async with database.begin(world.scope) as work:
        held = await hold_time(work, VisitWish(world.treatment_id, at), "192.0.2.1")
        hold_id = find_token(work, held.token)
    await clock.advance(timedelta(minutes=11))
    return of(world, hold_id=str(hold_id))
