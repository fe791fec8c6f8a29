"""kill -9 of the worker, of the relay, and of Valkey with all it held, while people book.

Every confirmed booking ends with exactly one confirmation sent, by the product's own processes.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from services.courses.booking import book
from services.kernel import deliveries, engine_room
from services.kernel.engine_room import DeliveryQuery
from services.kernel.scope import PlatformScope
from services.kernel.tables import table
from services.kernel.work import Database
from services.notices.models import Notice
from tests.factories import World, booking_in, free_slots, live_clinic
from tests.faults.product import Product, product
from tests.infra.conftest import folder
from tests.product import eventually

__all__ = ["folder"]
NOTICES = table(Notice)
LOOKS = PlatformScope("a test counts what was sent")


async def _confirmations(database: Database) -> Counter[UUID]:
    async with database.begin(LOOKS) as work:
        sent = await work.rows(
            select(NOTICES.c.subject_id).where(
                NOTICES.c.notice_kind == "booking.confirmed.client", NOTICES.c.state == "sent"
            )
        )
    return Counter(row.subject_id for row in sent)


async def _book(database: Database, world: World, number: int, break_at: dict[int, str], it: Product) -> None:
    slots = await free_slots(database, world, in_days=2, days=30)
    apart = [slots[0]]
    for slot in slots:
        if slot.starts_at >= apart[-1].ends_at:
            apart.append(slot)
    for index, slot in enumerate(apart[:number]):
        if index in break_at:
            _break(it, break_at[index])
        async with database.begin(world.scope) as work:
            wanted = booking_in(world, slot.starts_at, email=f"client{index}@example.test")
            await book(work, wanted)


def _break(it: Product, what: str) -> None:
    if what == "valkey":
        it.lose_valkey()
    else:
        it.kill_and_restart(what)


async def _everything_is_sent_once(database: Database, number: int, seconds: float) -> None:
    async def sent() -> bool:
        return len(await _confirmations(database)) >= number

    async def nothing_waits() -> bool:
        async with database.begin(LOOKS) as work:
            figures = await deliveries.figures(work)
        return figures.outbox == figures.pending == 0

    await eventually(sent, f"{number} confirmations are sent", seconds)
    await eventually(nothing_waits, "nothing waits any more", seconds)
    assert Counter((await _confirmations(database)).values()) == {1: number}
    async with database.begin(LOOKS) as work:
        assert await engine_room.list_deliveries(work, DeliveryQuery(), 10) == []


@pytest.mark.walk
async def test_one_kill_of_each_while_people_book_loses_and_doubles_nothing(folder: Path) -> None:
    async with product(folder) as (it, database):
        world = await live_clinic(database)
        await _book(database, world, 20, {5: "worker", 10: "relay", 15: "valkey"}, it)
        await _everything_is_sent_once(database, 20, 60)


@pytest.mark.prove
@pytest.mark.parametrize("what", ["worker", "relay", "valkey"])
async def test_many_kills_while_many_book_lose_and_double_nothing(folder: Path, what: str) -> None:
    async with product(folder) as (it, database):
        world = await live_clinic(database)
        await _book(database, world, 200, dict.fromkeys(range(10, 200, 20), what), it)
        await _everything_is_sent_once(database, 200, 180)
