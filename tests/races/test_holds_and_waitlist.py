"""Thirty-two at once hold, book, move, cancel, wait and accept, while time moves on: nothing is given twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from itertools import count
from random import Random

import pytest

from services.scheduling import offering, waitlist
from services.scheduling.booking import cancel
from services.scheduling.waitlist_repository import WaitlistRepository
from services.scheduling.waitlist_schemas import NewWish
from tests.factories import World, add_practitioner, live_clinic
from tests.races.bout import Bout, by_day, free_starts
from tests.races.conftest import AT_ONCE, PEOPLE, Arena, without_lock
from tests.services.scheduling.waiting import fill

OFFERS = 8
ROUNDS, EACH = 50, 63  # 50 rounds of 32 people: 100,800 operations


_NOBODYS = (
    "SELECT count(*) FROM claim c JOIN booking b ON b.clinic_id = c.clinic_id AND b.id = c.booking_id "
    "WHERE b.status NOT IN ('requested', 'held', 'confirmed', 'arrived', 'completed')"
)
_BARE_BOOKING = (
    "SELECT count(*) FROM booking o WHERE o.status IN ('requested', 'confirmed') "
    "AND NOT EXISTS (SELECT FROM claim c WHERE c.clinic_id = o.clinic_id AND c.booking_id = o.id)"
)
_BARE_HOLD = (
    "SELECT count(*) FROM slot_hold o "
    "WHERE NOT EXISTS (SELECT FROM claim c WHERE c.clinic_id = o.clinic_id AND c.hold_id = o.id)"
)
_HALF_COURSES = (
    "SELECT count(*) FROM (SELECT FROM booking b JOIN client k ON k.id = b.client_id WHERE k.email LIKE 'c%' "
    "GROUP BY b.group_id HAVING count(*) <> 4) AS half"
)
_NOT_AS_ACCEPTED = (
    "SELECT count(*) FROM waitlist_offer o JOIN waitlist_wish w ON w.id = o.wish_id "
    "WHERE o.answer = 'accepted' AND (w.state <> 'booked' OR 1 <> (SELECT count(*) FROM booking b "
    "JOIN client k ON k.id = b.client_id WHERE k.email = w.email AND (b.sequence > 0 "
    "OR b.starts_at = o.starts_at AND b.practitioner_id = o.practitioner_id)))"
)
_OFFERED_TWICE = (
    "SELECT count(*) FROM (SELECT FROM slot_hold GROUP BY wish_id HAVING count(wish_id) > 1) AS twice"
)
_WRONG = (_NOBODYS, _BARE_BOOKING, _BARE_HOLD, _HALF_COURSES, _NOT_AS_ACCEPTED, _OFFERED_TWICE)


async def a_clinic(arena: Arena) -> World:
    await by_day(arena)
    world = await live_clinic(arena.database)
    await add_practitioner(arena.database, world)
    return world


async def fight(arena: Arena, each: int, seed: int, rounds: int = 1) -> Counter[str]:
    """Gives what was done, by its name or that of the refusal, after looking at every fact round by round."""
    world, random, numbers = await a_clinic(arena), Random(seed), count()  # noqa: S311  no secret
    done: Counter[str] = Counter()
    for _ in range(rounds):
        first = await by_day(arena) + timedelta(days=3)
        starts = await free_starts(arena, world, first)
        bout = Bout(arena, world, starts[::4], random, numbers)
        await bout.run(each)
        assert await arena.overlaps() == 0
        assert [sql for sql in _WRONG if await arena.count(sql)] == []
        await bout.give_all_back()
        assert await arena.count("SELECT count(*) FROM claim") == 0
        assert await free_starts(arena, world, first) == starts
        done += bout.outcomes
    assert await arena.deadlocks() == 0
    assert not arena.deadlocks_logged()
    return done


@pytest.mark.long
async def test_holds_bookings_and_offers_at_random_never_meet(arena: Arena) -> None:
    done = await fight(arena, 7, seed=1)
    assert sum(done.values()) == 7 * PEOPLE
    assert {"hold", "book", "move", "SlotTaken"} <= set(done)


@pytest.mark.prove
async def test_the_same_a_hundred_thousand_times(arena: Arena) -> None:
    done = await fight(arena, EACH, seed=2, rounds=ROUNDS)
    assert sum(done.values()) >= 100_000
    print(dict(done.most_common()))  # noqa: T201  the figure of a long proof


@pytest.mark.prove
async def test_without_lock_and_constraint_the_same_finds_overlaps(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await a_clinic(arena)
    await arena.drop_constraint()
    without_lock(monkeypatch)
    await arena.drop_lock()
    starts = await free_starts(arena, world, await by_day(arena) + timedelta(days=3))
    await Bout(arena, world, starts[::4], Random(1)).run(20)  # noqa: S311  no secret
    assert await arena.overlaps() > 0


@pytest.mark.parametrize("locked", [True, False])
async def test_one_freed_time_is_offered_to_one(
    arena: Arena,
    monkeypatch: pytest.MonkeyPatch,
    locked: bool,  # noqa: FBT001  a case of the test
) -> None:
    """With the waitlist's lock to the first who waits; without it to one all the same, by the claims alone."""
    await by_day(arena)
    world = await live_clinic(arena.database)
    booked = await fill(arena.database, world)
    starts_at = booked[3][1]
    wishes = []
    for number in range(OFFERS):
        async with arena.database.begin(world.scope) as work:
            day = starts_at.date()
            new = NewWish(name="Cy", email=f"w{number}@example.test", first_on=day, last_on=day)
            wish = await waitlist.join_waitlist(work, world.treatment_id, new, address="")
            wishes.append((await waitlist.prove_wish(work, wish.id)).id)
    async with arena.database.begin(world.scope) as work:
        await cancel(work, booked[3][0], by="clinic")
    if not locked:

        async def open_to_all(self: WaitlistRepository) -> None:
            """Nobody waits."""

        monkeypatch.setattr(WaitlistRepository, "lock", open_to_all)

    async def offer() -> int:
        async with arena.database.begin(world.scope) as work:
            return await offering.offer_freed_times(work)

    given = await asyncio.gather(*(offer() for _ in range(AT_ONCE)), return_exceptions=True)
    assert await arena.count("SELECT count(*) FROM slot_hold") == 1
    assert await arena.count("SELECT count(*) FROM waitlist_offer") == 1
    assert await arena.overlaps() == 0
    if locked:
        assert sorted(given) == [0] * (AT_ONCE - 1) + [1]  # type: ignore[type-var]  # no exception among them
        async with arena.database.begin(world.scope) as work:
            assert await offering.find_standing(work, wishes[0])
