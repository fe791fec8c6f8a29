"""What was committed at a clinic, told at once to whoever looks at it: through Redis, and nothing in it is the truth.

Each piece of news has a mark that grows. Who knows the mark of what they saw learns whether something came since; where
it is not known, or Redis lost it, they look again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID, uuid4

from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from infra.platform.signals import AWAY, CLINIC_CHANNEL

_HOME = "needlewise:news"
_AGAIN_SECONDS, _SUBSCRIBED_WITHIN = 1.0, 5.0

_ADMIT = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) and not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


@dataclass(slots=True)
class Heard:
    """What came since one listened last. `missed`: nobody knows what. `over`: nothing will come any more."""

    mark: str = ""
    events: set[str] = field(default_factory=set)
    days: set[str] = field(default_factory=set)
    missed: bool = False
    over: bool = False

    def __bool__(self) -> bool:
        return bool(self.events or self.days or self.missed or self.over)


class Listener:
    """One who listens to a clinic; what they do not fetch at once is put together, so nothing piles up."""

    def __init__(self) -> None:
        self._heard, self._woken = Heard(), asyncio.Event()

    async def wait(self, seconds: float) -> Heard:
        """What came, as soon as something does; after so many seconds nothing."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        found, self._heard = self._heard, Heard(over=self._heard.over)
        if not found.over:
            self._woken.clear()
        return found

    def hear(self, mark: str, events: Iterable[str], days: Iterable[str]) -> None:
        self._heard.mark = mark
        self._heard.events.update(events)
        self._heard.days.update(days)
        self._woken.set()

    def miss(self) -> None:
        """Redis was away: something may have come meanwhile."""
        self._heard.missed = True
        self._woken.set()

    def end(self) -> None:
        """The process stops."""
        self._heard.over = True
        self._woken.set()


class ClinicNews:
    """One subscription of the process, whoever and how many listen."""

    def __init__(self, redis: Redis, redis_url: str) -> None:
        self._redis, self._url = redis, redis_url
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._confirmed: dict[str, asyncio.Event] = {}
        self._pubsub: PubSub | None = None
        self._reader: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[Any]] = set()
        self._closed = False

    async def mark(self, clinic_id: UUID) -> str:
        """The mark of what was told last; empty where nothing was, or Redis is away."""
        try:
            found = await self._redis.get(f"{CLINIC_CHANNEL}{clinic_id}")
        except AWAY:
            return ""
        return bytes(found).decode() if isinstance(found, bytes) else ""

    @asynccontextmanager
    async def listen(self, clinic_id: UUID) -> AsyncIterator[Listener]:
        """Listens until the end of the block to what is told from here on. Raises `TimeoutError` without Redis."""
        channel, listener = f"{CLINIC_CHANNEL}{clinic_id}", Listener()
        self._listeners[channel].add(listener)
        try:
            if self._closed:
                listener.end()
            else:
                await self._subscribe(channel)
            yield listener
        finally:
            self._listeners[channel].discard(listener)
            if not self._listeners[channel]:
                del self._listeners[channel]
                self._confirmed.pop(channel, None)
                self._soon(self._unsubscribe(channel))

    async def admit(self, who: str, stream: str, most: int, seconds: int) -> bool:
        """Counts one of somebody's streams for so many seconds; whether it is among as many as they may have."""
        try:
            return bool(await _run(self._redis, _ADMIT, f"needlewise:streams:{who}", stream, most, seconds))
        except AWAY:
            return False

    def leave(self, who: str, stream: str) -> None:
        """The stream counts no more."""
        self._soon(self._forget(f"needlewise:streams:{who}", stream))

    def end(self) -> None:
        """Whoever listens is told that it is over: the process stops."""
        self._closed = True
        for listener in [one for some in self._listeners.values() for one in some]:
            listener.end()

    async def close(self) -> None:
        """Ends what listens, and lets go of the subscription."""
        self.end()
        tasks = [*self._leaving, *([self._reader] if self._reader else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _subscribe(self, channel: str) -> None:
        confirmed = self._confirmed.setdefault(channel, asyncio.Event())
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read())
        elif self._pubsub is not None and not confirmed.is_set():
            with contextlib.suppress(*AWAY):
                await self._pubsub.subscribe(channel)
        async with asyncio.timeout(_SUBSCRIBED_WITHIN):
            await confirmed.wait()

    async def _unsubscribe(self, channel: str) -> None:
        if self._pubsub is not None and channel not in self._listeners:
            with contextlib.suppress(*AWAY):
                await self._pubsub.unsubscribe(channel)

    async def _forget(self, key: str, stream: str) -> None:
        with contextlib.suppress(*AWAY):
            await self._redis.zrem(key, stream)

    def _soon(self, step: Any) -> None:
        """Does it apart from whoever asked, who may be gone the next moment."""
        task = asyncio.ensure_future(step)
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _read(self) -> None:
        """Passes on what comes, and subscribes anew where Redis was away."""
        while True:
            with contextlib.suppress(*AWAY):
                async with (
                    Redis.from_url(self._url, socket_connect_timeout=5) as redis,
                    redis.pubsub() as pubsub,
                ):
                    asked = set(self._listeners)
                    await pubsub.subscribe(_HOME, *asked)
                    self._pubsub = pubsub
                    if late := set(self._listeners) - asked:
                        await pubsub.subscribe(*late)
                    async for message in pubsub.listen():
                        self._pass_on(message)
            self._pubsub = None
            for confirmed in self._confirmed.values():
                confirmed.clear()
            for listener in [one for some in self._listeners.values() for one in some]:
                listener.miss()
            await asyncio.sleep(_AGAIN_SECONDS)

    def _pass_on(self, message: dict[str, Any]) -> None:
        channel = message["channel"].decode()
        if message["type"] == "subscribe":
            if channel in self._confirmed:
                self._confirmed[channel].set()
        elif message["type"] == "message":
            mark, _, said = message["data"].decode().partition(" ")
            what = json.loads(said)
            for listener in self._listeners.get(channel, ()):
                listener.hear(mark, what["events"], what["days"])


def new_stream() -> str:
    """A name for one stream."""
    return uuid4().hex


async def _run(redis: Redis, script: str, key: str, *arguments: object) -> object:
    return await cast("Awaitable[object]", redis.eval(script, 1, key, *(str(one) for one in arguments)))
