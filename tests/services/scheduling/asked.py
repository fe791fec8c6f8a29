"""Accepted visits whose clients ask for another time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.courses.moving import move_visit
from services.kernel.work import Database
from services.scheduling import service as scheduling
from services.scheduling.asked_moves import Asked, find_open
from services.scheduling.schemas import BookingView
from tests.factories import World, book_one, booking_ids, free_slots


async def accepted(database: Database, world: World, **options: Any) -> list[BookingView]:
    """What was asked for together, and accepted by the clinic."""
    ids = await booking_ids(database, world, await book_one(database, world, **options))
    async with database.begin(world.scope) as work:
        return await scheduling.accept(work, ids[0])


async def ask(database: Database, world: World, booking: BookingView, at: datetime, **how: Any) -> Asked:
    async with database.begin(world.scope) as work:
        await move_visit(work, booking.id, at, by="client", **how)
    async with database.begin(world.scope) as work:
        found = await find_open(work, booking.id)
    assert found is not None
    return found


async def later(database: Database, world: World, days: int = 9, which: int = 0) -> datetime:
    return (await free_slots(database, world, in_days=days))[which].starts_at


async def read(database: Database, world: World, booking: BookingView) -> BookingView:
    async with database.begin(world.scope) as work:
        return await scheduling.get_booking(work, booking.id)


async def is_free(database: Database, world: World, at: datetime) -> bool:
    async with database.begin(world.scope) as work:
        days = (at.date() - work.now.date()).days
    return at in [one.starts_at for one in await free_slots(database, world, in_days=days - 1, days=3)]
