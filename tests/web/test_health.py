"""Ready means: everything that a page stands on answers, and no migration is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine


@pytest.fixture
async def unmigrated(superuser: AsyncEngine) -> AsyncIterator[None]:
    """The database as before its first migration was noted."""
    async with superuser.begin() as connection:
        version = await connection.scalar(text("DELETE FROM alembic_version RETURNING version_num"))
    yield
    async with superuser.begin() as connection:
        await connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})


async def test_it_is_ready_when_all_it_stands_on_answers(http: httpx.AsyncClient) -> None:
    answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ok", "database": "ok", "migrations": "ok", "redis": "ok"},
    )


async def test_it_is_not_ready_while_a_migration_is_missing(
    http: httpx.AsyncClient, unmigrated: None
) -> None:
    answer = await http.get("/readyz")
    assert answer.status_code == 503
    assert (answer.json()["database"], answer.json()["status"]) == ("ok", "unavailable")
    assert "needlewise migrate" in answer.json()["migrations"]
    assert (await http.get("/healthz")).status_code == 200
