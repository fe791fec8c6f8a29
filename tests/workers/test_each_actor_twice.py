"""Each actor run a second time changes nothing, even when nobody noted that the first run was done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.ops.migrations.declared import declared_models
from infra.platform.mail import MailboxOnly
from services.kernel.tables import table
from services.kernel.work import Database
from tests.conftest import MovableClock
from tests.workers.case import Case
from tests.workers.cases import CASES, WITHOUT_ROWS
from workers.actor import Outside, load_actors

# The machinery's own rows: an actor that announces twice is told apart by what its event does, tested in its turn.
MACHINERY = {"outbox", "delivery", "audit_event", "clock_offset"}


async def _everything(superuser: AsyncEngine) -> dict[str, list[Any]]:
    found = {}
    async with superuser.connect() as connection:
        for model in declared_models():
            rows = table(model)
            if rows.name not in MACHINERY:
                statement = select(rows).order_by(*rows.primary_key.columns)
                found[rows.name] = [tuple(row) for row in await connection.execute(statement)]
    return found


async def _run(name: str, case: Case, database: Database) -> None:
    actor = load_actors()[name]
    async with database.begin(actor.scope_for(case.clinic_id)) as work:
        await actor.call(work, case.ids, Outside(database, MailboxOnly(), "us@needlewise.test"))


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
