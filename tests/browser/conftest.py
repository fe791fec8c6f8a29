"""Browsers that look at the product."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

USUAL_PLACE = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def _find_chromium() -> str | None:
    return shutil.which("chromium") or (USUAL_PLACE if Path(USUAL_PLACE).exists() else None)


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Chromium. Where none is installed the test is left out, but never in CI."""
    path = _find_chromium()
    if path is None and not os.environ.get("CI"):
        pytest.skip("no chromium is installed")
    assert path is not None, "CI has to have chromium"
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield opened
        await opened.close()


@pytest.fixture
async def browser(chromium: Browser) -> AsyncIterator[Browser]:
    """Chromium, for people whose cookies and pages end with the test."""
    yield chromium
    for context in list(chromium.contexts):
        await context.close()
