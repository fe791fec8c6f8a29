"""Visits that took place, each with its cartridge's lot."""

from __future__ import annotations

from datetime import timedelta

from services.courses.records import complete_session
from services.kernel.work import Database
from tests.factories import World, book_one, booking_ids, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.courses.test_courses import record


async def treated(
    database: Database,
    clock: MovableClock,
    *lots: str,
    name: str = "Linden Skin",
    emails: tuple[str, ...] = (),
) -> World:
    """A clinic with one completed visit a lot; of the given addresses, or of `p0@`, `p1@` and so on."""
    world = await live_clinic(database, name=name)
    slots = await free_slots(database, world)
    ids = []
    for number, _ in enumerate(lots):
        email = emails[number] if emails else f"p{number}@example.test"
        booked = await book_one(database, world, slots[number * 8].starts_at, email=email)
        ids += await booking_ids(database, world, booked)
    left = slots[-1].starts_at + timedelta(hours=3) - await clock.now()
    await clock.advance(max(left, timedelta()))
    async with database.begin(world.scope) as work:
        for booking_id, lot in zip(ids, lots, strict=True):
            await complete_session(work, booking_id, record(lot=lot))
    return world
