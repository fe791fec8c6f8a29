"""From the commit of a booking to its messages being sent, by the running relay and worker."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

from tests.bench.limits import Bare, listen
from tests.bench.load import Speed, speed_of

LONGEST_SECONDS = 60.0
_LOOK_EVERY = 0.003
_COUNT = "SELECT count(*) FROM notice WHERE state = 'sent'"


async def _count(bare: Bare) -> int:
    return int(await bare.pool.fetchval(_COUNT))


async def wait_for(bare: Bare, number: int) -> None:
    """Until so many messages were sent. Raises `TimeoutError`."""
    never = asyncio.Event()
    async with asyncio.timeout(LONGEST_SECONDS):
        while await _count(bare) < number:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(never.wait(), _LOOK_EVERY)


async def one_by_one(
    bare: Bare, book: Callable[[int], Awaitable[None]], numbers: range, *, messages: int
) -> Speed:
    """Each booking's time from its answer (it is committed then) to all of its messages sent, on a quiet system."""
    took, began = [], time.perf_counter()
    for number in numbers:
        before = await _count(bare)
        await book(number)
        committed = time.perf_counter()
        await wait_for(bare, before + messages)
        took.append((time.perf_counter() - committed) * 1000)
    return speed_of(took, time.perf_counter() - began)


async def bare_chain(bare: Bare, calls: int) -> Speed:
    """The limit of the same: two commits and a signal between them, one after another."""
    woken: asyncio.Queue[str] = asyncio.Queue()
    ready = asyncio.Event()
    listening = asyncio.create_task(listen(bare.redis, woken, ready))
    await ready.wait()
    took, began = [], time.perf_counter()
    try:
        for _ in range(calls):
            start = time.perf_counter()
            await bare.chain(woken)
            took.append((time.perf_counter() - start) * 1000)
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
    return speed_of(took, time.perf_counter() - began)
