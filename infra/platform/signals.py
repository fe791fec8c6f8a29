"""What is said through Redis after a commit: that the relay has work, and what changed at which clinic.

Nobody waits for it, and nothing in it is the truth: the relay polls as well, and who looks at a clinic finds out later
(docs/adr/0034). What comes while something is being said, or a moment later, is put together and said next.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

WAKE_CHANNEL, CLINIC_CHANNEL = "needlewise:wake", "needlewise:clinic:"
AWAY = (RedisError, OSError)
_KEPT_SECONDS = 7 * 24 * 60 * 60
# Who hears it looks at everything there is: fifty times a second is as good as two hundred times.
_BREATH_SECONDS = 0.02

# The mark is Redis's own time: it never comes twice, also where Redis began anew.
_TELL = """
local now = redis.call('TIME')
local mark = now[1] .. string.format('%06d', now[2])
redis.call('SET', KEYS[1], mark, 'EX', ARGV[2])
redis.call('PUBLISH', KEYS[1], mark .. ' ' .. ARGV[1])
return mark
"""


@dataclass(slots=True)
class _News:
    events: set[str] = field(default_factory=set)
    days: set[date] = field(default_factory=set)

    def written(self) -> str:
        return json.dumps(
            {"events": sorted(self.events), "days": sorted(day.isoformat() for day in self.days)}
        )


class RedisSignals:
    """One a process. While Redis is away nothing is said, and nothing of it is kept."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._wake, self._news = False, dict[UUID, _News]()
        self._saying: asyncio.Task[None] | None = None

    async def wake(self) -> None:
        """Wakes the relay."""
        self._wake = True
        self._begin()

    async def tell(self, clinic_id: UUID, events: Collection[str], days: Collection[date]) -> None:
        """Tells whoever looks at the clinic now."""
        news = self._news.setdefault(clinic_id, _News())
        news.events.update(events)
        news.days.update(days)
        self._begin()

    async def finish(self) -> None:
        """Says what is still to be said."""
        if self._saying is not None:
            await asyncio.wait([self._saying])  # whatever became of it: what is closed next must be closed

    def _begin(self) -> None:
        if self._saying is None or self._saying.done():
            self._saying = asyncio.create_task(self._say_all())

    async def _say_all(self) -> None:
        while self._wake or self._news:
            wake, news = self._wake, self._news
            self._wake, self._news = False, {}
            with suppress(*AWAY):
                async with self._redis.pipeline(transaction=False) as said:
                    if wake:
                        said.publish(WAKE_CHANNEL, b"1")
                    for clinic_id, one in news.items():
                        said.eval(_TELL, 1, f"{CLINIC_CHANNEL}{clinic_id}", one.written(), str(_KEPT_SECONDS))
                    await said.execute()
            await asyncio.sleep(_BREATH_SECONDS)
