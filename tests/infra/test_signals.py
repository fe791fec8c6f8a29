"""What is said through Redis after a commit: at once, together where much comes, and waited for by nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from infra.platform.redis import connect_redis
from infra.platform.settings import Settings
from infra.platform.signals import CLINIC_CHANNEL, RedisSignals
from services.kernel.ids import new_id


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator[Redis]:
    client = connect_redis(settings.redis_url or "")
    yield client
    await client.aclose()


async def heard(pubsub: PubSub, number: int) -> list[tuple[str, str]]:
    """So many messages, each with its channel."""
    found: list[tuple[str, str]] = []
    async with asyncio.timeout(10):
        async for message in pubsub.listen():
            if message["type"] == "message":
                found.append((message["channel"].decode(), message["data"].decode()))
                if len(found) == number:
                    break
    return found


async def test_what_comes_together_is_said_once_and_nothing_of_it_is_lost(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of its own: channels know no number of a database, and other tests wake relays too.
    wakes = f"needlewise:wake:{new_id()}"
    monkeypatch.setattr("infra.platform.signals.WAKE_CHANNEL", wakes)
    signals, clinic, other = RedisSignals(redis), new_id(), new_id()
    mine, theirs = f"{CLINIC_CHANNEL}{clinic}", f"{CLINIC_CHANNEL}{other}"
    async with redis.pubsub() as pubsub:
        await pubsub.subscribe(wakes, mine, theirs)
        for day in range(1, 6):
            await signals.wake()
            await signals.tell(clinic, ["a", f"b{day}"], [date(2026, 3, day)])
        await signals.tell(other, [], [date(2026, 4, 1)])
        await signals.finish()
        await signals.wake()
        first, second, third, fourth = await heard(pubsub, 4)
    assert [first[0], second[0], third[0], fourth[0]] == [wakes, mine, theirs, wakes]
    days = [f'"2026-03-0{day}"' for day in range(1, 6)]
    events = '["a", "b1", "b2", "b3", "b4", "b5"]'
    assert second[1].partition(" ")[2] == f'{{"events": {events}, "days": [{", ".join(days)}]}}'
    assert third[1].endswith('{"events": [], "days": ["2026-04-01"]}')
    assert await redis.get(mine) == second[1].partition(" ")[0].encode()
    await signals.finish()


async def test_nobody_waits_for_a_redis_that_does_not_answer() -> None:
    asked, leave = asyncio.Event(), asyncio.Event()

    async def be_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        asked.set()
        await leave.wait()
        writer.close()

    silent = await asyncio.start_server(be_silent, "127.0.0.1", 0)
    redis = connect_redis(f"redis://127.0.0.1:{silent.sockets[0].getsockname()[1]}/0")
    signals = RedisSignals(redis)
    await signals.wake()
    assert not asked.is_set()  # it has not even been said
    await asked.wait()
    # It is being said and was not answered: what comes now is noted, and nobody waits.
    finished = asyncio.create_task(signals.finish())
    await signals.tell(new_id(), ["a"], [])
    await signals.wake()
    assert not finished.done()
    leave.set()
    await finished
    silent.close()
    await signals.finish()
    await redis.aclose()
