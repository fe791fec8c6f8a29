"""Asking the real servers directly, and putting what they refuse into one line."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import exc, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from infra.ops.problem import Problem
from infra.platform.database import async_url

TIMEOUT_SECONDS = 10.0


def hidden(url: str) -> str:
    """A URL for messages, without its password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except exc.ArgumentError:
        return "NEEDLEWISE_DATABASE_URL"


def _last_line(error: BaseException) -> str:
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    return said[0].rpartition("'>: ")[2] if said else type(error).__name__


@contextmanager
def database_problems(url: str) -> Iterator[None]:
    """Turn what a driver says about an unreachable database into one line."""
    try:
        yield
    except exc.ArgumentError as error:
        raise Problem(
            "NEEDLEWISE_DATABASE_URL is not a database's address: it looks like "
            "postgresql://user:password@host:5432/needlewise"
        ) from error
    except (OSError, TimeoutError) as error:
        raise Problem(f"PostgreSQL at {hidden(url)} does not answer: {_last_line(error)}") from error
    except exc.DBAPIError as error:
        raise Problem(f"PostgreSQL at {hidden(url)} refused: {_last_line(error)}") from error
    except Exception as error:
        # While connecting, SQLAlchemy lets the driver's own errors through (a wrong password, no such database).
        if type(error).__module__.startswith("asyncpg"):
            raise Problem(f"PostgreSQL at {hidden(url)} does not let us in: {_last_line(error)}") from error
        raise


def ask_database(url: str, statements: Sequence[str]) -> list[Sequence[Any]]:
    """The rows of each statement, through any pooler; raises Problem."""

    async def ask() -> list[Sequence[Any]]:
        address = async_url(url)
        address += ("&" if "?" in address else "?") + "prepared_statement_cache_size=0"
        options = {"statement_cache_size": 0, "timeout": TIMEOUT_SECONDS}
        engine = create_async_engine(address, poolclass=NullPool, connect_args=options)
        try:
            async with engine.connect() as connection:
                return [(await connection.execute(text(statement))).all() for statement in statements]
        finally:
            await engine.dispose()

    with database_problems(url):
        return asyncio.run(ask())


def recreate_database(url: str) -> None:
    """Drop the database of the URL and make it anew, empty; for embedded servers, as their superuser."""
    address = make_url(async_url(url))
    name, server = address.database, address.set(database="postgres")

    async def recreate() -> None:
        engine = create_async_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        try:
            async with engine.connect() as connection:
                await connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
                await connection.execute(text(f'CREATE DATABASE "{name}"'))
        finally:
            await engine.dispose()

    with database_problems(url):
        asyncio.run(recreate())


def require_database(url: str) -> None:
    """Raise Problem where the database does not answer."""
    ask_database(url, ["SELECT 1"])


def ask_redis(url: str) -> dict[str, str]:
    """The server's version and eviction policy; raises Problem where it does not answer."""
    try:
        client = redis.Redis.from_url(
            url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        )
    except ValueError as error:
        raise Problem(f"NEEDLEWISE_REDIS_URL is not an address like redis://host:6379/0 ({error})") from error
    try:
        client.ping()
        facts: dict[str, Any] = client.info()
        return {
            "version": str(facts.get("valkey_version") or facts.get("redis_version", "?")),
            "policy": str(facts.get("maxmemory_policy", "?")),
            "maxmemory": str(facts.get("maxmemory", "0")),
        }
    except (redis.RedisError, OSError) as error:
        raise Problem(f"Redis at {url.rsplit('@', 1)[-1]} does not answer: {_last_line(error)}") from error
    finally:
        client.close()
