"""The whole product as its own processes, on servers of the tests; and waiting for what they do."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import httpx

from infra.ops.embedded.process import GuardedProcess
from infra.ops.programs import COMMANDS
from infra.ops.supervisor import child_environment
from infra.platform.settings import Settings

STARTS_WITHIN_SECONDS = 60.0
T = TypeVar("T")


def environment_of(settings: Settings) -> dict[str, str]:
    """What a process of the product needs to run under these settings."""
    secret = settings.secret_key
    assert secret is not None
    return child_environment(
        {
            "NEEDLEWISE_MODE": settings.mode.value,
            "NEEDLEWISE_HOST": settings.host,
            "NEEDLEWISE_PORT": str(settings.port),
            "NEEDLEWISE_DATABASE_URL": str(settings.database_url),
            "NEEDLEWISE_REDIS_URL": str(settings.redis_url),
            "NEEDLEWISE_SECRET_KEY": secret.get_secret_value(),
            "NEEDLEWISE_RATE_LIMIT": settings.rate_limit,
            "NEEDLEWISE_QUIET_HOURS": settings.quiet_hours,
            "NEEDLEWISE_DATA_DIR": str(settings.data_dir),
            "NEEDLEWISE_LOG_FORMAT": settings.log_format,
            "PYTHONUNBUFFERED": "1",
            **({"NEEDLEWISE_SMTP_URL": settings.smtp_url} if settings.smtp_url else {}),
        }
    )


@contextmanager
def running_product(
    settings: Settings,
    folder: Path,
    commands: Mapping[str, Callable[[Settings], list[str]]] = COMMANDS,
) -> Iterator[str]:
    """Web, worker and relay, run as in production; gives the address. What they said is shown with a failing test.

    `commands` are command lines by process. `folder` takes a file a process, which `show_what_is_said` reads.
    """
    own = settings.model_copy(update={"port": _free_port()})
    running: list[tuple[str, GuardedProcess, Path]] = []
    with show_what_is_said(folder):
        try:
            for name, command in commands.items():
                said = folder / f"{name}.log"
                process = GuardedProcess(command(own), grace_seconds=5.0, env=environment_of(own))
                with said.open("wb") as output:
                    process.start(output=output)
                running.append((name, process, said))
            _wait_for(own.base_url, running)
            yield own.base_url
        finally:
            for _, process, _ in reversed(running):
                process.ask_to_stop()
            for _, process, _ in running:
                process.stop()


@contextmanager
def show_what_is_said(folder: Path) -> Iterator[None]:
    """Prints what the processes of that folder say meanwhile, its end where it is long."""
    before = {said: said.stat().st_size for said in folder.glob("*.log")}
    yield
    for said in sorted(folder.glob("*.log")):
        new = said.read_bytes()[before.get(said, 0) :].decode(errors="replace")
        sys.stdout.write(f"--- {said.stem}\n{new[-6000:]}\n")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for(base_url: str, running: list[tuple[str, GuardedProcess, Path]]) -> None:
    pause, deadline = threading.Event(), time.monotonic() + STARTS_WITHIN_SECONDS
    while True:
        for name, process, said in running:
            assert process.poll() is None, f"{name} ended:\n{said.read_text(errors='replace')}"
        try:
            if httpx.get(f"{base_url}/readyz", timeout=5.0).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, "the web process does not answer"
        pause.wait(0.1)


async def eventually(fact: Callable[[], Awaitable[T | None]], what: str, seconds: float) -> T:
    """Waits for what other processes do, and gives it; fails with what was awaited."""
    deadline = time.monotonic() + seconds
    never = asyncio.Event()
    while not (found := await fact()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        with suppress(TimeoutError):
            await asyncio.wait_for(never.wait(), 0.1)
    return found
