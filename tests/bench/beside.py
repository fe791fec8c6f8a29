"""What the benchmarks share: a path's own statements, its speed, and the line that sets it beside its limit."""

from __future__ import annotations

import asyncio
import io
import logging
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import aiohttp
import httpx
from pydantic import SecretStr

from infra.ops.embedded.postgres import EmbeddedPostgres
from infra.ops.embedded.valkey import EmbeddedValkey
from infra.ops.migrations.run import upgrade
from infra.platform.settings import Mode, Settings
from tests.bench.limits import Statement, recorded
from tests.bench.load import Speed, measure, warm
from tests.bench.paths import Web
from web.app import create_app

MANY, CALLS = 16, 400


@contextmanager
def settings_of_servers(kept: Path | None = None) -> Iterator[Settings]:
    """Settings of new embedded servers, in a folder of their own or in one that is kept for the next run."""
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory(prefix="nwb") as name:
        folder = Path(name) if kept is None else kept
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        postgres, valkey = EmbeddedPostgres(folder), EmbeddedValkey(folder)
        try:
            url = postgres.start()
            upgrade(url)
            yield Settings(
                _env_file=None,
                mode=Mode.PRODUCTION,
                database_url=url,
                redis_url=valkey.start(),
                secret_key=SecretStr("a secret of the benchmark alone, long enough"),
                data_dir=folder,
                rate_limit="off",
                quiet_hours="off",  # messages go at any hour of the day
            )
        finally:
            valkey.stop()
            postgres.stop()


def run_quietly(work: Coroutine[Any, Any, None]) -> None:
    """Runs the measuring; what the processes say meanwhile is no part of the table."""
    with redirect_stdout(io.StringIO()):
        asyncio.run(work)


@asynccontextmanager
async def inside(settings: Settings) -> AsyncIterator[Web]:
    """Calls the product inside this process, so that what it sends to the database can be seen."""
    transport = httpx.ASGITransport(app=create_app(settings))  # type: ignore[arg-type]  # httpx types ASGI apps loosely
    async with httpx.AsyncClient(transport=transport, base_url=settings.base_url) as client:

        async def web(method: str, path: str, **more: Any) -> None:
            (await client.request(method, path, **more)).raise_for_status()

        yield web


@asynccontextmanager
async def outside(base_url: str) -> AsyncIterator[Web]:
    """Calls the running product over as many connections as there are clients at once."""
    async with aiohttp.ClientSession(base_url, connector=aiohttp.TCPConnector(limit=MANY)) as session:

        async def web(method: str, path: str, **more: Any) -> None:
            async with session.request(method, path, raise_for_status=True, **more) as answer:
                await answer.read()

        yield web


async def statements_of(call: Callable[[int], Awaitable[None]], *, again: bool) -> list[Statement]:
    """What a call sends; with `again`, a second one, when everything that is kept is there."""
    if again:
        await call(0)
    with recorded() as seen:
        await call(0)
    return seen


def line(name: str, at_once: int, speed: Speed, limit: Speed | None = None, statements: int = 0) -> str:
    """A path's line: its speed, and the share of its limit."""
    beside = "" if limit is None else f"   {speed.rate / limit.rate:6.3f} of {limit.rate:.0f}/s"
    of = f" ({statements} statements)" if statements else ""
    return f"{name:32} {at_once:3} at once {speed}{beside}{of}"


async def speed_of_reads(call: Callable[[int], Awaitable[None]], at_once: int) -> Speed:
    """Speed of a call that may repeat."""
    await warm(call)
    return await measure(call, calls=CALLS if at_once > 1 else CALLS // 4, at_once=at_once)
