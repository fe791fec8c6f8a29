"""Embedded servers: data survives every way of ending, and nothing is left running."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from infra.ops.embedded import folders
from infra.ops.embedded.folders import EmbeddedError, FolderLock, home_for, socket_folder
from infra.ops.embedded.postgres import EmbeddedPostgres
from infra.ops.embedded.postgres_binaries import system_binaries
from infra.ops.embedded.process import Account
from infra.ops.embedded.valkey import EmbeddedValkey
from tests.infra.processes import processes_that_mention

ROOT = Path(__file__).resolve().parents[2]
KILLED = """
import os, signal, sys
from pathlib import Path
from infra.ops.embedded.{module} import {name}
server = {name}(Path(sys.argv[1]))
print(server.start(), flush=True)
sys.stdin.readline()
"""


def sql(url: str, *statements: str) -> Any:
    """The first value of the last statement."""

    async def run() -> Any:
        engine = create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            answers = [await connection.execute(text(statement)) for statement in statements]
            value = answers[-1].scalar() if answers[-1].returns_rows else None
        await engine.dispose()
        return value

    return asyncio.run(run())


def start_elsewhere(module: str, name: str, folder: Path) -> tuple[subprocess.Popen[str], str]:
    """The server, started by a process of its own that can be killed; and its URL."""
    starter = subprocess.Popen(
        [sys.executable, "-c", KILLED.format(module=module, name=name), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert starter.stdout is not None
    return starter, starter.stdout.readline().strip()


def kill(starter: subprocess.Popen[str]) -> None:
    starter.kill()
    starter.wait()
    for pipe in (starter.stdin, starter.stdout):
        assert pipe is not None
        pipe.close()


def test_postgres_keeps_what_was_committed_when_its_starter_is_killed(folder: Path) -> None:
    starter, url = start_elsewhere("postgres", "EmbeddedPostgres", folder)
    sql(url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (41)")
    kill(starter)
    # At once, without waiting for the old server to end.
    with EmbeddedPostgres(folder) as server:
        assert sql(server.url, "UPDATE kept SET n = n + 1", "SELECT n FROM kept") == 42
        assert sql(server.url, "SHOW fsync") == "on"
        assert sql(
            server.url,
            "SELECT current_setting('server_version_num')::int >= 150000",
        )
        assert sql(server.url, "SHOW listen_addresses") == ""


def test_postgres_recovers_when_everything_is_killed_at_once(folder: Path) -> None:
    starter, url = start_elsewhere("postgres", "EmbeddedPostgres", folder)
    sql(url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)")
    for pid in processes_that_mention(str(folder)):
        os.kill(pid, signal.SIGKILL)
    kill(starter)
    with EmbeddedPostgres(folder) as server:
        assert sql(server.url, "SELECT n FROM kept") == 7


def test_a_note_left_under_a_strangers_process_id_does_not_stop_postgres(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False) as server:
        home = server.home
    (home / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{home}/data\n1\n5432\n\n\n\nready\n")
    with EmbeddedPostgres(folder, durable=False) as server:
        assert sql(server.url, "SELECT 1") == 1


def test_a_second_launcher_uses_the_running_server_and_leaves_it_alone(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False) as first, EmbeddedPostgres(folder, durable=False) as second:
        assert first.is_ours
        assert not second.is_ours
        second.stop()
        assert sql(first.url, "SELECT 1") == 1


def test_postgres_is_closed_to_everyone_else(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False) as server:
        sockets = server.home / "socket"
        assert sockets.stat().st_mode & 0o777 == 0o700
        assert (server.home / "data").stat().st_mode & 0o777 == 0o700


def test_the_machines_own_postgres_is_a_fallback(folder: Path) -> None:
    account = folders.server_account()
    found = system_binaries(account)
    if found is None:
        pytest.skip("this machine has no PostgreSQL of its own")
    with EmbeddedPostgres(folder, durable=False, binaries=found) as server:
        assert sql(server.url, "SELECT current_setting('server_version_num')::int / 10000") == found.major


def test_valkey_keeps_what_it_was_told_when_its_starter_is_killed(folder: Path) -> None:
    starter, url = start_elsewhere("valkey", "EmbeddedValkey", folder)
    with redis.Redis.from_url(url) as client:
        client.set("kept", "yes")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendfsync") == {"appendfsync": "everysec"}
    kill(starter)
    with EmbeddedValkey(folder) as server, redis.Redis.from_url(server.url) as client:
        assert client.get("kept") == b"yes"


def test_a_second_launcher_uses_the_running_valkey(folder: Path) -> None:
    with EmbeddedValkey(folder, durable=False) as first, EmbeddedValkey(folder, durable=False) as second:
        assert first.is_ours
        assert not second.is_ours
        second.stop()
        with redis.Redis.from_url(first.url) as client:
            assert client.ping()


def test_a_long_path_gets_a_short_socket(folder: Path) -> None:
    deep = folder / ("a" * 60) / ("b" * 60)
    deep.mkdir(parents=True)
    made = socket_folder(deep / "socket", Account(), ".s.PGSQL.5432")
    try:
        assert len(os.fsencode(made / ".s.PGSQL.5432")) <= folders.SOCKET_PATH_LIMIT
        assert made.stat().st_mode & 0o777 == 0o700
        assert socket_folder(deep / "socket", Account(), ".s.PGSQL.5432") == made
    finally:
        made.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user's server")
def test_a_closed_parent_keeps_its_rights_and_the_files_go_elsewhere(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    home, note = home_for(closed / "data", folders.server_account(), durable=True)
    try:
        assert not home.is_relative_to(closed)
        assert note is not None
        assert str(home) in note
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        home.rmdir()


def test_another_users_folder_is_refused_in_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(EmbeddedError, match="NEEDLEWISE_DATA_DIR"):
        folders.owned_folder(folder, Account(), 0o700)


def test_a_folders_lock_is_held_by_one(folder: Path) -> None:
    first, second = FolderLock(folder / "lock"), FolderLock(folder / "lock")
    assert first.take()
    assert not second.take()
    assert second.holder() == str(os.getpid())
    first.release()
    assert second.take()
    second.release()


def test_a_second_start_is_quick(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False):
        pass
    began = time.monotonic()
    with EmbeddedPostgres(folder, durable=False):
        assert time.monotonic() - began < 5
