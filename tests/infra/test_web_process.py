"""The web as a process: what it says is what every process says."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.ops.programs import web_command
from infra.ops.supervisor import ROOT, child_environment
from infra.platform.settings import Settings
from tests.conftest import SECRET
from tests.infra.processes import wait_until


@pytest.fixture
def web_process(settings: Settings, folder: Path) -> Iterator[tuple[str, Path]]:
    """The web process on a free port, writing JSON: its address and the file of its lines."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lines = folder / "web.log"
    environment = child_environment(
        {
            "NEEDLEWISE_MODE": "test",
            "NEEDLEWISE_DATABASE_URL": str(settings.database_url),
            "NEEDLEWISE_REDIS_URL": str(settings.redis_url),
            "NEEDLEWISE_SECRET_KEY": SECRET,
            "NEEDLEWISE_DATA_DIR": str(folder),
            "NEEDLEWISE_LOG_FORMAT": "json",
            "NEEDLEWISE_PORT": str(port),
        }
    )
    command = web_command(settings.model_copy(update={"port": port}))
    with (
        lines.open("wb") as log,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log) as process,
    ):
        yield f"http://127.0.0.1:{port}", lines
        process.terminate()


def _request_lines(lines: Path) -> list[dict[str, Any]]:
    said = [json.loads(line) for line in lines.read_text().splitlines()]
    return [one for one in said if one["event"] == "request"]


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", headers={"x-request-id": "of-the-test"}).is_success
    except httpx.TransportError:
        return False


def test_each_request_is_one_line_of_json(web_process: tuple[str, Path]) -> None:
    address, lines = web_process
    wait_until(lambda: _answers(address), "the web process answers")
    wait_until(lambda: _request_lines(lines), "the request is written down")
    one = _request_lines(lines)[0]
    assert (one["process"], one["correlation_id"]) == ("web", "of-the-test")
    assert (one["method"], one["path"], one["status"]) == ("GET", "/healthz", 200)
