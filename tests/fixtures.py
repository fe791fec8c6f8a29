"""Fixtures that every test may use: a clean database, the services' entrance to it, and the clock."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import settings as hypothesis_settings
from jinja2 import FileSystemBytecodeCache
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from infra.ops.migrations.declared import declared_models
from infra.platform.assembly import Adapters, open_adapters
from infra.platform.observability import configure_logging
from infra.platform.settings import Mode, Settings
from services.accounts import passwords, second_factor
from services.kernel.assembly import assemble
from services.kernel.scope import PublicScope
from services.kernel.tables import table
from services.kernel.work import Database
from tests.product import running_product
from tests.servers import COMPILED, fresh_database, redis_url, worker_number
from web.pages import templates

SECRET = "a secret of the tests alone, long enough to be taken"

# A busy machine is no fault of the code: examples have no time limit.
hypothesis_settings.register_profile("unhurried", hypothesis_settings.default, deadline=None)
hypothesis_settings.load_profile("unhurried")


def pytest_unconfigure() -> None:
    """A process that ends leaves its memory to the system: to look for circles in all of it takes seconds."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def light_hashes() -> Iterator[None]:
    """Argon2 at a small cost: worlds sign people up by the hundred. The product's own processes use its cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        patch.setattr(second_factor, "_KIBIBYTES", 64)
        yield


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> None:
    """Pages' templates are compiled by one process of the run for all."""
    templates().bytecode_cache = FileSystemBytecodeCache(os.environ[COMPILED])


@pytest.fixture(scope="session", autouse=True)
def few_lines() -> None:
    """Warnings and worse alone, in the product's plain form."""
    configure_logging("tests", least=logging.WARNING)


async def own_settings(database: str, redis: int, folder: Path) -> Settings:
    """Settings with a new database of that name, a Redis database of that number, and files in that folder."""
    return Settings(
        _env_file=None,
        mode=Mode.TEST,
        database_url=await fresh_database(database),
        redis_url=redis_url(redis),
        secret_key=SecretStr(SECRET),
        data_dir=folder,
        rate_limit="off",
        quiet_hours="off",
    )


@asynccontextmanager
async def seen_by_its_maker(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """The database as the one sees it who made it."""
    engine = create_async_engine(str(settings.database_url))
    yield engine
    await engine.dispose()


@pytest.fixture(scope="session")
async def settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of this test process."""
    number = worker_number(request.config)
    return await own_settings(f"needlewise_test_{number}", number, tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
async def adapters(settings: Settings) -> AsyncIterator[Adapters]:
    opened = open_adapters(settings)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
async def superuser(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """The database for cleaning up, and for looking behind the policies."""
    async with seen_by_its_maker(settings) as engine:
        yield engine


@pytest.fixture(scope="session")
def emptying() -> str:
    """SQL that empties every table that has rows: a tenth of what it costs to truncate them all."""
    names = ", ".join(f"'{table(model).name}'" for model in declared_models())
    return f"""
    DO $$ DECLARE name text; has_rows boolean; BEGIN
        SET LOCAL session_replication_role = replica;  -- in any order, and what is only ever appended to as well
        FOREACH name IN ARRAY ARRAY[{names}] LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO has_rows;
            IF has_rows THEN EXECUTE format('DELETE FROM %I', name); END IF;
        END LOOP;
    END $$"""


@pytest.fixture
async def clean(superuser: AsyncEngine, adapters: Adapters, emptying: str) -> None:
    """Empties every table and Redis before the test."""
    async with superuser.begin() as connection:
        await connection.execute(text(emptying))
        await connection.execute(text("INSERT INTO clock_offset (id, seconds) VALUES (1, 0)"))
    await adapters.redis.flushdb()


@pytest.fixture
async def database(clean: None, settings: Settings, adapters: Adapters) -> Database:
    """Begins units of work on an empty database."""
    secret = settings.secret_key
    assert secret is not None
    return assemble(
        adapters.postgres,
        storage=adapters.storage,
        throttle=adapters.throttle,
        wake=adapters.signals.wake,
        tell=adapters.signals.tell,
        secret=secret.get_secret_value(),
        base_url=settings.base_url,
        movable_clock=True,
    )


@pytest.fixture
def product(database: Database, settings: Settings, tmp_path: Path) -> Iterator[str]:
    """The address of the product's own processes, at work on the empty database."""
    with running_product(settings, tmp_path) as base_url:
        yield base_url


@dataclass(frozen=True)
class MovableClock:
    """The clock of all processes, moved by its row."""

    superuser: AsyncEngine
    database: Database

    async def now(self) -> datetime:
        async with self.database.begin(PublicScope()) as work:
            return work.now

    async def advance(self, by: timedelta) -> datetime:
        """Moves the clock on and gives the new time."""
        async with self.superuser.begin() as connection:
            await connection.execute(
                text("UPDATE clock_offset SET seconds = seconds + :by"), {"by": int(by.total_seconds())}
            )
        return await self.now()


@pytest.fixture
async def clock(superuser: AsyncEngine, database: Database) -> MovableClock:
    return MovableClock(superuser, database)
