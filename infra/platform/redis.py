"""Redis: the relay's wake-up signal and the throttle's counters. Nothing in it is needed to survive."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

WAKE_CHANNEL = "needlewise:wake"

_HIT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('TTL', KEYS[1])}
"""


def connect_redis(url: str) -> Redis:
    """A client of the process."""
    return Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)


class RedisWake:
    """Wakes the relay; while Redis is away the relay's polling does the work alone."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def __call__(self) -> None:
        try:
            await self._redis.publish(WAKE_CHANNEL, b"1")
        except (RedisError, OSError):
            return


class RedisThrottle:
    """Counts tries in fixed windows. Without Redis, or switched off, it allows: signing in must not depend on it."""

    def __init__(self, redis: Redis, *, on: bool) -> None:
        self._redis = redis
        self._on = on

    async def hit(self, key: str, limit: int, per_seconds: int) -> int | None:
        """Counts one try; the seconds to wait when there were too many."""
        if not self._on:
            return None
        try:
            answer = await cast(
                "Awaitable[list[int]]",
                self._redis.eval(_HIT, 1, f"needlewise:throttle:{key}", str(per_seconds)),
            )
        except (RedisError, OSError):
            return None
        count, wait = answer
        return max(int(wait), 1) if int(count) > limit else None


class RedisHealth:
    """Whether Redis answers."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def check(self) -> None:
        await self._redis.ping()
