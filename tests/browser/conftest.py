"""The whole product as its own processes on the tests' database, and browsers that look at it."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, async_playwright

from infra.ops.embedded.process import GuardedProcess
from infra.ops.programs import COMMANDS
from infra.ops.supervisor import child_environment
from infra.platform.settings import Settings
from services.kernel.work import Database

USUAL_PLACE = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
STARTS_WITHIN_SECONDS = 30.0


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _environment(settings: Settings) -> dict[str, str]:
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
            "NEEDLEWISE_RATE_LIMIT": "off",
            "NEEDLEWISE_DATA_DIR": str(settings.data_dir),
            "PYTHONUNBUFFERED": "1",
        }
    )


@pytest.fixture
def product(database: Database, settings: Settings, tmp_path: Path) -> Iterator[str]:
    """Web, worker and relay, run as in production; gives the address. What they say is shown with a failing test."""
    own = settings.model_copy(update={"port": _free_port()})
    running: list[tuple[str, GuardedProcess, Path]] = []
    try:
        for name, command in COMMANDS.items():
            said = tmp_path / f"{name}.log"
            process = GuardedProcess(command(own), grace_seconds=5.0, env=_environment(own))
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
        for name, _, said in running:
            sys.stdout.write(f"--- {name}\n{said.read_text(errors='replace')[-6000:]}\n")


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


def _find_chromium() -> str | None:
    return shutil.which("chromium") or (USUAL_PLACE if Path(USUAL_PLACE).exists() else None)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium. Where none is installed the test is left out, but never in CI."""
    path = _find_chromium()
    if path is None and not os.environ.get("CI"):
        pytest.skip("no chromium is installed")
    assert path is not None, "CI has to have chromium"
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield opened
        await opened.close()
