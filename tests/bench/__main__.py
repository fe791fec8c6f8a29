"""Benchmarks of the hot paths through the running application, each beside a limit measured in the same run.

`make bench`. A figure is a ratio to its limit: absolute times are the machine's, the ratio is ours.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
from litestar import Litestar
from pydantic import SecretStr
from sqlalchemy import text

from infra.ops.embedded.postgres import EmbeddedPostgres
from infra.ops.embedded.valkey import EmbeddedValkey
from infra.ops.migrations.run import upgrade
from infra.platform.mail import MailboxOnly
from infra.platform.settings import Mode, Settings
from services.kernel.scope import PlatformScope
from services.kernel.work import Database
from tests.bench.paths import Paths, make_world
from web.app import create_app
from web.context import Site
from workers.inline import drain

ROUNDS, AT_ONCE = 240, 16
Call = Callable[[int], Awaitable[None]]


async def _rate(call: Call, rounds: int = ROUNDS) -> tuple[float, float]:
    """Calls a second with `AT_ONCE` at a time, and the median milliseconds of one."""
    numbers = iter(range(rounds))
    took: list[float] = []

    async def one_after_another() -> None:
        for number in numbers:
            began = time.perf_counter()
            await call(number)
            took.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
    return rounds / (time.perf_counter() - began), statistics.median(took)


async def _measure(app: Litestar) -> None:
    site: Site = app.state.site
    database: Database = site.database
    world, slots = await make_world(database, ROUNDS + AT_ONCE)
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # httpx types ASGI apps loosely
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        paths = Paths(database, client, world, slots)
        plain = await _rate(paths.plain)
        query = await _rate(paths.one_query)
        print(f"{'limit: a plain response':42} {plain[0]:9.0f}/s   p50 {plain[1]:7.2f} ms")
        print(f"{'limit: a unit of work with one query':42} {query[0]:9.0f}/s   p50 {query[1]:7.2f} ms")
        claims = await _rate(paths.bare_booking)
        print(f"{'limit: the statements of a booking alone':42} {claims[0]:9.0f}/s   p50 {claims[1]:7.2f} ms")
        for name, call, limit, beside in (
            ("search", paths.search, query[0], "a query"),
            ("listing page", paths.listing, query[0], "a query"),
            ("slots of a day", paths.slots, query[0], "a query"),
            ("booking", paths.book, claims[0], "its statements"),
        ):
            rate, middle = await _rate(call)
            print(f"{name:42} {rate:9.1f}/s   p50 {middle:7.2f} ms   {rate / limit:6.3f} of {beside}")
        await _commit_to_sent(database)


async def _commit_to_sent(database: Database) -> None:
    """From the bookings' commits to their confirmations sent, beside as many bare updates of rows."""
    scope = PlatformScope("a benchmark counts messages")
    async with database.begin(scope) as work:
        before = await work.scalar(text("SELECT count(*) FROM notice WHERE state = 'sent'"))
    began = time.perf_counter()
    await drain(database, MailboxOnly(), strict=False)
    seconds = time.perf_counter() - began
    async with database.begin(scope) as work:
        sent = await work.scalar(text("SELECT count(*) FROM notice WHERE state = 'sent'")) - before
    began = time.perf_counter()
    for _ in range(sent):
        async with database.begin(scope) as work:
            await work.execute(text("UPDATE clock_offset SET seconds = seconds"))
    bare = time.perf_counter() - began
    print(
        f"{'commit to sent':42} {sent / seconds:9.1f}/s   {bare / seconds:6.3f} of bare transactions ({sent} sent)"
    )


async def _run(settings: Settings) -> None:
    app = create_app(settings)
    await _measure(app)


def main() -> int:
    """Starts servers of its own and prints the table."""
    os.environ.setdefault("NEEDLEWISE_LOG_FORMAT", "plain")
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
            asyncio.run(_run(settings))
        finally:
            valkey.stop()
            postgres.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
