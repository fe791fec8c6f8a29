"""How fast a call is: by one client and by many at once, each with a call of its own number."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Call = Callable[[int], Awaitable[None]]
WARM_UP = 5


@dataclass(frozen=True, slots=True)
class Speed:
    """Calls a second, and what one of them took: the middle one and the hundredth from the end, in milliseconds."""

    rate: float
    p50: float
    p99: float

    def __str__(self) -> str:
        return f"{self.rate:9.1f}/s   p50 {self.p50:7.2f} ms   p99 {self.p99:7.2f} ms"


def speed_of(took: list[float], seconds: float) -> Speed:
    """The figures of calls that took so many milliseconds each and so many seconds together."""
    return Speed(len(took) / seconds, statistics.median(took), sorted(took)[int(len(took) * 0.99) - 1])


async def measure(call: Call, *, calls: int, at_once: int, first: int = 0) -> Speed:
    """Runs so many calls, numbered from `first`, after a few that are not counted for calls that may repeat."""
    numbers = iter(range(first, first + calls))
    took: list[float] = []

    async def client() -> None:
        for number in numbers:
            began = time.perf_counter()
            await call(number)
            took.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(at_once)))
    return speed_of(took, time.perf_counter() - began)


async def warm(call: Call) -> None:
    """A few calls that are not counted."""
    for number in range(WARM_UP):
        await call(number)
