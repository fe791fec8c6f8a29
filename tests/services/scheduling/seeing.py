"""What the tests of this folder look at."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kernel.work import Database
from services.scheduling.booking import (
    get_booking,
)
from services.scheduling.schemas import BookingView
from tests.factories import World, book_one, booking_ids


async def seen(superuser: AsyncEngine, sql: str) -> list[Any]:
    async with superuser.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(sql))]


async def events(superuser: AsyncEngine) -> list[str]:
    return [
        name
        for (name,) in await seen(
            superuser, "SELECT name FROM outbox WHERE name LIKE 'booking.%' ORDER BY id"
        )
    ]


async def waiting(superuser: AsyncEngine) -> list[tuple[str, int]]:
    return await seen(
        superuser, "SELECT kind, version FROM timer WHERE state = 'waiting' AND kind LIKE 'booking.%'"
    )


async def one(database: Database, world: World, **options: Any) -> BookingView:
    booked = await book_one(database, world, **options)
    (booking_id, *_) = await booking_ids(database, world, booked)
    async with database.begin(world.scope) as work:
        return await get_booking(work, booking_id)
