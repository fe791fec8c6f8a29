"""Another time of a visit is asked for, answered, taken back and made otherwise at once: one outcome, no time lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID

import pytest

from services.courses.moving import accept_move, move_visit
from services.kernel.work import ClinicWork
from services.scheduling import service as scheduling
from services.scheduling.asked_models import MoveAnswer
from services.scheduling.asked_moves import decline_move, expire_move, list_open, take_back
from services.scheduling.asked_repository import AskedMoveRepository
from services.treatments.models import BookingMode
from tests.factories import World, book_one, booking_ids, free_slots, live_clinic
from tests.races.conftest import AT_ONCE, Arena, outcomes

T = TypeVar("T")
Do = Callable[[ClinicWork], Awaitable[object]]
_OPEN_WITHOUT_HOLD = (
    "SELECT count(*) FROM asked_move m WHERE m.answer = '' "
    "AND NOT EXISTS (SELECT FROM slot_hold h WHERE h.clinic_id = m.clinic_id AND h.move_id = m.id)"
)
_HELD_FOR_NOTHING = (
    "SELECT count(*) FROM slot_hold h JOIN asked_move m ON m.clinic_id = h.clinic_id AND m.id = h.move_id "
    "WHERE m.answer <> ''"
)
_NOT_WHERE_IT_IS = (
    "SELECT count(*) FROM booking b WHERE (b.status IN ('requested', 'confirmed')) <> EXISTS (SELECT FROM claim c "
    "WHERE c.clinic_id = b.clinic_id AND c.booking_id = b.id AND c.starts_at = b.starts_at)"
)
_WRONG = (_OPEN_WITHOUT_HOLD, _HELD_FOR_NOTHING, _NOT_WHERE_IT_IS)


async def asked(arena: Arena) -> tuple[World, UUID, list[datetime]]:
    """An accepted visit that asks to move to the first of some free times."""
    world = await live_clinic(arena.database, booking_mode=BookingMode.REQUEST)
    (mine,) = await booking_ids(arena.database, world, await book_one(arena.database, world))
    async with arena.database.begin(world.scope) as work:
        await scheduling.accept(work, mine)
    free = [one.starts_at for one in (await free_slots(arena.database, world, in_days=9))[::4]]
    await done(arena, world, lambda work: move_visit(work, mine, free[0]))
    return world, mine, free


async def done(arena: Arena, world: World, do: Callable[[ClinicWork], Awaitable[T]]) -> T:
    async with arena.database.begin(world.scope) as work:
        return await do(work)


async def at_once(arena: Arena, world: World, steps: list[Do]) -> list[object]:
    return await asyncio.gather(*(done(arena, world, one) for one in steps), return_exceptions=True)


async def check(arena: Arena) -> None:
    assert await arena.overlaps() == 0
    assert [sql for sql in _WRONG if await arena.count(sql)] == []


async def test_of_many_answers_one_counts(arena: Arena) -> None:
    world, mine, free = await asked(arena)
    before = (await done(arena, world, lambda work: scheduling.get_booking(work, mine))).starts_at
    each: tuple[Do, ...] = (
        lambda work: accept_move(work, mine),
        lambda work: decline_move(work, mine),
        lambda work: take_back(work, mine),
        lambda work: scheduling.reschedule(work, mine, free[3], by="clinic"),
    )
    results = await at_once(arena, world, [one for one in each for _ in range(AT_ONCE // len(each))])
    (answer,) = [
        one
        for one in MoveAnswer
        if await arena.count(f"SELECT count(*) FROM asked_move WHERE answer = '{one}'")
    ]
    async with arena.database.begin(world.scope) as work:
        now = await scheduling.get_booking(work, mine)
    answered = [one for one in results if not isinstance(one, Exception)]
    # A move by the clinic comes through whoever was first; of those who answer, at most one does.
    assert outcomes(results)["MoveOver"] >= 3 * AT_ONCE // len(each) - 1
    assert answered
    assert now.starts_at == free[3]
    assert answer is not MoveAnswer.NONE
    assert now.moved_from_at in {before, free[0], free[3]}
    await check(arena)
    assert await arena.count("SELECT count(*) FROM slot_hold") == 0
    assert await arena.deadlocks() == 0


async def test_whoever_answers_first_is_the_only_one(arena: Arena) -> None:
    world, mine, _ = await asked(arena)
    no: Do = lambda work: decline_move(work, mine)  # noqa: E731
    back: Do = lambda work: take_back(work, mine)  # noqa: E731
    yes: Do = lambda work: accept_move(work, mine)  # noqa: E731
    results = await at_once(arena, world, [no, back, yes, yes] * (AT_ONCE // 4))
    assert outcomes(results)["MoveOver"] == AT_ONCE - 1
    await check(arena)
    assert await arena.deadlocks() == 0


async def test_without_the_look_at_what_it_was_several_would_answer(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, mine, _ = await asked(arena)
    barrier, answer = asyncio.Barrier(AT_ONCE), AskedMoveRepository.answer

    async def unguarded(
        self: AskedMoveRepository, move_id: UUID, given: MoveAnswer, reason: str = ""
    ) -> UUID | None:
        found = await self.find(move_id)
        await barrier.wait()
        await answer(self, move_id, given, reason)
        return None if found is None or found.answer else found.booking_id

    monkeypatch.setattr(AskedMoveRepository, "answer", unguarded)
    results = await at_once(arena, world, [lambda work: decline_move(work, mine)] * AT_ONCE)
    assert outcomes(results)["NoneType"] == AT_ONCE


@pytest.mark.parametrize("seed", range(4))
async def test_at_random_nothing_is_given_twice_and_nothing_is_lost(arena: Arena, seed: int) -> None:
    world, mine, free = await asked(arena)
    random = Random(seed)  # noqa: S311  no secret
    async with arena.database.begin(world.scope) as work:
        (open_now,) = await list_open(work)

    async def book_it(at: datetime, who: int) -> object:
        return await book_one(arena.database, world, at, email=f"p{who}@example.test")

    def step(number: int) -> Awaitable[object]:
        at = random.choice(free)
        what: dict[int, Do] = {
            0: lambda work: move_visit(work, mine, at, by="client"),
            1: lambda work: accept_move(work, mine),
            2: lambda work: decline_move(work, mine),
            3: lambda work: expire_move(work, open_now.id),
            4: lambda work: scheduling.cancel(work, mine, by="clinic", reason="Ill."),
            5: lambda work: move_visit(work, mine, at, by="clinic"),
        }
        kind = random.choice([0, 0, 0, 1, 1, 2, 3, 5, 6, 6] + ([4] if number == AT_ONCE - 1 else []))
        return book_it(at, number) if kind not in what else done(arena, world, what[kind])

    for _ in range(3):
        await asyncio.gather(*(step(number) for number in range(AT_ONCE)), return_exceptions=True)
        await check(arena)
    await done(arena, world, lambda work: _end(work, mine))
    assert await arena.count("SELECT count(*) FROM slot_hold") == 0
    assert await arena.deadlocks() == 0


async def _end(work: ClinicWork, booking_id: UUID) -> None:
    booking = await scheduling.get_booking(work, booking_id)
    if booking.status == "confirmed":
        await scheduling.cancel(work, booking_id, by="clinic", reason="Ill.")


async def test_at_its_deadline_it_ends_once_and_whoever_comes_gets_the_time(arena: Arena) -> None:
    world, mine, free = await asked(arena)
    async with arena.database.begin(world.scope) as work:
        (open_now,) = await list_open(work)
        now = work.now
    seconds = int((open_now.until_at - now + timedelta(minutes=1)).total_seconds())
    async with arena.owner.begin() as connection:
        await connection.exec_driver_sql(f"UPDATE clock_offset SET seconds = {seconds}")
    ending: Do = lambda work: expire_move(work, open_now.id)  # noqa: E731
    taking = [
        book_one(arena.database, world, free[0], email=f"p{number}@example.test") for number in range(4)
    ]
    results = await asyncio.gather(
        at_once(arena, world, [ending, lambda work: accept_move(work, mine)] * 4),
        asyncio.gather(*taking, return_exceptions=True),
    )
    assert results[0].count(True) == 1
    assert outcomes(results[1]) == {"Booked": 1, "SlotTaken": 3}
    assert await arena.overlaps() == 0
    assert await arena.deadlocks() == 0
