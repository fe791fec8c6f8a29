"""A world made once through the services and kept as rows, so that the next test of the process has it at once."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.ops.migrations.declared import declared_models
from services.kernel.tables import table
from services.kernel.work import Database

W = TypeVar("W")
_APART = "clock_offset"  # belongs to the test, not to a world
_tables = [table(model) for model in declared_models() if table(model).name != _APART]
_kept: dict[object, tuple[object, UUID, str]] = {}


async def kept(
    database: Database, key: object, clinic_of: Callable[[W], UUID], make: Callable[[], Awaitable[W]]
) -> W:
    """What `make` makes; where it was made on an empty database before, its rows are put back instead.

    A second one of the same key in one test is made anew: it is another clinic.
    """
    known = _kept.get(key)
    async with database.connections.connect() as connection, connection.begin():
        if known is not None:
            world, clinic_id, rows = known
            if not await _is_there(connection, clinic_id):
                await connection.exec_driver_sql(rows)
                return world  # type: ignore[return-value]  # kept under the key of its kind
        alone = known is None and not await _any(connection)
    made = await make()
    if alone:
        async with database.connections.connect() as connection, connection.begin():
            _kept[key] = (made, clinic_of(made), await _as_statement(connection))
    return made


async def _is_there(connection: AsyncConnection, clinic_id: UUID) -> bool:
    found = await connection.exec_driver_sql(
        f"SELECT EXISTS (SELECT FROM clinic WHERE clinic_id = '{clinic_id}')"
    )
    return bool(found.scalar_one())


async def _any(connection: AsyncConnection) -> bool:
    asked = " OR ".join(f'EXISTS (SELECT FROM "{one.name}")' for one in _tables)
    return bool((await connection.exec_driver_sql(f"SELECT {asked}")).scalar_one())


async def _as_statement(connection: AsyncConnection) -> str:
    """All rows as one statement that puts them back."""
    parts = []
    for one in _tables:
        rows = (
            await connection.exec_driver_sql(f'SELECT json_agg(t)::text FROM "{one.name}" t')
        ).scalar_one()
        if rows is not None:
            parts.append(_insert(one, rows))
    return (
        "DO $kept$ BEGIN SET LOCAL session_replication_role = replica;\n" + "\n".join(parts) + "\nEND $kept$"
    )


def _insert(one: Table, rows: str) -> str:
    columns = ", ".join(f'"{column.name}"' for column in one.columns if column.computed is None)
    plain = json.dumps(json.loads(rows)).replace("'", "''")
    return (
        f'INSERT INTO "{one.name}" ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} '
        f"FROM json_populate_recordset(NULL::\"{one.name}\", '{plain}');"
    )
