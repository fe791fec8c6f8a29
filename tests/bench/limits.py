"""Limits: the same statements sent by the bare driver, without a product around them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import asyncpg
from redis.asyncio import Redis
from sqlalchemy import event
from sqlalchemy.engine import Engine, make_url

Statement = tuple[str, tuple[Any, ...]]
_SCRATCH = "CREATE TABLE IF NOT EXISTS bench_scratch (id uuid PRIMARY KEY, note text NOT NULL)"
_READ, _WRITE = "SELECT note FROM bench_scratch WHERE id = $1", "INSERT INTO bench_scratch VALUES ($1, $2)"
_CHANGE = "UPDATE bench_scratch SET note = 'sent' WHERE id = $1"
_CHANNEL = "bench"


@contextmanager
def recorded() -> Iterator[list[Statement]]:
    """Every statement that this process sends inside the block, through SQLAlchemy or straight to the driver."""
    seen: list[Statement] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:  # noqa: FBT001  SQLAlchemy's signature
        given = parameters if many else [parameters]
        seen.extend((statement, tuple(one)) for one in given)

    async def fetch(connection: Any, statement: str, *given: Any) -> Any:
        seen.append((statement, given))
        return await fetched(connection, statement, *given)

    async def fetchrow(connection: Any, statement: str, *given: Any) -> Any:
        seen.append((statement, given))
        return await fetched_row(connection, statement, *given)

    async def executemany(connection: Any, statement: str, rows: list[Any]) -> None:
        seen.extend((statement, tuple(row)) for row in rows)
        await executed_many(connection, statement, rows)

    driver = asyncpg.Connection
    fetched, fetched_row, executed_many = driver.fetch, driver.fetchrow, driver.executemany
    event.listen(Engine, "before_cursor_execute", note)
    try:
        with patch.multiple(driver, fetch=fetch, fetchrow=fetchrow, executemany=executemany):
            yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@dataclass(frozen=True, slots=True)
class Bare:
    """The database by its driver alone."""

    pool: asyncpg.Pool[Any]
    redis: Redis

    def replay(self, statements: list[Statement]) -> Callable[[int], Awaitable[None]]:
        """A call that sends the statements again, in one transaction."""

        async def call(_: int) -> None:
            async with self.pool.acquire() as connection, connection.transaction():
                for statement, parameters in statements:
                    await connection.fetch(statement, *parameters)

        return call

    def as_many(self, statements: list[Statement]) -> Callable[[int], Awaitable[None]]:
        """A call with as many reads and writes by key, and a commit: for what cannot be done twice."""
        reads = [statement.lstrip().upper().startswith("SELECT") for statement, _ in statements]

        async def call(_: int) -> None:
            async with self.pool.acquire() as connection, connection.transaction():
                for is_read in reads:
                    await (
                        connection.fetch(_READ, uuid4())
                        if is_read
                        else connection.fetch(_WRITE, uuid4(), "x")
                    )

        return call

    async def chain(self, woken: asyncio.Queue[str]) -> None:
        """What a message cannot do without: a commit, a signal through Redis, and a commit that ends it."""
        key = uuid4()
        await self.pool.execute(_WRITE, key, "queued")
        await self.redis.publish(_CHANNEL, str(key))
        await woken.get()
        await self.pool.execute(_CHANGE, key)


async def open_bare(database_url: str, redis_url: str, at_once: int) -> Bare:
    """Connections of its own, and a table of its own."""
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    pool = await asyncpg.create_pool(url, min_size=at_once, max_size=at_once)
    await pool.execute(_SCRATCH)
    return Bare(pool, Redis.from_url(redis_url))


async def listen(redis: Redis, woken: asyncio.Queue[str], ready: asyncio.Event) -> None:
    """Puts each signal into the queue."""
    async with redis.pubsub() as pubsub:
        await pubsub.subscribe(_CHANNEL)
        async for message in pubsub.listen():
            if message["type"] == "subscribe":
                ready.set()
            else:
                woken.put_nowait("")
