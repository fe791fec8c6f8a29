"""Many at once on real connections: a wide pool on a scratch database whose guards can be taken off.

Guards are taken off here alone: the constraint by the database's owner, the lock by a patched repository. The
product has no switch for either.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from infra.platform.assembly import open_adapters
from infra.platform.settings import Settings
from services.kernel.links import Links
from services.kernel.vault import Keyring
from services.kernel.work import ClinicWork, Database, Tools
from services.scheduling import taking
from services.scheduling.claim_repository import ClaimRepository
from services.scheduling.planning import Held, Wish, plan_visits
from services.scheduling.rules import Free
from tests.product import eventually
from tests.servers import database_log, fresh_database, worker_number

AT_ONCE, PEOPLE = 16, 32
WAIT_SECONDS = 30.0
_GUARDS = (("PERFORM r.id FROM resource", "FOR NO KEY UPDATE;"), ("FOR one IN", "END LOOP;"))
"""What of `take_time` waits for others and looks again, from where to where."""


@dataclass
class Arena:
    """A scratch database with a wide pool, and the errors that it answered with, by SQLSTATE."""

    database: Database
    owner: AsyncEngine
    pool: AsyncEngine
    settings: Settings
    name: str
    errors: Counter[str] = field(default_factory=Counter)
    lines: int = 0  # of the log, written before about another copy of this name

    async def drop_constraint(self) -> None:
        """Takes the exclusion constraint off this scratch copy."""
        async with self.owner.begin() as connection:
            await connection.execute(text("ALTER TABLE claim DROP CONSTRAINT no_double_booking"))

    async def drop_lock(self) -> None:
        """Takes the lock on resources, and the look under it, out of this scratch copy's `take_time`."""
        async with self.owner.begin() as connection:
            whole = str(await connection.scalar(text("SELECT pg_get_functiondef('take_time'::regproc)")))
            bare = whole
            for begins, ends in _GUARDS:
                bare = bare[: bare.index(begins)] + bare[bare.index(ends) + len(ends) :]
            await connection.exec_driver_sql(bare)

    async def count(self, sql: str) -> int:
        """A number seen past every policy."""
        async with self.owner.connect() as connection:
            return int(await connection.scalar(text(sql)) or 0)

    async def overlaps(self) -> int:
        """Pairs of claims on one resource that overlap: double bookings."""
        return await self.count(
            "SELECT count(*) FROM claim a JOIN claim b ON a.clinic_id = b.clinic_id AND a.resource_id = b.resource_id "
            "AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"
        )

    async def deadlocks(self) -> int:
        """How many the server has met in this scratch copy.

        Servers count a connection's at its end at the latest, so everyone else has to be gone: this closes the pool's
        connections and waits for those of ended processes.
        """
        await self.pool.dispose()

        async def alone() -> bool:
            return not await self.count(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

        await eventually(alone, "nobody else is connected", WAIT_SECONDS)
        return await self.count("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")

    def deadlocks_logged(self) -> list[str] | None:
        """What the server wrote of deadlocks in this copy; nothing is known of a server that was given."""
        said = database_log(self.name)
        return None if said is None else [line for line in said[self.lines :] if "deadlock detected" in line]


@pytest.fixture
async def arena(settings: Settings, request: pytest.FixtureRequest) -> AsyncIterator[Arena]:
    name = f"needlewise_race_{worker_number(request.config)}"
    url = await fresh_database(name)
    settings = settings.model_copy(update={"database_url": url, "database_pool_size": 2 * PEOPLE})
    adapters = open_adapters(settings)
    secret = settings.secret_key
    assert secret is not None
    keyring = Keyring(secret.get_secret_value())
    tools = Tools(keyring, Links(keyring), adapters.storage, adapters.throttle, settings.base_url)
    owner = create_async_engine(url, poolclass=NullPool)
    async with owner.begin() as connection:
        await connection.execute(
            text("INSERT INTO clock_offset (id, seconds) VALUES (1, 0) ON CONFLICT DO NOTHING")
        )
    database = Database(adapters.postgres, tools, wake=adapters.signals.wake, movable_clock=True)
    made = Arena(
        database, owner, adapters.postgres.engine, settings, name, lines=len(database_log(name) or ())
    )

    def note(error: BaseException | None) -> None:
        made.errors[str(getattr(error, "sqlstate", ""))] += 1

    def note_asked(asked: Any) -> None:
        if asked.exception is not None:
            note(asked.exception)

    def note_those_of_the_driver(connection: Any, _: Any) -> None:
        connection.driver_connection.add_query_logger(note_asked)

    engine = adapters.postgres.engine.sync_engine
    event.listen(engine, "handle_error", lambda context: note(context.original_exception))
    event.listen(engine, "connect", note_those_of_the_driver)
    await adapters.redis.flushdb()
    yield made
    await owner.dispose()
    await adapters.close()


def meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the first `AT_ONCE` meet when their times are planned, before any lock, so that all have seen them free."""
    barrier = asyncio.Barrier(AT_ONCE)
    came: set[asyncio.Task[object] | None] = set()

    async def planned(work: ClinicWork, wish: Wish, held: Held | None = None) -> tuple[Free, ...]:
        plan = await plan_visits(work, wish, held)
        who = asyncio.current_task()
        if who not in came and len(came) < AT_ONCE:
            came.add(who)
            await barrier.wait()
        return plan

    monkeypatch.setattr(taking, "plan_visits", planned)


def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes off the lock that is asked for by itself; `Arena.drop_lock` takes off the one inside `take_time`."""

    async def unlocked(self: ClaimRepository, wanted: Iterable[UUID]) -> None:
        """Nobody waits."""

    monkeypatch.setattr(ClaimRepository, "lock_resources", unlocked)


def outcomes(results: Sequence[object]) -> Counter[str]:
    """What became of each try, by kind."""
    return Counter(type(result).__name__ for result in results)
