"""Every table of a clinic, seen without a scope: nothing can be read, and nothing written."""

from __future__ import annotations

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.ops.migrations.declared import declared_models
from services.kernel.scope import PublicScope
from services.kernel.tables import Kind, table
from services.kernel.work import Database
from tests.contracts.full_world import full_world
from tests.fixtures import MovableClock

SCOPED = [model for model in declared_models() if model.table_kind in {Kind.TENANT, Kind.WORK}]
EMPTY_ON_PURPOSE = {"outbox": "the relay has taken everything away"}


async def test_without_a_scope_no_table_of_a_clinic_is_read_or_written(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    await full_world(database, clock)
    unfilled = []
    for model in SCOPED:
        rows = table(model)
        async with superuser.connect() as behind:
            one = (await behind.execute(select(rows).where(rows.c.clinic_id.isnot(None)).limit(1))).first()
        if one is None:
            unfilled.append(rows.name)
            continue
        if "SELECT" in model.app_may:
            async with database.begin(PublicScope()) as work:
                seen = await work.scalar(
                    select(func.count()).select_from(rows).where(rows.c.clinic_id.isnot(None))
                )
            assert seen == 0, f"{rows.name} is read without a scope"
        copy = {name: value for name, value in one._mapping.items() if rows.c[name].computed is None}
        if rows.name == "outbox":
            del copy["id"]
        with pytest.raises(DBAPIError, match=r"row-level security|permission denied"):
            async with database.begin(PublicScope()) as work:
                await work.execute(insert(rows).inline().values(**copy))
    assert unfilled == sorted(EMPTY_ON_PURPOSE)
