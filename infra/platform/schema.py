"""Whether the database's schema suits this code: the version it is at, against the migrations that are here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.platform.database import Postgres

MIGRATIONS = Path(__file__).resolve().parent.parent / "ops" / "migrations"
_VERSION = text("SELECT version_num FROM alembic_version")
_NO_SUCH_TABLE = "42P01"


class OldSchema(Exception):  # noqa: N818  the name states the fact
    """The database lacks migrations; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions this code knows."""

    newest: str | None
    known: frozenset[str]


@lru_cache(maxsize=1)
def versions() -> Versions:
    """Read once from the migrations' files."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    return Versions(
        scripts.get_current_head(), frozenset(script.revision for script in scripts.walk_revisions())
    )


def require_suitable(found: str | None, here: Versions) -> None:
    """Raises `OldSchema` where the database at that version lacks a migration of ours.

    A version that is not known here is a newer one: migrations suit the code that still runs while they are made.
    """
    if found is None:
        raise OldSchema("the database has no schema yet: run `needlewise migrate`")
    if found in here.known and found != here.newest:
        raise OldSchema(
            f"the schema is at version {found}, older than this code ({here.newest}): run `needlewise migrate`"
        )


async def check_schema(connection: AsyncConnection) -> None:
    """Asks the database for its version. Raises `OldSchema`."""
    try:
        found = await connection.scalar(_VERSION)
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != _NO_SUCH_TABLE:
            raise
        found = None
    require_suitable(found, versions())


class SchemaHealth:
    """The schema as one of the things that `/readyz` asks after."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres

    async def check(self) -> None:
        """Raises `OldSchema`, or what the database says."""
        async with self._postgres.connect() as connection:
            await check_schema(connection)
