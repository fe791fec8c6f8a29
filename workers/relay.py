"""The relay: outbox, timers and redelivery. Several may run; they skip each other's rows.

    python -m workers.relay

It is woken by a signal after each commit and looks by itself twice a second. While Redis is away it
still turns events into deliveries, and hands them out when Redis is back, emptied or not. While PostgreSQL is
away it says so once and tries again, more and more slowly.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog
from prometheus_client import Counter
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from infra.platform.assembly import NotConfigured
from infra.platform.observability import configure_logging
from infra.platform.running import keep_what_is_loaded, use_uvloop
from infra.platform.settings import Settings, get_settings
from infra.platform.signals import WAKE_CHANNEL
from services.kernel import deliveries
from services.kernel.scope import PlatformScope
from services.kernel.work import Database
from services.privacy import retention
from workers.actor import load_actors
from workers.broker import Handover, make_broker
from workers.process import opened_process
from workers.routes import ROUTES

AGAIN_AFTER = timedelta(seconds=10)
IDLE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0
# While Redis holds what it may: soon enough that no worker is idle, seldom enough to cost nothing.
FULL_SECONDS = 0.02
BATCH = 500
# Fewer events than that: each may become several deliveries, and whoever comes next waits for this look.
EVENTS = 100
HANDED_AT_ONCE = 20
# What waits in Redis stands before whatever anybody does next: less than half a second of one worker's work.
MOST_WAITING = 30
FORGET_EVERY_SECONDS = 60.0

_SCOPE = PlatformScope("the relay passes on every clinic's events")
_AWAY = (DBAPIError, PoolTimeout, OSError)
_log = structlog.get_logger("relay")
_EVENTS = Counter("needlewise_relay_events_total", "Events taken from the outbox")
_TIMERS = Counter("needlewise_relay_timers_total", "Timers that fell due")
_HANDED = Counter("needlewise_relay_handed_total", "Deliveries handed to the broker")


class Relay:
    """One relay; `turn` is one look at everything."""

    def __init__(
        self,
        database: Database,
        handover: Handover,
        routes: Mapping[str, Sequence[str]],
        again_after: timedelta = AGAIN_AFTER,
    ) -> None:
        self._database = database
        self._handover = handover
        self._routes = routes
        self._again_after = again_after
        self._redis_is_there = True
        self._look_again_at = 0.0

    async def turn(self) -> float:
        """Fires, routes and hands out once; gives for how many seconds there is nothing to do, unless it is woken.

        While Redis holds what it may, nothing can be handed out, and the database is looked at no more than when idle,
        unless the last look did not see all.
        """
        room, now = await self._room(), time.monotonic()
        if not room and self._redis_is_there and now < self._look_again_at:
            return FULL_SECONDS
        async with self._database.begin(_SCOPE) as work:
            fired = await deliveries.fire_timers(work, BATCH)
            routed = await deliveries.route_outbox(work, self._routes, EVENTS)
            handed = await deliveries.hand_out(work, room, self._again_after) if room else []
        saw_all = fired < BATCH and routed.events < EVENTS
        self._look_again_at = now + IDLE_SECONDS if saw_all else now
        for name in routed.unrouted:
            _log.error("event without a route", event_name=name)
        if handed:
            await self._push(handed)
        _EVENTS.inc(routed.events)
        _TIMERS.inc(fired)
        if routed.may_be_more or fired == BATCH or len(handed) == HANDED_AT_ONCE:
            return 0
        return IDLE_SECONDS if room or not self._redis_is_there else FULL_SECONDS

    async def forget(self) -> None:
        """Deletes deliveries that were done long ago, and sees to it that today's retention is planned.

        A busy house finishes more in an hour than one run of retention a day should have to delete.
        """
        async with self._database.begin(_SCOPE) as work:
            erased = await deliveries.forget_done(work, retention.KEPT_DONE, BATCH)
            await retention.note_deliveries(work, erased)
            await retention.plan(work)

    async def _room(self) -> int:
        """How many to hand out now: few may wait in Redis, so that a busy clinic's do not stand before all others'.

        As many as go at once, or nothing: fewer would be taken in turns again and again.
        """
        try:
            waiting = await asyncio.to_thread(self._handover.waiting)
        except (RedisError, OSError) as error:
            self._say_redis(there=False, why=type(error).__name__)
            return 0
        self._say_redis(there=True)
        return HANDED_AT_ONCE if waiting <= MOST_WAITING - HANDED_AT_ONCE else 0

    async def _push(self, handed: list[deliveries.Handed]) -> None:
        try:
            await asyncio.to_thread(self._handover.push, handed)
        except (RedisError, OSError) as error:  # each of them is due again after its time
            self._say_redis(there=False, why=type(error).__name__)
            return
        _HANDED.inc(len(handed))

    def _say_redis(self, *, there: bool, why: str = "") -> None:
        if there != self._redis_is_there:
            self._redis_is_there = there
            if there:
                _log.info("redis is back")
            else:
                _log.warning("redis is away; deliveries wait in the database", error=why)


async def listen(redis_url: str, woken: asyncio.Event) -> None:
    """Sets the event at each signal; while Redis is away, polling does the work alone."""
    while True:
        with contextlib.suppress(RedisError, OSError):
            async with Redis.from_url(redis_url, socket_connect_timeout=5) as redis, redis.pubsub() as pubsub:
                await pubsub.subscribe(WAKE_CHANNEL)
                async for _ in pubsub.listen():
                    woken.set()
        await asyncio.sleep(1)


async def serve(relay: Relay, woken: asyncio.Event, stop: asyncio.Event) -> None:
    """Takes turns until it is told to stop."""
    loop = asyncio.get_running_loop()
    pause, forget_at = IDLE_SECONDS, loop.time()
    while not stop.is_set():
        woken.clear()
        try:
            free = await relay.turn()
            if loop.time() >= forget_at:
                await relay.forget()
                forget_at = loop.time() + FORGET_EVERY_SECONDS
        except _AWAY as error:
            _log.error("the database is away; trying again", error=type(error).__name__, seconds=pause)
            await _wait(stop, pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            continue
        pause = IDLE_SECONDS
        if free:
            await _wait(stop if free == FULL_SECONDS else woken, free)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


async def main(settings: Settings) -> None:
    """Runs until SIGTERM or SIGINT. Raises `NotConfigured`."""
    if settings.redis_url is None:
        raise NotConfigured("NEEDLEWISE_REDIS_URL must be set")
    stop, woken = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        stop.set()
        woken.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    async with opened_process(settings) as process:
        handover = Handover(make_broker(settings.redis_url), load_actors())
        listening = asyncio.create_task(listen(settings.redis_url, woken))
        _log.info("relay runs")
        try:
            await serve(Relay(process.outside.database, handover, ROUTES), woken, stop)
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening
        _log.info("relay stopped")


if __name__ == "__main__":
    use_uvloop()
    keep_what_is_loaded()
    configure_logging("relay", get_settings().log_format)
    try:
        asyncio.run(main(get_settings()))
    except NotConfigured as error:
        sys.exit(f"relay: {error}")
