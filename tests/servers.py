"""Real servers for the whole run: one PostgreSQL and one Valkey, started once, a database a test process.

Servers given by `NEEDLEWISE_TEST_DATABASE_URL` and `NEEDLEWISE_TEST_REDIS_URL` are used instead of embedded ones.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

DATABASE, REDIS = "NEEDLEWISE_TEST_DATABASE_URL", "NEEDLEWISE_TEST_REDIS_URL"
_LOG = "NEEDLEWISE_TEST_DATABASE_LOG"  # from the process that leads the run to those that it starts
COMPILED = "NEEDLEWISE_TEST_COMPILED"  # a folder of the run, for what its processes compile
TEMPLATE = "needlewise_test_template"
_MIGRATE = "from infra.ops.migrations.run import upgrade; import sys; upgrade(sys.argv[1])"
_run = ExitStack()
_migration: subprocess.Popen[bytes] | None = None


def pytest_configure(config: pytest.Config) -> None:
    """Starts what is not given, in the process that leads the run. The schema is made while others collect."""
    global _migration  # noqa: PLW0603  one for the run
    if hasattr(config, "workerinput"):
        return
    # Not at the top: what is imported before coverage begins would count as never run.
    from infra.ops.embedded.postgres import EmbeddedPostgres  # noqa: PLC0415
    from infra.ops.embedded.valkey import EmbeddedValkey  # noqa: PLC0415

    folder = Path(_run.enter_context(tempfile.TemporaryDirectory(prefix="nw")))
    folder.chmod(0o755)
    compiled = folder / "compiled"
    compiled.mkdir()
    os.environ[COMPILED] = str(compiled)
    if DATABASE not in os.environ:
        postgres = _run.enter_context(EmbeddedPostgres(folder, durable=False))
        os.environ[DATABASE], os.environ[_LOG] = postgres.url, str(postgres.log_path)
    if REDIS not in os.environ:
        os.environ[REDIS] = _run.enter_context(EmbeddedValkey(folder, durable=False)).url
    asyncio.run(_make_database(TEMPLATE, None))
    _migration = subprocess.Popen([sys.executable, "-c", _MIGRATE, database_url(TEMPLATE)])
    _run.callback(_migration.wait)


def pytest_collection_finish() -> None:
    """No test of this process begins before the schema stands."""
    _wait_for_schema()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished() -> None:
    """No test is handed out before the schema stands."""
    _wait_for_schema()


def _wait_for_schema() -> None:
    if _migration is not None and _migration.wait() != 0:
        pytest.exit("the schema could not be made", returncode=1)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stops what was started, and removes its folder."""
    _run.close()


def database_url(name: str) -> str:
    """The server's URL with another database."""
    return make_url(os.environ[DATABASE]).set(database=name).render_as_string(hide_password=False)


def redis_url(worker: int) -> str:
    """The server's URL with a database number of the test process's own."""
    url = os.environ[REDIS]
    return f"{url}{'&' if '?' in url else '?'}db={worker}"


async def _make_database(name: str, template: str | None) -> None:
    engine = create_async_engine(os.environ[DATABASE], poolclass=NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        await connection.execute(
            text(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
        )
    await engine.dispose()


async def fresh_database(name: str) -> str:
    """A migrated, empty database; gives its URL."""
    await _make_database(name, TEMPLATE)
    return database_url(name)


def database_log(name: str) -> list[str] | None:
    """What the embedded PostgreSQL has said about a database; nothing is known where the server was given."""
    if _LOG not in os.environ:
        return None
    said = Path(os.environ[_LOG]).read_text(errors="replace").splitlines()
    return [line for line in said if f"@{name} " in line]


def worker_number(config: pytest.Config) -> int:
    """0 for a run in one process, else the number of this test process from 1."""
    given: dict[str, Any] = getattr(config, "workerinput", {})
    return int(str(given.get("workerid", "gw-1")).removeprefix("gw")) + 1
