"""Parts written by several processes at once: while one waits for the database, another builds."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from threading import Thread

from infra.ops.product import open_database
from infra.ops.seed.building import Part, Writing, write_part
from infra.ops.seed.making import Shared
from infra.platform.settings import Settings


def crew(settings: Settings) -> Writing:
    """Writes with a process for each processor, and one more; no more than there are parts."""
    return partial(_write, settings)


async def _write(settings: Settings, parts: list[Part], shared: Shared) -> AsyncIterator[tuple[Part, int]]:
    pool = ProcessPoolExecutor(
        min((os.cpu_count() or 1) + 1, len(parts)),
        # Not forked: the event loop and the connections of this process are none of theirs.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
    )
    loop = asyncio.get_running_loop()

    async def write(part: Part) -> tuple[Part, int]:
        return part, await loop.run_in_executor(pool, _write_here, settings, part, shared)

    tasks = [asyncio.create_task(write(part)) for part in parts]
    try:
        for done in asyncio.as_completed(tasks):
            yield await done
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)


def _write_here(settings: Settings, part: Part, shared: Shared) -> int:
    async def write() -> int:
        async with open_database(settings) as database:
            return await write_part(database, part, shared)

    return asyncio.run(write())


def _begin() -> None:
    """What a process of the crew does first: it ends with the one that began it, and is not interrupted beside it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    # A part's rows all live until it is written; looking for circles among them would take a fifth of the time.
    gc.disable()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
