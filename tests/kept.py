"""A world made once through the services and kept as rows, so that the next test of the process has it at once."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from http.cookiejar import Cookie
from typing import TypeVar

import httpx
from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.ops.migrations.declared import declared_models
from services.kernel.tables import table
from services.kernel.work import Database

W = TypeVar("W")
_APART = "clock_offset"  # belongs to the test, not to a world
_STATE = text("""
    SELECT oid AS database, (SELECT system_identifier FROM pg_control_system()) AS server,
           EXISTS (SELECT FROM public.account) OR EXISTS (SELECT FROM public.clinic) AS begun
    FROM pg_database WHERE datname = current_database()
""")
_tables = [table(model) for model in declared_models() if table(model).name != _APART]
_kept: dict[tuple[int, int, object], tuple[object, str]] = {}


async def kept(database: Database, kind: object, make: Callable[[], Awaitable[W]]) -> W:
    """What `make` makes for the first test of this process and database that begins with it; others get its rows.

    In a test that has begun with something else it is made anew: it meets what is there already.
    """
    async with database.connections.connect() as connection:
        state = (await connection.execute(_STATE)).one()
        key = (state.server, state.database, kind)
        if not state.begun and key in _kept:
            world, put_back = _kept[key]
            await connection.exec_driver_sql(put_back)
            return world  # type: ignore[return-value]  # kept under the key of its kind
    made = await make()
    if state.begun:
        return made
    async with database.connections.connect() as connection:
        _kept[key] = (made, await _keep(connection, len(_kept)))
    return made


async def kept_browser(
    database: Database, http: httpx.AsyncClient, kind: object, walk: Callable[[], Awaitable[None]]
) -> httpx.AsyncClient:
    """The same for what a browser walked through: it has the cookies again too."""

    async def walked() -> list[Cookie]:
        await walk()
        return list(http.cookies.jar)

    for cookie in await kept(database, kind, walked):
        http.cookies.jar.set_cookie(cookie)
    return http


async def _keep(connection: AsyncConnection, number: int) -> str:
    """A function of the database that puts all rows back as they are now; gives the call."""
    parts = [await _insert(connection, one) for one in _tables]
    await connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS kept")
    await connection.exec_driver_sql(
        f"CREATE FUNCTION kept.world_{number}() RETURNS void LANGUAGE plpgsql "
        f"SET session_replication_role = replica AS $kept$ BEGIN\n{' '.join(parts)}\nEND $kept$"
    )
    return f"SELECT kept.world_{number}()"


async def _insert(connection: AsyncConnection, one: Table) -> str:
    rows = (await connection.exec_driver_sql(f'SELECT json_agg(t)::text FROM "{one.name}" t')).scalar_one()
    if rows is None:
        return ""
    columns = ", ".join(f'"{column.name}"' for column in one.columns if column.computed is None)
    plain = json.dumps(json.loads(rows)).replace("'", "''")
    return (
        f'INSERT INTO "{one.name}" ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} '
        f"FROM json_populate_recordset(NULL::\"{one.name}\", '{plain}');"
    )
