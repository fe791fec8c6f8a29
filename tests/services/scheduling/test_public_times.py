"""Free times for anyone are kept while nothing that they depend on has changed, and not a moment longer."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from services.kernel.errors import NotFound
from services.kernel.work import Database
from services.scheduling.availability import list_slots
from services.scheduling.booking import cancel
from services.scheduling.public_times import list_public_slots
from services.scheduling.schemas import FreeTimes, SlotQuery
from tests.factories import World, add_practitioner, book_one, booking_ids, live_clinic
from tests.fixtures import MovableClock


async def query_of(database: Database, world: World, *, in_days: int, days: int = 1) -> SlotQuery:
    async with database.begin(world.scope) as work:
        first = work.now.date() + timedelta(days=in_days)
    return SlotQuery(world.treatment_id, first, first + timedelta(days=days - 1))


async def asked(database: Database, world: World, query: SlotQuery) -> FreeTimes:
    """The answer, which has to be what the clinic itself would work out."""
    found = await list_public_slots(database, world.slug, query)
    async with database.begin(world.scope) as work:
        assert list(found.slots) == await list_slots(work, query)
    return found


async def test_the_same_question_gets_the_same_answer_until_somebody_books_or_cancels(
    database: Database,
) -> None:
    world = await live_clinic(database)
    query = await query_of(database, world, in_days=7, days=3)
    await asked(database, world, query)
    before = await asked(database, world, query)
    assert await asked(database, world, query) is before
    booked = await book_one(database, world, before.slots[4].starts_at)
    taken = await asked(database, world, query)
    assert before.slots[4] not in taken.slots
    assert await asked(database, world, query) is taken
    (booking_id,) = await booking_ids(database, world, booked)
    async with database.begin(world.scope) as work:
        await cancel(work, booking_id, by="clinic")
    assert (await asked(database, world, query)).slots == before.slots


async def test_a_visit_on_another_day_leaves_the_answer_as_it_is(database: Database) -> None:
    world = await live_clinic(database)
    query, later = [await query_of(database, world, in_days=days) for days in (7, 9)]
    await asked(database, world, query)
    before = await asked(database, world, query)
    await book_one(database, world, (await asked(database, world, later)).slots[0].starts_at)
    assert await asked(database, world, query) is before


async def test_as_today_goes_by_its_times_go(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    query = await query_of(database, world, in_days=0, days=4)
    first = await asked(database, world, query)
    for _ in range(6):
        await clock.advance(timedelta(hours=9))
        await asked(database, world, query)
    assert len((await asked(database, world, query)).slots) < len(first.slots)


async def test_who_joins_is_offered_where_what_is_taken_stays_the_same(database: Database) -> None:
    world = await live_clinic(database)
    query = await query_of(database, world, in_days=7)
    await book_one(database, world)
    before = await asked(database, world, query)
    await add_practitioner(database, world, "Dr New")
    assert len((await asked(database, world, query)).slots) > len(before.slots)


async def test_what_is_kept_of_one_clinic_answers_nobody_under_another_address(database: Database) -> None:
    world, other = [await live_clinic(database, name=name) for name in ("Linden Skin", "Cedar Skin")]
    query = await query_of(database, world, in_days=7)
    await asked(database, world, query)
    await asked(database, world, query)
    with pytest.raises(NotFound):
        await list_public_slots(database, other.slug, query)
    with pytest.raises(NotFound):
        await list_public_slots(database, "no-such-clinic", query)


async def test_many_who_ask_at_once_get_what_each_would_get_alone(database: Database) -> None:
    """Clinics, days, people and strangers in one round trip: nothing of one reaches another."""
    worlds = [await live_clinic(database, name=name) for name in ("Linden Skin", "Cedar Skin")]
    await add_practitioner(database, worlds[1], "Dr New")
    asking = [
        (world.slug, await query_of(database, world, in_days=days, days=1 + days % 3))
        for world in worlds
        for days in range(3, 15)
    ]
    alone = [await list_public_slots(database, slug, query) for slug, query in asking]
    strange = [("no-such-clinic", asking[0][1]), (worlds[0].slug, asking[-1][1])]
    found = await asyncio.gather(
        *(list_public_slots(database, slug, query) for slug, query in [*asking, *strange, *asking]),
        return_exceptions=True,
    )
    got = [list(one.slots) for one in found if isinstance(one, FreeTimes)]
    assert got == [list(one.slots) for one in (*alone, *alone)]
    assert [type(one) for one in found[len(asking) : len(asking) + 2]] == [NotFound, NotFound]


async def test_what_is_booked_is_gone_for_whoever_asks_after_it_among_many(database: Database) -> None:
    world = await live_clinic(database)
    query = await query_of(database, world, in_days=7)
    slots = (await asked(database, world, query)).slots
    for taken in slots[:40:8]:
        before = [asyncio.create_task(list_public_slots(database, world.slug, query)) for _ in range(20)]
        await book_one(database, world, taken.starts_at)
        after = await asyncio.gather(*(list_public_slots(database, world.slug, query) for _ in range(20)))
        assert all(taken not in one.slots for one in after)
        await asyncio.gather(*before)
