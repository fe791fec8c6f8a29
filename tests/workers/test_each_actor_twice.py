"""Each actor run a second time changes nothing, even when nobody noted that the first run was done."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.ops.migrations.declared import declared_models
from infra.platform.mail import MailboxOnly
from services.kernel.ids import new_id
from services.kernel.tables import table
from services.kernel.work import Database
from tests.fixtures import MovableClock
from tests.workers.case import Case
from tests.workers.cases import CASES, WITHOUT_ROWS
from workers.actor import Job, Outside, load_actors

# The machinery's own rows: an actor that announces twice is told apart by what its event does, tested in its turn.
MACHINERY = {"outbox", "delivery", "audit_event", "clock_offset"}
_EVERYTHING = text(
    " UNION ALL ".join(
        f"SELECT '{name}' AS name, string_agg(t::text, chr(10) ORDER BY t::text) AS said FROM \"{name}\" t"
        for name in sorted({table(model).name for model in declared_models()} - MACHINERY)
    )
)


async def _everything(superuser: AsyncEngine) -> dict[str, str]:
    """Every row of every table, as text; of all tables in one statement."""
    async with superuser.connect() as connection:
        return {row.name: row.said for row in await connection.execute(_EVERYTHING)}


async def _run(name: str, case: Case, database: Database) -> None:
    actor = load_actors()[name]
    async with database.begin(actor.scope_for(case.clinic_id)) as work:
        jobs = [Job(new_id(), case.ids, "")]
        await actor.call(work, jobs, Outside(database, MailboxOnly(), "us@needlewise.test"))


def _at(database: Database, now: datetime) -> Database:
    return Database(
        database.connections, database.tools, wake=_nobody, movable_clock=True, now=lambda _offset: now
    )


async def _nobody() -> None:
    """Nobody listens."""


def test_every_actor_has_its_world() -> None:
    assert set(CASES) == set(load_actors())


@pytest.mark.parametrize("name", sorted(CASES))
async def test_a_second_run_changes_nothing(
    name: str, database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    case = await CASES[name](database, clock)
    still = _at(database, await clock.now())
    before = await _everything(superuser)
    await _run(name, case, still)
    once = await _everything(superuser)
    await _run(name, case, still)
    twice = await _everything(superuser)
    assert {rows for rows in once if once[rows] != twice[rows]} == set()
    assert (once != before) or name in WITHOUT_ROWS
