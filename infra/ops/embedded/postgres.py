"""The embedded PostgreSQL: durable, reached by a unix socket alone, and never left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from infra.ops.embedded.folders import (
    EmbeddedError,
    FolderLock,
    home_for,
    owned_folder,
    remove_tree,
    server_account,
    socket_folder,
)
from infra.ops.embedded.postgres_binaries import Binaries, find_binaries, run_as
from infra.ops.embedded.process import Account, GuardedProcess, runs_with

SUPERUSER = "needlewise"
DATABASE = "needlewise"
PORT = 5432
"""Only the socket file's name: there is no TCP."""

START_SECONDS = 60.0
STOP_SECONDS = 20.0
LOG_BYTES_KEPT = 10_000_000
READY_LINE = 7
LOCK_COMPLAINTS = ("lock file", "shared memory block")
NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass
class EmbeddedPostgres:
    """A PostgreSQL in a folder. Where another process already runs the folder's server, that one is used.

    `durable=False` is for tests: it does not wait for the disk. `binaries` chooses the
    PostgreSQL to run.
    """

    data_dir: Path
    durable: bool = True
    binaries: Binaries | None = None
    note: str | None = None
    _home: Path | None = None
    _sockets: Path | None = None
    _lock: FolderLock | None = None
    _server: GuardedProcess | None = None
    _temporary: list[Path] = field(default_factory=list)

    @property
    def home(self) -> Path:
        """The folder of this server's files; known once it was started."""
        if self._home is None:
            raise EmbeddedError("the embedded PostgreSQL has not been started")
        return self._home

    @property
    def url(self) -> str:
        """SQLAlchemy's address of the database, as superuser over the socket."""
        return f"postgresql+asyncpg://{SUPERUSER}@/{DATABASE}?host={quote(str(self._sockets), safe='/')}"

    @property
    def log_path(self) -> Path:
        """What the server says."""
        return self.home / "postgres.log"

    def start(self) -> str:
        """Start it (making the database the first time) and give its URL; raises EmbeddedError."""
        account = server_account()
        base, self.note = home_for(self.data_dir, account, durable=self.durable)
        if base != self.data_dir.resolve() and not self.durable:
            self._temporary.append(base)
        self._home = base / "postgres"
        # The launcher's folder is ours; the server's user owns only what it writes to.
        self._home.mkdir(exist_ok=True)
        self._home.chmod(0o755)
        self._sockets = socket_folder(self._home / "socket", account, f".s.PGSQL.{PORT}")
        lock = FolderLock(self._home / "launcher.lock")
        if not lock.take():
            self._wait_for_other(lock)
            return self.url
        self._lock = lock
        try:
            self._start_own(account)
        except BaseException:
            self.stop()
            raise
        return self.url

    def _start_own(self, account: Account) -> None:
        version_file = self.home / "data" / "PG_VERSION"
        existing = int(version_file.read_text()) if version_file.exists() else None
        binaries = self.binaries or find_binaries(self.home, account, existing)
        self.binaries = binaries
        if existing is None:
            self._initialise(binaries, account)
        self._stop_orphan()
        deadline = time.monotonic() + START_SECONDS
        while True:
            self._launch(binaries, account)
            complaint = self._wait_until_ready(deadline)
            if complaint is None:
                return
            self._end_own()
            # Backends of a killed server may hold its shared memory for a moment longer.
            if not any(text in complaint for text in LOCK_COMPLAINTS) or time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL does not start: {complaint} (its log: {self.log_path})")
            time.sleep(0.2)

    def _initialise(self, binaries: Binaries, account: Account) -> None:
        """Make the cluster beside its final place, and move it there when it is whole."""
        new = self.home / "data.new"
        remove_tree(new)
        remove_tree(self.home / "data")
        owned_folder(new, account, 0o700)
        command = [str(binaries.folder / "initdb"), "-D", str(new), "-U", SUPERUSER, *binaries.initdb_locale]
        command += ["--auth-local=trust", "--auth-host=reject", "--no-instructions"]
        if not self.durable:
            command.append("--no-sync")
        made = run_as(command, account, binaries.environment, cwd=new)
        if made.returncode == 0:
            single = [str(binaries.folder / "postgres"), "--single", "-D", str(new), "postgres"]
            made = run_as(
                single, account, binaries.environment, cwd=new, stdin=f"CREATE DATABASE {DATABASE}\n"
            )
        if made.returncode != 0:
            said = made.stderr.strip().splitlines()
            raise EmbeddedError(
                f"PostgreSQL cannot make its files in {new}: {said[-1] if said else 'no reason given'}"
            )
        new.rename(self.home / "data")

    def _postmaster(self) -> tuple[int, bool] | None:
        """Process id and readiness from the server's own note, if it has left one."""
        try:
            lines = (self.home / "data" / "postmaster.pid").read_text().splitlines()
            return int(lines[0]), len(lines) > READY_LINE and lines[READY_LINE].strip() == "ready"
        except (OSError, ValueError, IndexError):
            return None

    def _is_our_server(self, pid: int) -> bool:
        """Whether that process is the server of this folder, and not a stranger under a used-up number."""
        return runs_with(pid, str(self.home / "data"))

    def _stop_orphan(self) -> None:
        """Nobody holds the lock, so a server that still runs here lost its launcher: let it close its files."""
        found = self._postmaster()
        if found is None:
            return
        pid = found[0]
        if not self._is_our_server(pid):
            (self.home / "data" / "postmaster.pid").unlink(missing_ok=True)
            return
        for name, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, name)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                if not self._is_our_server(pid):
                    return
                time.sleep(0.05)

    def _launch(self, binaries: Binaries, account: Account) -> None:
        options = {"listen_addresses": "", "port": str(PORT), "unix_socket_directories": str(self._sockets)}
        options |= {"unix_socket_permissions": "0700", "timezone": "UTC", "log_timezone": "UTC"}
        options |= {"log_line_prefix": "%m [%p] %q%u@%d "}  # who, and in which database
        options |= {"max_connections": "200", "shared_buffers": "128MB"}
        settings = [f"{name}={value}" for name, value in options.items()]
        settings += NOT_DURABLE if not self.durable else []
        command = [str(binaries.folder / "postgres"), "-D", str(self.home / "data")]
        for setting in settings:
            command += ["-c", setting]
        self._server = GuardedProcess(
            command,
            stop_signal="INT",
            grace_seconds=STOP_SECONDS,
            account=account,
            cwd=self.home / "data",
            extra_env={"LC_ALL": "C", **binaries.environment},
        )
        if self.log_path.exists() and self.log_path.stat().st_size > LOG_BYTES_KEPT:
            self.log_path.unlink()
        with self.log_path.open("ab") as log:
            self._server.start(log)

    def _wait_until_ready(self, deadline: float) -> str | None:
        """None when it takes connections, else the server's last words."""
        server = self._server
        while server is not None and server.poll() is None:
            found = self._postmaster()
            if found is not None and found[1]:
                return None
            if time.monotonic() > deadline:
                return f"it was not ready after {START_SECONDS:.0f} seconds"
            time.sleep(0.01)
        lines = self.log_path.read_text(errors="replace").splitlines()[-20:]
        serious = [line for line in lines if "FATAL" in line or "PANIC" in line or "error" in line]
        return (serious or lines or ["it ended without a word"])[-1]

    def _wait_for_other(self, lock: FolderLock) -> None:
        """Another process runs this folder's server, or is about to."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            found = self._postmaster()
            if found is not None and found[1]:
                return
            time.sleep(0.05)
        raise EmbeddedError(
            f"process {lock.holder()} holds {self.home} but its PostgreSQL does not get ready"
        )

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

    def _end_own(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    def stop(self) -> None:
        """End it cleanly, if it is ours. Clients are disconnected."""
        self._end_own()
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
