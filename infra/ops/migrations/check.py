"""Compares a migrated database with what the models declare, and tables with the promises of their kinds.

Run as `python -m infra.ops.migrations.check`; uses `NEEDLEWISE_TEST_DATABASE_URL`, or an embedded server.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from infra.ops.embedded.postgres import EmbeddedPostgres
from infra.ops.migrations.catalogue import differences, kind_findings, read_catalogue
from infra.ops.migrations.declared import declared_models
from infra.ops.migrations.run import create_declared, upgrade

DECLARED, MIGRATED = "needlewise_check_declared", "needlewise_check_migrated"


def _named(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


async def _recreate(url: str, *names: str) -> None:
    engine = create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for name in names:
            await connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            await connection.execute(text(f"CREATE DATABASE {name}"))
    await engine.dispose()


async def _declare(url: str) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        await create_declared(connection)
    await engine.dispose()


async def _read(url: str) -> dict[str, str]:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        found = await read_catalogue(connection)
    await engine.dispose()
    return found


def findings(url: str) -> list[str]:
    """What differs, and what breaks a table's kind, on a server where databases may be made."""
    asyncio.run(_recreate(url, DECLARED, MIGRATED))
    asyncio.run(_declare(_named(url, DECLARED)))
    upgrade(_named(url, MIGRATED))
    migrated = asyncio.run(_read(_named(url, MIGRATED)))
    declared = asyncio.run(_read(_named(url, DECLARED)))
    return differences(declared, migrated) + kind_findings(declared_models(), migrated)


def main() -> int:
    """Prints the findings; the exit code says whether there were any."""
    given = os.environ.get("NEEDLEWISE_TEST_DATABASE_URL")
    if given:
        found = findings(given)
    else:
        with tempfile.TemporaryDirectory(prefix="nwc") as folder:
            Path(folder).chmod(0o755)
            server = EmbeddedPostgres(Path(folder), durable=False)
            try:
                found = findings(server.start())
            finally:
                server.stop()
    for line in found:
        print(line)
    print(f"schema: {len(found)} findings in {len(declared_models())} tables")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
