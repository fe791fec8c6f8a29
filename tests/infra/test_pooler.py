"""PgBouncer in transaction mode, with the configuration that is deployed and a login that is no superuser."""

from __future__ import annotations

import asyncio
import configparser
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from infra.ops.commands import doctor
from infra.ops.embedded.folders import server_account
from infra.ops.embedded.postgres import EmbeddedPostgres
from infra.ops.embedded.process import GuardedProcess
from infra.ops.migrations.run import upgrade
from infra.platform.database import Postgres
from services.kernel.tables import APP
from tests.infra.conftest import own_folder
from tests.infra.processes import wait_until

DEPLOY = Path(__file__).resolve().parents[2] / "infra" / "ops" / "deploy"
PGBOUNCER = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
PASSWORD = "only4tests"

pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed")


async def _first_start(url: str) -> None:
    """What the container's first start does: the statements of its script."""
    script = (DEPLOY / "postgres" / "10-roles.sh").read_text()
    statements = re.search(r"<<'SQL'\n(.*?)\nSQL", script, re.DOTALL)
    assert statements
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        for statement in statements[1].replace(":'password'", f"'{PASSWORD}'").split(";\n"):
            await connection.execute(text(statement.rstrip(";")))
    await engine.dispose()


@pytest.fixture(scope="module")
def pooled_url() -> Iterator[str]:
    """A database as deployed, seen by the application's login through PgBouncer."""
    with own_folder() as folder, EmbeddedPostgres(folder, durable=False) as server:
        asyncio.run(_first_start(server.url))
        upgrade(server.url)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        config = configparser.ConfigParser(comment_prefixes=(";",))
        config.read(DEPLOY / "pgbouncer" / "pgbouncer.ini")
        assert config["pgbouncer"]["pool_mode"] == "transaction"
        config["databases"]["needlewise"] = f"host={server.home / 'socket'} port=5432 dbname=needlewise"
        own = folder / "pgbouncer"
        own.mkdir()
        config["pgbouncer"].update(
            {"listen_addr": "127.0.0.1", "listen_port": str(port), "auth_file": str(own / "userlist.txt")}
        )
        (own / "userlist.txt").write_text(f'"needlewise_login" "{PASSWORD}"\n')
        with (own / "pgbouncer.ini").open("w") as file:
            config.write(file)
        pooler = GuardedProcess(
            [str(PGBOUNCER), str(own / "pgbouncer.ini")], stop_signal="INT", account=server_account()
        )
        pooler.start(subprocess.DEVNULL)
        wait_until(lambda: _listens(port), "pgbouncer listens")
        yield f"postgresql://needlewise_login:{PASSWORD}@127.0.0.1:{port}/needlewise"
        pooler.stop()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def transaction_of(connection: AsyncConnection) -> Any:
    """The driver's own transaction, as a unit of work has it."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    return driver.transaction()


async def _scopes_seen(url: str) -> list[tuple[str, str]]:
    """Many transactions over few server connections: the scope each finds at its beginning and sets for itself."""
    postgres = Postgres(url, pool_size=10, behind_pooler=True)
    seen: list[tuple[str, str]] = []

    async def one(number: int) -> None:
        async with postgres.connect() as connection, await transaction_of(connection):
            before = await connection.scalar(text("SELECT current_setting('app.clinic_id', true)"))
            await connection.execute(
                text("SELECT set_config('role', :role, true), set_config('app.clinic_id', :clinic, true)"),
                {"role": APP, "clinic": str(number)},
            )
            row = (
                await connection.execute(text("SELECT current_user, current_setting('app.clinic_id')"))
            ).one()
            assert tuple(row) == (APP, str(number))
            seen.append((before or "", row[0]))

    await asyncio.gather(*(one(number) for number in range(200)))
    await postgres.close()
    return seen


def test_the_deployed_pooler_carries_no_scope_over(pooled_url: str) -> None:
    assert asyncio.run(_scopes_seen(pooled_url)) == [("", APP)] * 200


def test_the_doctor_is_content_with_the_applications_login(pooled_url: str) -> None:
    for question in (doctor.postgres, doctor.extensions, doctor.roles, doctor.migrations):
        assert question(pooled_url)


def test_the_applications_login_is_no_superuser(pooled_url: str) -> None:
    async def is_superuser() -> bool:
        postgres = Postgres(pooled_url, pool_size=1, behind_pooler=True)
        async with postgres.connect() as connection:
            answer = await connection.scalar(
                text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            )
        await postgres.close()
        return bool(answer)

    assert not asyncio.run(is_superuser())
