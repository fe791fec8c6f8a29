"""The schema's version is asked for by every process, whatever else its login may read."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.platform.schema import OldSchema, Versions, check_schema, require_suitable, versions
from services.kernel.tables import APP

HERE = Versions("0003", frozenset({"0001", "0002", "0003"}))


@pytest.mark.parametrize("found", [None, "0001", "0002"])
def test_a_database_that_lacks_migrations_is_not_suitable(found: str | None) -> None:
    with pytest.raises(OldSchema, match="needlewise migrate"):
        require_suitable(found, HERE)


@pytest.mark.parametrize("found", ["0003", "0004"])
def test_the_newest_schema_suits_and_so_does_a_newer_one(found: str) -> None:
    require_suitable(found, HERE)


def test_the_newest_version_is_one_of_the_migrations_here() -> None:
    assert versions().newest in versions().known


async def test_the_applications_role_may_ask_for_the_version(superuser: AsyncEngine) -> None:
    async with superuser.connect() as connection:
        await connection.execute(text(f"SET ROLE {APP}"))
        await check_schema(connection)


async def test_a_database_without_any_schema_says_so(superuser: AsyncEngine) -> None:
    async with superuser.connect() as connection:
        await connection.execute(text("CREATE SCHEMA nothing_here"))
        await connection.execute(text("SET search_path TO nothing_here"))
        with pytest.raises(OldSchema, match="no schema yet"):
            await check_schema(connection)
