"""Somebody who asks for many times at once holds as many as they may, and no more.

The times have nothing in common, so that nothing else decides: the lock on resources is taken off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pytest

from services.scheduling.hold_repository import HoldRepository
from services.scheduling.holding import MOST_STANDING, hold_time
from services.scheduling.schemas import HeldTime, VisitWish
from tests.factories import World, free_slots, live_clinic
from tests.races.conftest import AT_ONCE, Arena, outcomes, without_lock

_STANDING = "SELECT count(*) FROM slot_hold"


async def ask_for_all(arena: Arena, world: World, who: Sequence[str]) -> list[object]:
    """Each asks for a time of its own, all at once."""
    apart = [slot.starts_at for slot in await free_slots(arena.database, world, days=12)][::9]

    async def ask(starts_at: datetime, address: str) -> HeldTime:
        async with arena.database.begin(world.scope) as work:
            return await hold_time(work, VisitWish(world.treatment_id, starts_at), address)

    asked = zip(apart[: len(who)], who, strict=True)
    return await asyncio.gather(*(ask(*one) for one in asked), return_exceptions=True)


def meet_before_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes all come to where holds are counted before the first is."""
    barrier, lock_holder = asyncio.Barrier(AT_ONCE), HoldRepository.lock_holder

    async def locked_together(self: HoldRepository, held_by: str) -> None:
        await barrier.wait()
        await lock_holder(self, held_by)

    monkeypatch.setattr(HoldRepository, "lock_holder", locked_together)


def count_before_anybody_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the lock off, and makes all have counted before the first writes."""
    barrier, count_standing = asyncio.Barrier(AT_ONCE), HoldRepository.count_standing

    async def unlocked(self: HoldRepository, held_by: str) -> None:
        """Nobody waits."""

    async def counted_together(self: HoldRepository, held_by: str, but: UUID | None) -> int:
        found = await count_standing(self, held_by, but)
        await barrier.wait()
        return found

    monkeypatch.setattr(HoldRepository, "lock_holder", unlocked)
    monkeypatch.setattr(HoldRepository, "count_standing", counted_together)


async def test_many_holds_at_once_are_counted_one_by_one(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await live_clinic(arena.database)
    without_lock(monkeypatch)
    meet_before_the_lock(monkeypatch)
    results = await ask_for_all(arena, world, ["192.0.2.1"] * AT_ONCE)
    assert outcomes(results) == {"HeldTime": MOST_STANDING, "TooManyHolds": AT_ONCE - MOST_STANDING}
    assert await arena.count(_STANDING) == MOST_STANDING
    assert await arena.deadlocks() == 0


async def test_those_of_many_people_do_not_count_together(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await live_clinic(arena.database)
    without_lock(monkeypatch)
    meet_before_the_lock(monkeypatch)
    results = await ask_for_all(arena, world, [f"192.0.2.{number}" for number in range(AT_ONCE)])
    assert outcomes(results) == {"HeldTime": AT_ONCE}


async def test_without_the_lock_one_person_holds_them_all(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await live_clinic(arena.database)
    without_lock(monkeypatch)
    count_before_anybody_holds(monkeypatch)
    results = await ask_for_all(arena, world, ["192.0.2.1"] * AT_ONCE)
    assert outcomes(results) == {"HeldTime": AT_ONCE}
    assert await arena.count(_STANDING) == AT_ONCE
