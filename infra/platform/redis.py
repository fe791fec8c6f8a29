"""Redis: the throttle's counters. Nothing in it is needed to survive."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

_REMEMBERED_SECONDS = 60 * 60

_HIT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('TTL', KEYS[1])}
"""

_SLOW = """
local wait = redis.call('TTL', KEYS[2])
if wait > 0 then return wait end
local count = redis.call('INCR', KEYS[1])
redis.call('EXPIRE', KEYS[1], ARGV[4])
local past = count - tonumber(ARGV[1])
if past >= 0 then
  local pause = math.min(tonumber(ARGV[2]) * 2 ^ math.min(past, 30), tonumber(ARGV[3]))
  redis.call('SET', KEYS[2], 1, 'EX', string.format('%d', pause))
end
return 0
"""


def connect_redis(url: str) -> Redis:
    """A client of the process."""
    return Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)


class RedisThrottle:
    """Counts tries. Without Redis, or switched off, it allows: signing in must not depend on it."""

    def __init__(self, redis: Redis, *, on: bool) -> None:
        self._redis = redis
        self._on = on

    @property
    def is_on(self) -> bool:
        """Whether anything is counted."""
        return self._on

    async def hit(self, key: str, limit: int, per_seconds: int) -> int | None:
        """Counts one try in a fixed window; the seconds to wait when there were too many."""
        answer = await self._run(_HIT, [self._key(key)], per_seconds)
        if answer is None:
            return None
        count, wait = cast("list[int]", answer)
        return max(int(wait), 1) if int(count) > limit else None

    async def slow(self, key: str, free: int, first_seconds: int, longest_seconds: int) -> int | None:
        """Counts one try, unless the one before still makes it wait: then the seconds to wait."""
        keys = [self._key(key), self._key(f"{key}:wait")]
        wait = await self._run(_SLOW, keys, free, first_seconds, longest_seconds, _REMEMBERED_SECONDS)
        return int(cast("int", wait)) if wait else None

    async def forget(self, key: str) -> None:
        """Begins the count anew."""
        try:
            await self._redis.delete(self._key(key), self._key(f"{key}:wait"))
        except (RedisError, OSError):
            return

    @staticmethod
    def _key(key: str) -> str:
        return f"needlewise:throttle:{key}"

    async def _run(self, script: str, keys: list[str], *arguments: int) -> object:
        if not self._on:
            return None
        try:
            return await cast(
                "Awaitable[object]",
                self._redis.eval(script, len(keys), *keys, *(str(one) for one in arguments)),
            )
        except (RedisError, OSError):
            return None


class RedisHealth:
    """Whether Redis answers."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def check(self) -> None:
        await self._redis.ping()
