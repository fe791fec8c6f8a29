"""Benchmarks of the hot paths through the running product, each beside a limit measured in the same run.

`make bench`. Web, worker and relay run as in production; the limit of a path is its own statements, sent by the bare
driver over as many connections. A figure is a ratio to its limit: absolute times are the machine's.
"""

from __future__ import annotations

import asyncio
import io
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import aiohttp
import httpx
from pydantic import SecretStr

from infra.ops.embedded.postgres import EmbeddedPostgres
from infra.ops.embedded.valkey import EmbeddedValkey
from infra.ops.migrations.run import upgrade
from infra.ops.product import open_database
from infra.platform.settings import Mode, Settings
from tests.bench import messages
from tests.bench.limits import Bare, Statement, open_bare, recorded
from tests.bench.load import Speed, measure, warm
from tests.bench.paths import Paths, make_world
from tests.product import running_product
from web.app import create_app

MANY, CALLS, BOOKINGS, MESSAGES = 16, 400, 160, 30
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
    transport = httpx.ASGITransport(app=create_app(settings))  # type: ignore[arg-type]  # httpx types ASGI apps loosely
    async with httpx.AsyncClient(transport=transport, base_url=settings.base_url) as client:

        async def web(method: str, path: str, **more: Any) -> None:
            (await client.request(method, path, **more)).raise_for_status()

        inside = replace(paths, web=web)
        return Recorded(
            search=await _statements(inside.search, again=True),
            search_page=await _statements(inside.search_page, again=True),
            listing=await _statements(inside.listing, again=True),
            slots=await _statements(inside.slots, again=True),
            book=await _statements(inside.book, again=False),
        )


async def _statements(call: Callable[[int], Awaitable[None]], *, again: bool) -> list[Statement]:
    if again:
        await call(0)
    with recorded() as seen:
        await call(0)
    return seen


def _line(name: str, at_once: int, speed: Speed, limit: Speed | None = None, statements: int = 0) -> str:
    beside = "" if limit is None else f"   {speed.rate / limit.rate:6.3f} of {limit.rate:.0f}/s"
    of = f" ({statements} statements)" if statements else ""
    return f"{name:18} {at_once:3} at once {speed}{beside}{of}"


async def _measure(base_url: str, paths: Paths, bare: Bare, seen: Recorded, table: TextIO) -> None:
    connector = aiohttp.TCPConnector(limit=MANY)
    async with aiohttp.ClientSession(base_url, connector=connector) as session:

        async def web(method: str, path: str, **more: Any) -> None:
            async with session.request(method, path, raise_for_status=True, **more) as answer:
                await answer.read()

        outside = replace(paths, web=web)
        for at_once in (1, MANY):
            print(_line("a plain answer", at_once, await _read(outside.plain, at_once)), file=table)
            for name, call, statements in (
                ("search", outside.search, seen.search),
                ("search page", outside.search_page, seen.search_page),
                ("listing page", outside.listing, seen.listing),
                ("slots of a day", outside.slots, seen.slots),
            ):
                limit = await _read(bare.replay(statements), at_once)
                speed = await _read(call, at_once)
                print(_line(name, at_once, speed, limit, len(statements)), file=table)
        await _measure_bookings(outside, bare, seen.book, table)


async def _read(call: Callable[[int], Awaitable[None]], at_once: int) -> Speed:
    await warm(call)
    return await measure(call, calls=CALLS if at_once > 1 else CALLS // 4, at_once=at_once)


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
        print(_line("booking", at_once, speed, limit, len(statements)), file=table)
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
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory(prefix="nwb") as name:
        folder = Path(name)
        folder.chmod(0o755)
        postgres, valkey = EmbeddedPostgres(folder), EmbeddedValkey(folder)
        try:
            url = postgres.start()
            upgrade(url)
            settings = Settings(
                _env_file=None,
                mode=Mode.TEST,
                database_url=url,
                redis_url=valkey.start(),
                secret_key=SecretStr("a secret of the benchmark alone, long enough"),
                data_dir=folder,
                rate_limit="off",
            )
            table = sys.stdout
            with redirect_stdout(io.StringIO()):  # what the processes log is no part of the table
                asyncio.run(_run(settings, folder, table))
        finally:
            valkey.stop()
            postgres.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
