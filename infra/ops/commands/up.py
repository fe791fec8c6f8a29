"""`needlewise up`: everything on this machine, on embedded servers unless settings name real ones."""

from __future__ import annotations

import os
import signal
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from infra.ops.commands.demo import discard_half_built, fill_if_empty
from infra.ops.commands.migrate import migrate
from infra.ops.connections import ask_redis, require_database
from infra.ops.embedded.folders import FolderLock
from infra.ops.environment import (
    PREFIX,
    Servers,
    change_settings,
    data_folder,
    read_settings,
    revealed,
    say,
    servers_for,
)
from infra.ops.ports import require_free_port, wait_for_port
from infra.ops.problem import Problem
from infra.ops.programs import STOP_GRACE_SECONDS, relay_command, web_command, worker_command
from infra.ops.supervisor import Supervisor, child_environment, stop_signals
from infra.platform.settings import Mode, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

READY_SECONDS = 120.0
DEMO_SIGN_INS = (
    ("owner@demo.test", "runs a clinic"),
    ("client@demo.test", "books and reviews"),
    ("moderator@demo.test", "checks clinics"),
    ("moderator2@demo.test", "decides appeals against the other"),
)


def run(*, demo: bool) -> int:
    """The command; returns when it was told to stop."""
    if demo:
        if os.environ.get(f"{PREFIX}MODE") == Mode.PRODUCTION:
            raise Problem("--demo and NEEDLEWISE_MODE=production contradict each other: leave one out")
        os.environ[f"{PREFIX}MODE"] = Mode.DEMO.value
    settings = read_settings()
    folder = data_folder(settings)
    # Children may run in another folder, so they get the whole path.
    settings = change_settings({"data_dir": str(folder)})
    lock = FolderLock(folder / "up.lock")
    if not lock.take():
        raise Problem(
            f"Needlewise already runs on the data folder {folder} (process {lock.holder()}): "
            "stop that one, or set NEEDLEWISE_DATA_DIR"
        )
    interrupted = threading.Event()
    try:
        wait_for_port(settings.host, settings.port)
        with _interruptible(interrupted), servers_for(settings, loud=True) as (resolved, servers):
            _prepare(resolved, demo=demo, embedded=servers.postgres is not None)
            # Again, since the demo world took a while: two servers could share the port without an error.
            require_free_port(resolved.host, resolved.port)
            supervisor = _supervisor(resolved, servers)
            supervisor.run(lambda: _announce(resolved, supervisor))
    except (KeyboardInterrupt, Exception):
        # A driver that is interrupted in the middle may raise an error of its own instead.
        if not interrupted.is_set():
            raise
        say("stopped before everything was up")
    finally:
        lock.release()
    return 0


def _prepare(settings: Settings, *, demo: bool, embedded: bool) -> None:
    """Servers that answer, the newest schema and, where it is wanted, the demo world."""
    require_database(settings.database_url or "")
    ask_redis(settings.redis_url or "")
    if demo:
        discard_half_built(settings, embedded=embedded)
    migrate(settings.database_url or "")
    if demo:
        fill_if_empty(settings)


def _supervisor(settings: Settings, servers: Servers) -> Supervisor:
    """The processes of this machine, in the order in which they stop."""
    supervisor = Supervisor()
    if servers.postgres is not None:
        supervisor.servers["postgres"] = servers.postgres
    if servers.valkey is not None:
        supervisor.servers["valkey"] = servers.valkey
    environment = child_environment()
    for name, command in (("web", web_command), ("relay", relay_command), ("worker", worker_command)):
        supervisor.add(name, command(settings), environment, STOP_GRACE_SECONDS)
    return supervisor


@contextmanager
def _interruptible(interrupted: threading.Event) -> Iterator[None]:
    """While setting up, every way of asking for the end is Ctrl-C, so that the servers are stopped in order."""

    def interrupt(_number: int) -> None:
        interrupted.set()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    with stop_signals(interrupt):
        yield


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:  # noqa: S310  our own address
            return bool(answer.status == HTTPStatus.OK)
    except urllib.error.HTTPError:
        return False
    except OSError:
        return False


def _announce(settings: Settings, supervisor: Supervisor) -> None:
    """Wait for the web process to answer, then say where everything is."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104  compared only
    address = f"http://{host}:{settings.port}"
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(address):
        if supervisor.stopping:
            return
        if time.monotonic() > deadline:
            say(f"the web process has not answered for {READY_SECONDS:.0f} s: its lines above say why")
            return
        time.sleep(0.1)
    print(block(settings), flush=True)


def block(settings: Settings) -> str:
    """What to open, and in demo mode whom to sign in as."""
    lines = [f"Needlewise is at {settings.base_url}"]
    if settings.mode is Mode.DEMO:
        lines += ["", f"Sign in with the password  {revealed(settings.demo_password)}"]
        lines += [f"  {address:<20} {what}" for address, what in DEMO_SIGN_INS]
        lines += ["", f"Every message it sends: {settings.base_url}/dev/mailbox"]
    lines += ["", "Ctrl-C stops everything; the data stays."]
    rule = "─" * (max(len(line) for line in lines) + 4)
    return "\n".join(["", rule, *(f"  {line}" for line in lines), rule, ""])
