"""Benchmarks of the hot paths through the running product, each beside a limit measured in the same run.

`make bench`. Web, worker and relay run as in production; the limit of a path is its own statements, sent by the bare
driver over as many connections. A figure is a ratio to its limit: absolute times are the machine's.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from infra.ops.product import open_database
from infra.platform.settings import Settings
from tests.bench import messages
from tests.bench.beside import (
    MANY,
    inside,
    line,
    outside,
    run_quietly,
    settings_of_servers,
    speed_of_reads,
    statements_of,
)
from tests.bench.limits import Bare, Statement, open_bare
from tests.bench.load import measure
from tests.bench.paths import Paths, make_world
from tests.product import running_product

BOOKINGS, MESSAGES = 160, 30
MESSAGES_A_BOOKING = 2  # to the client and to the clinic


@dataclass(frozen=True, slots=True)
class Recorded:
    """The statements of one call of each path."""

    search: list[Statement]
    search_page: list[Statement]
    listing: list[Statement]
    slots: list[Statement]
    book: list[Statement]


async def _record(settings: Settings, paths: Paths) -> Recorded:
    """Calls each path inside this process, and keeps what it sends to the database."""
    async with inside(settings) as web:
        here = replace(paths, web=web)
        return Recorded(
            search=await statements_of(here.search, again=True),
            search_page=await statements_of(here.search_page, again=True),
            listing=await statements_of(here.listing, again=True),
            slots=await statements_of(here.slots, again=True),
            book=await statements_of(here.book, again=False),
        )


async def _measure(base_url: str, paths: Paths, bare: Bare, seen: Recorded, table: TextIO) -> None:
    async with outside(base_url) as web:
        away = replace(paths, web=web)
        for at_once in (1, MANY):
            print(line("a plain answer", at_once, await speed_of_reads(away.plain, at_once)), file=table)
            for name, call, statements in (
                ("search", away.search, seen.search),
                ("search page", away.search_page, seen.search_page),
                ("listing page", away.listing, seen.listing),
                ("slots of a day", away.slots, seen.slots),
            ):
                limit = await speed_of_reads(bare.replay(statements), at_once)
                speed = await speed_of_reads(call, at_once)
                print(line(name, at_once, speed, limit, len(statements)), file=table)
        await _measure_bookings(away, bare, seen.book, table)


async def _measure_bookings(paths: Paths, bare: Bare, statements: list[Statement], table: TextIO) -> None:
    numbers = range(1, 1 + MESSAGES)
    await messages.wait_for(bare, MESSAGES_A_BOOKING)
    quiet = await messages.one_by_one(bare, paths.book, numbers, messages=MESSAGES_A_BOOKING)
    chain = await messages.bare_chain(bare, MESSAGES)
    print(
        f"{'commit to sent':18}   1 at once   p50 {quiet.p50:7.1f} ms   p99 {quiet.p99:7.1f} ms   "
        f"{quiet.p50 / chain.p50:6.1f} times two commits and a signal ({chain.p50:.2f} ms)",
        file=table,
    )
    first = numbers.stop
    for at_once in (1, MANY):
        limit = await measure(bare.as_many(statements), calls=BOOKINGS, at_once=at_once)
        speed = await measure(paths.book, calls=BOOKINGS, at_once=at_once, first=first)
        first += BOOKINGS
        print(line("booking", at_once, speed, limit, len(statements)), file=table)
    await messages.wait_for(bare, MESSAGES_A_BOOKING * first)


async def _run(settings: Settings, folder: Path, table: TextIO) -> None:
    async with open_database(settings) as database:
        world, free = await make_world(database, 1 + MESSAGES + 2 * BOOKINGS)
    paths = Paths(_nowhere, world, free)
    bare = await open_bare(str(settings.database_url), str(settings.redis_url), MANY)
    seen = await _record(settings, paths)
    with running_product(settings, folder) as base_url:
        await _measure(base_url, paths, bare, seen, table)
    await bare.pool.close()
    await bare.redis.aclose()


async def _nowhere(_method: str, _path: str, **_more: Any) -> None:
    raise LookupError("no web was given")


def main() -> int:
    """Starts servers and the product, and prints the table."""
    table = sys.stdout
    with settings_of_servers() as settings:
        run_quietly(_run(settings, settings.data_dir, table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
