"""The relay on real servers: hands over after the commit, wakes at a signal, and outlives what it stands on."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, suppress
from datetime import timedelta
from typing import Any, cast

import dramatiq
import pytest
import redis
from sqlalchemy import Row
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.platform.assembly import Adapters, NotConfigured
from infra.platform.settings import Settings
from services.kernel.ids import new_id
from services.kernel.work import Database
from tests.fixtures import MovableClock
from tests.product import eventually
from tests.workers.world import ROUTES, actor_of, announce, delivery_rows, note_thing
from workers import broker as brokers
from workers.broker import NAMESPACE, PREFETCH, Handover, Prefetch, make_broker
from workers.relay import FULL_SECONDS, IDLE_SECONDS, MOST_WAITING, Relay, listen, serve
from workers.worker import set_up

ACTORS = {"note_thing": actor_of(note_thing)}
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def handover(settings: Settings, database: Database) -> Handover:
    return Handover(make_broker(str(settings.redis_url)), ACTORS)


def messages(settings: Settings) -> list[dramatiq.Message[None]]:
    client = redis.Redis.from_url(str(settings.redis_url))
    found = cast("dict[bytes, bytes]", client.hgetall(f"{NAMESPACE}:default.msgs"))
    client.close()
    return [dramatiq.Message.decode(value) for value in found.values()]


async def test_a_turn_hands_over_what_happened(
    database: Database, handover: Handover, settings: Settings
) -> None:
    clinic_id = new_id()
    await announce(database, clinic_id)
    assert await Relay(database, handover, ROUTES).turn() == IDLE_SECONDS
    (row,) = await delivery_rows(database)
    (message,) = messages(settings)
    assert (message.actor_name, message.queue_name) == ("note_thing", "default")
    assert message.args == (str(row.id), str(clinic_id))
    assert handover.waiting() == 1


async def test_an_event_of_no_clinic_is_handed_over_without_one(
    database: Database, handover: Handover, settings: Settings
) -> None:
    await announce(database, None)
    await Relay(database, handover, ROUTES).turn()
    assert [message.args[1] for message in messages(settings)] == [None]


async def test_while_redis_is_away_deliveries_wait_in_the_database(
    database: Database, handover: Handover, settings: Settings
) -> None:
    away = Relay(database, Handover(make_broker(NOWHERE), ACTORS), ROUTES)
    await announce(database, new_id())
    for _ in range(2):
        await away.turn()
    assert [row.state for row in await delivery_rows(database)] == ["pending"]
    await Relay(database, handover, ROUTES).turn()
    assert len(messages(settings)) == 1


async def test_when_redis_was_emptied_all_is_handed_over_again(
    database: Database, handover: Handover, settings: Settings, adapters: Adapters, clock: MovableClock
) -> None:
    relay = Relay(database, handover, ROUTES)
    await announce(database, new_id())
    await relay.turn()
    await adapters.redis.flushdb()
    await relay.turn()
    assert messages(settings) == []
    await clock.advance(timedelta(seconds=11))
    await relay.turn()
    assert len(messages(settings)) == 1


async def test_redis_never_holds_so_many_that_a_clinic_waits_for_anothers(database: Database) -> None:
    class Full(Handover):
        def __init__(self) -> None:
            pass

        def waiting(self) -> int:
            return MOST_WAITING

    await announce(database, new_id())
    relay = Relay(database, Full(), ROUTES)
    assert await relay.turn() == FULL_SECONDS
    (row,) = await delivery_rows(database)
    assert row.due_at <= row.created_at
    await announce(database, new_id())
    relay._look_again_at = math.inf
    assert await relay.turn() == FULL_SECONDS
    assert len(await delivery_rows(database)) == 1


async def test_a_push_that_fails_midway_is_made_again_later(
    database: Database,
    handover: Handover,
    settings: Settings,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_handed: object) -> None:
        raise redis.ConnectionError

    relay = Relay(database, handover, ROUTES)
    await announce(database, new_id())
    with monkeypatch.context() as patch:
        patch.setattr(handover, "push", fail)
        await relay.turn()
    await clock.advance(timedelta(seconds=11))
    await relay.turn()
    assert len(messages(settings)) == 1


@pytest.fixture
async def stop() -> AsyncIterator[asyncio.Event]:
    event = asyncio.Event()
    yield event
    event.set()


async def things(database: Database) -> list[Row[Any]]:
    """Deliveries of what the tests announce: a relay that serves plans the day's retention too."""
    return [row for row in await delivery_rows(database) if row.event in ROUTES]


async def _ended(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_commit_wakes_the_relay(
    database: Database, handover: Handover, settings: Settings, stop: asyncio.Event
) -> None:
    woken = asyncio.Event()
    listening = asyncio.create_task(listen(str(settings.redis_url), woken))

    async def heard() -> bool:
        await announce(database, new_id())
        return woken.is_set()

    await eventually(heard, "the signal of a commit is heard", 10)
    serving = asyncio.create_task(serve(Relay(database, handover, ROUTES), woken, stop))

    async def handed() -> bool:
        rows = await things(database)
        return bool(rows) and len(messages(settings)) == len(rows)

    await eventually(handed, "what happened is handed over", 10)
    stop.set()
    woken.set()
    await asyncio.wait_for(serving, 5)
    await _ended(listening)


async def test_the_relay_outlives_the_database(
    database: Database, handover: Handover, stop: asyncio.Event
) -> None:
    tries = []

    class Away:
        def connect(self) -> AbstractAsyncContextManager[AsyncConnection]:
            tries.append(1)
            raise OperationalError("SELECT 1", {}, ConnectionError())

    working, database.connections = database.connections, Away()
    serving = asyncio.create_task(serve(Relay(database, handover, ROUTES), asyncio.Event(), stop))

    async def tried() -> bool:
        return len(tries) >= 2

    await eventually(tried, "it tries again", 10)
    database.connections = working
    await announce(database, new_id())

    async def handed() -> bool:
        return len(await things(database)) == 1

    await eventually(handed, "it goes on when the database is back", 20)
    stop.set()
    await asyncio.wait_for(serving, 5)


def test_the_broker_leaves_nothing_to_chance(settings: Settings) -> None:
    broker = make_broker(str(settings.redis_url))
    assert (broker.heartbeat_timeout, broker.maintenance_chance) == (5_000, 1_000_000)
    assert [type(one) for one in broker.middleware] == [Prefetch]


def test_a_worker_takes_many_messages_at_a_time(settings: Settings) -> None:
    worker = dramatiq.Worker(make_broker(str(settings.redis_url)))
    Prefetch().before_worker_boot(worker.broker, worker)
    assert worker.queue_prefetch == PREFETCH == brokers.PREFETCH == 200


def test_the_worker_process_knows_every_actor(settings: Settings) -> None:
    broker = set_up(settings)
    assert "send_notice" in broker.actors
    with pytest.raises(NotConfigured):
        set_up(settings.model_copy(update={"redis_url": None}))
