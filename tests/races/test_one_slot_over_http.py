"""Many book one time at once over HTTP, at the product's own processes: one gets it, and nobody meets an error.

Two web processes answer, so that what decides is the database. Without its guards the same rush books the time again
and again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from infra.ops.programs import COMMANDS
from infra.platform.settings import Settings
from tests.factories import World, booking_body, free_slots, live_clinic
from tests.product import eventually, running_product
from tests.races.conftest import AT_ONCE, WAIT_SECONDS, Arena
from tests.races.unguarded import GATE, unguarded_command

WEB_PROCESSES = 2
TRIES = [40, pytest.param(200, marks=pytest.mark.prove)]
LOCK = text("SELECT pg_advisory_xact_lock(:key)")
WAITING = f"""SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {GATE} AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
GUARDED, UNGUARDED = COMMANDS, {**COMMANDS, "web": unguarded_command}


@asynccontextmanager
async def clinic_online(
    arena: Arena, folder: Path, commands: Mapping[str, Callable[[Settings], list[str]]]
) -> AsyncIterator[tuple[str, World, datetime]]:
    """The product on the arena's database: its address, a clinic that can be booked, and a free time."""
    world = await live_clinic(arena.database)
    slots = await free_slots(arena.database, world)
    settings = arena.settings.model_copy(update={"web_workers": WEB_PROCESSES})
    with running_product(settings, folder, commands) as base_url:
        yield base_url, world, slots[8].starts_at


async def rush(base_url: str, world: World, starts_at: datetime, tries: int) -> list[httpx.Response]:
    """All at once, each on a connection of their own."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=base_url, limits=limits, timeout=120) as http:

        async def press(number: int) -> httpx.Response:
            body = booking_body(world, starts_at, email=f"p{number}@example.test")
            return await http.post("/api/v1/bookings", json=body, headers={"Idempotency-Key": uuid4().hex})

        return await asyncio.gather(*(press(number) for number in range(tries)))


async def rush_through_gate(
    arena: Arena, base_url: str, world: World, starts_at: datetime, tries: int
) -> list[httpx.Response]:
    """The same, where those who have seen the time free write at once: not before so many wait at the gate."""

    async def they_wait() -> bool:
        return await arena.count(WAITING) >= AT_ONCE

    async with asyncio.TaskGroup() as group, arena.owner.begin() as gate:
        await gate.execute(LOCK, {"key": GATE})
        rushing = group.create_task(rush(base_url, world, starts_at, tries))
        await eventually(they_wait, f"{AT_ONCE} are about to write", WAIT_SECONDS)
    return rushing.result()


def statuses(answers: list[httpx.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


@pytest.mark.walk
@pytest.mark.parametrize("tries", TRIES)
async def test_one_gets_the_time_and_all_others_are_offered_others(
    arena: Arena, tmp_path: Path, tries: int
) -> None:
    async with clinic_online(arena, tmp_path, GUARDED) as where:
        answers = await rush(*where, tries)
    assert statuses(answers) == {201: 1, 409: tries - 1}
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {problem["type"].rpartition("/")[2] for problem in refused} == {"slot-taken"}
    assert all(problem["alternatives"] for problem in refused)
    assert await arena.overlaps() == 0
    assert await arena.deadlocks() == 0
    assert not arena.deadlocks_logged()


@pytest.mark.prove
async def test_of_a_thousand_one_gets_it_and_who_finds_the_house_full_is_asked_to_come_back(
    arena: Arena, tmp_path: Path
) -> None:
    async with clinic_online(arena, tmp_path, GUARDED) as where:
        answers = await rush(*where, 1_000)
    found = statuses(answers)
    assert found[201] == 1
    assert set(found) <= {201, 409, 503}, found
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers if answer.status_code == 503)
    assert await arena.overlaps() == 0
    assert await arena.deadlocks() == 0
    assert not arena.deadlocks_logged()
    print(dict(found))  # noqa: T201  the figure of a long proof


@pytest.mark.prove
async def test_without_lock_and_constraint_the_same_rush_books_it_twice(arena: Arena, tmp_path: Path) -> None:
    await arena.drop_constraint()
    await arena.drop_lock()
    async with clinic_online(arena, tmp_path, UNGUARDED) as where:
        found = statuses(await rush_through_gate(arena, *where, 200))
    assert found[201] >= AT_ONCE, found
    assert await arena.overlaps() > 0


@pytest.mark.prove
async def test_the_constraint_alone_keeps_it_single_and_nobody_meets_an_error(
    arena: Arena, tmp_path: Path
) -> None:
    await arena.drop_lock()
    async with clinic_online(arena, tmp_path, UNGUARDED) as where:
        found = statuses(await rush_through_gate(arena, *where, 200))
    assert set(found) <= {201, 409}
    assert found[201] <= 1
    assert await arena.overlaps() == 0


async def test_a_deadlock_would_be_seen(arena: Arena) -> None:
    first_has, second_has = asyncio.Event(), asyncio.Event()

    async def cross(mine: int, other: int, have: asyncio.Event, wait: asyncio.Event) -> None:
        async with arena.owner.begin() as connection:
            await connection.execute(LOCK, {"key": mine})
            have.set()
            await wait.wait()
            await connection.execute(LOCK, {"key": other})

    ends = await asyncio.gather(
        cross(1, 2, first_has, second_has), cross(2, 1, second_has, first_has), return_exceptions=True
    )
    assert sorted(type(end).__name__ for end in ends) == ["DBAPIError", "NoneType"]
    assert await arena.deadlocks() == 1
    said = arena.deadlocks_logged()
    assert said is None or len(said) == 1
