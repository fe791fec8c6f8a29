"""Brings a database to the newest schema."""

from __future__ import annotations

import asyncio

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from infra.ops.migrations.declared import declared, declared_models
from infra.ops.migrations.roles import AFTER_TABLES, foundation_statements
from infra.platform.database import async_url
from infra.platform.schema import MIGRATIONS, check_schema
from services.kernel.tables import OWNER, security_statements

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7105)")
_ONE_RUN_AT_A_TIME = text("SELECT pg_advisory_lock(7106)")


def migration_config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _engine(url: str) -> AsyncEngine:
    return create_async_engine(async_url(url), poolclass=NullPool, connect_args={"statement_cache_size": 0})


async def lay_foundation(connection: AsyncConnection) -> None:
    """Extensions and roles, then on as the owner of the tables."""
    await connection.execute(_ONE_AT_A_TIME)
    for statement in foundation_statements():
        await connection.execute(text(statement))
    await connection.execute(text(f"SET LOCAL ROLE {OWNER}"))


async def create_declared(connection: AsyncConnection) -> None:
    """Makes the schema as the models declare it, in an empty database: what migrations are compared with."""
    await lay_foundation(connection)
    await connection.run_sync(declared.create_all)
    for statement in [s for model in declared_models() for s in security_statements(model)]:
        await connection.execute(text(statement))
    for statement in AFTER_TABLES:
        await connection.execute(text(statement))


def _migrate(connection: Connection, to: str) -> None:
    command.upgrade(migration_config(connection), to)


async def _upgrade(url: str, to: str) -> None:
    """Each migration in a transaction of its own: what one locks, nobody waits for while the others run."""
    engine = _engine(url)
    async with engine.connect() as connection:
        await connection.execute(_ONE_RUN_AT_A_TIME)
        await lay_foundation(connection)
        await connection.commit()
        await connection.execute(text(f"SET ROLE {OWNER}"))
        await connection.commit()
        await connection.run_sync(_migrate, to)
        # Every process asks for the version before it serves, whatever its login may read otherwise.
        await connection.execute(text("GRANT SELECT ON alembic_version TO PUBLIC"))
        await connection.commit()
    await engine.dispose()


async def _check(url: str) -> None:
    engine = _engine(url)
    async with engine.connect() as connection:
        await check_schema(connection)
    await engine.dispose()


def upgrade(url: str, to: str = "head") -> None:
    """Migrates the database at the URL to the newest schema, or to that version; safe to run by several at once."""
    asyncio.run(_upgrade(url, to))


def check_current(url: str) -> None:
    """Raises `OldSchema` where the database lacks migrations."""
    asyncio.run(_check(url))
