"""What an operator sees: how fast work is done, and what of it is each clinic's."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from services.kernel import engine_room
from services.kernel.ids import new_id
from services.kernel.work import Database
from tests.fixtures import MovableClock
from tests.workers.world import RELAY, actor_of, announce, engine, note_thing, relay_turn, run


async def _do(database: Database, clinic_id: UUID, times: int) -> None:
    for _ in range(times):
        await announce(database, clinic_id)
    running = engine(database, actor_of(note_thing))
    for handed in await relay_turn(database):
        await run(running, handed)


async def test_rates_are_means_over_a_minute_five_and_an_hour(
    database: Database, clock: MovableClock
) -> None:
    async with database.begin(RELAY) as work:
        assert await engine_room.rates(work) == {1: 0, 5: 0, 60: 0}
    clinic_id = new_id()
    for times, later in ((4, 40), (3, 10), (2, 2), (1, 0)):
        await _do(database, clinic_id, times)
        await clock.advance(timedelta(minutes=later))
    async with database.begin(RELAY) as work:
        assert await engine_room.rates(work) == {1: 1, 5: 3 / 5, 60: 10 / 60}
    await clock.advance(timedelta(minutes=10))
    async with database.begin(RELAY) as work:
        assert await engine_room.rates(work) == {1: 0, 5: 0, 60: 6 / 60}


async def test_each_clinic_has_its_row_with_what_waits_and_its_share(
    database: Database, clock: MovableClock
) -> None:
    quick, slow = new_id(), new_id()
    await _do(database, quick, 3)
    await _do(database, slow, 1)
    await clock.advance(timedelta(minutes=5))
    async with database.begin(RELAY) as work:
        since = work.now
    await announce(database, slow)
    await announce(database, slow)
    await relay_turn(database)
    await clock.advance(timedelta(minutes=5))
    await announce(database, slow)
    await announce(database, None)
    async with database.begin(RELAY) as work:
        rows = await engine_room.count_by_clinic(work, 20)
        assert await engine_room.count_by_clinic(work, 1) == rows[:1]
    found = [(one.clinic_id, one.events, one.deliveries, one.done, one.of_done) for one in rows]
    assert found == [(slow, 1, 2, 1, 4), (None, 1, 0, 0, 4), (quick, 0, 0, 3, 4)]
    oldest = [one.oldest for one in rows]
    assert oldest[0] - since < timedelta(minutes=1)
    assert oldest[1] - since >= timedelta(minutes=5)
    assert oldest[2] is None
    await clock.advance(timedelta(hours=1))
    async with database.begin(RELAY) as work:
        rows = await engine_room.count_by_clinic(work, 20)
    assert [(one.clinic_id, one.done) for one in rows] == [(slow, 0), (None, 0)]


async def test_what_was_done_lately_is_found_by_its_time_and_not_among_all_that_was_done(
    database: Database,
) -> None:
    async with database.begin(RELAY) as work:
        await work.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await work.rows(
            text("EXPLAIN SELECT clinic_id FROM delivery WHERE state = 'done' AND done_at > now()")
        )
    words = "\n".join(row[0] for row in plan)
    assert "ix_delivery_done" in words
    assert "Index Cond: (done_at" in words
