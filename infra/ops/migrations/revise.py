"""Writes the next migration from what the models declare: `python -m infra.ops.migrations.revise "what changes"`.

It sees tables, columns and indexes; constraints of exclusion, policies and grants are added by hand, and
`python -m infra.ops.migrations.check` says what is still missing.
"""

from __future__ import annotations

import asyncio
import os
import sys

from alembic import command
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from infra.ops.migrations.run import migration_config
from infra.platform.database import async_url


async def _revise(url: str, message: str) -> None:
    engine = create_async_engine(async_url(url), poolclass=NullPool)

    def write(connection: Connection) -> None:
        command.revision(migration_config(connection), message=message, autogenerate=True)

    async with engine.begin() as connection:
        await connection.run_sync(write)
    await engine.dispose()


def main() -> int:
    """Compares the migrated database of NEEDLEWISE_DATABASE_URL with the models."""
    url = os.environ.get("NEEDLEWISE_DATABASE_URL")
    if not url or len(sys.argv) != 2:  # noqa: PLR2004  the program and its one word
        print('usage: NEEDLEWISE_DATABASE_URL=... python -m infra.ops.migrations.revise "what changes"')
        return 2
    asyncio.run(_revise(url, sys.argv[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
