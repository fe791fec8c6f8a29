"""The web as a process: what it says is what every process says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from infra.ops.programs import web_command
from infra.platform.settings import Settings
from tests.infra.processes import wait_until
from tests.product import running_product


def _request_lines(lines: Path) -> list[dict[str, Any]]:
    """What the web said of the test's own request."""
    said = [json.loads(line) for line in lines.read_text().splitlines()]
    return [one for one in said if one["event"] == "request" and one["correlation_id"] == "of-the-test"]


def test_each_request_is_one_line_of_json(settings: Settings, tmp_path: Path) -> None:
    own = settings.model_copy(update={"log_format": "json"})
    with running_product(own, tmp_path, {"web": web_command}) as address:
        assert httpx.get(f"{address}/healthz", headers={"x-request-id": "of-the-test"}).is_success
        lines = tmp_path / "web.log"
        wait_until(lambda: _request_lines(lines), "the request is written down")
        (one,) = _request_lines(lines)
    assert one["process"] == "web"
    assert (one["method"], one["path"], one["status"]) == ("GET", "/healthz", 200)
