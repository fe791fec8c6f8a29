"""The web as a process: what it says is what every process says."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.ops.programs import web_command
from infra.platform.settings import Settings
from services.kernel.work import Database
from tests.infra.processes import wait_until
from tests.product import running_product
from tests.web.booking_forms import sign_in
from tests.web.booking_world import make_shop


def _request_lines(lines: Path) -> list[dict[str, Any]]:
    """What the web said of the test's own request."""
    said = [json.loads(line) for line in lines.read_text().splitlines()]
    return [one for one in said if one["event"] == "request" and one["correlation_id"] == "of-the-test"]


@pytest.mark.walk
def test_each_request_is_one_line_of_json(settings: Settings, tmp_path: Path) -> None:
    own = settings.model_copy(update={"log_format": "json"})
    with running_product(own, tmp_path, {"web": web_command}) as address:
        assert httpx.get(f"{address}/healthz", headers={"x-request-id": "of-the-test"}).is_success
        lines = tmp_path / "web.log"
        wait_until(lambda: _request_lines(lines), "the request is written down")
        (one,) = _request_lines(lines)
    assert one["process"] == "web"
    assert (one["method"], one["path"], one["status"]) == ("GET", "/healthz", 200)


@pytest.mark.walk
async def test_answers_that_go_on_end_when_the_web_is_asked_to_stop(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    shop = await make_shop(database)
    async with httpx.AsyncClient(headers={"accept": "text/event-stream"}) as browser:
        await sign_in(browser, database, shop.owner_id)
        product = running_product(settings, tmp_path, {"web": web_command})
        address = product.__enter__()
        path = f"{address}/clinic/{shop.slug}/calendar/changes"
        async with browser.stream("GET", path, timeout=30) as answer:
            lines = answer.aiter_lines()
            assert (await anext(lines)).startswith("retry:")
            stopped = asyncio.get_running_loop().run_in_executor(None, product.__exit__, None, None, None)
            # An answer that is cut off instead of ended is an error here.
            async for _ in lines:
                pass
        await stopped
