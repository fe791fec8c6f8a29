"""Every page there is, looked at: wide and narrow, by day and by night, for everybody who reads it.

Pages come from the route table, so a new one is looked at without being named. With `NEEDLEWISE_SHOTS` set each is
kept as pictures in that folder.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from litestar import Litestar
from playwright.async_api import Browser, BrowserContext, Page, Request, Response, ViewportSize
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.ops.programs import COMMANDS
from infra.platform.settings import Settings
from services.kernel.work import Database
from tests.browser.every_page import Opened, Place, every_page
from tests.browser.looking import BY_LOOK, NARROW, OVER, RUN_AXE, SCHEMES, WIDE, axe_source
from tests.contracts.callers import STRANGER
from tests.fixtures import MovableClock
from tests.product import running_product
from tests.web.conftest import app
from web.client.sessions import TICKET_COOKIE
from web.context import SESSION_COOKIE

__all__ = ["app"]

TABS = 3
MOST_BYTES = 100_000  # of page, styles and scripts as they are sent, before pictures and fonts
SMALLEST: ViewportSize = {"width": 320, "height": 640}
# A page of each layout, and the two that hold the most parts: for the suite that runs with every change.
ONE_OF_EACH = {
    "/c/{slug}",
    "/account/email",
    "/admin/cases/{case_id}",
    "/clinic/{slug}/treatments/new",
    "calendar of a week",
}
_WEIGHED = {"document", "stylesheet", "script"}
_DOUBLE_TEXT = "size => { document.documentElement.style.fontSize = size; }"
# The innermost elements beyond the right edge that no scroll box holds.
_STICKS_OUT = """() => {
    const edge = document.documentElement.clientWidth;
    const held = it => it && it !== document.body
        && (getComputedStyle(it).overflowX !== 'visible' || held(it.parentElement));
    const out = [...document.body.querySelectorAll('*')].filter(it => (
        it.getBoundingClientRect().right > edge + 1 && !held(it.parentElement)));
    const inner = out.filter(it => !out.some(other => other !== it && it.contains(other)));
    return inner.slice(0, 3).map(it => (
        `<${it.tagName.toLowerCase()} ${it.getAttribute('class') || ''}>${it.textContent.trim().slice(0, 30)}`));
}"""


@dataclass
class Looker:
    """One tab, what was found in it, and what each page weighed."""

    base_url: str
    tabs: dict[str, Page]
    shots: Path | None
    sizes: dict[str, int]
    findings: list[str] = field(default_factory=list)
    looked: int = 0
    fetched: int = 0

    async def look(self, opened: Opened) -> None:
        """Opens a page once, and turns it in place."""
        tab, weight = self.tabs[opened.who], 0
        said, heavy = [], []

        def note(answer: Response) -> None:
            heavy.append(answer)

        def hear(message: Any) -> None:
            if message.type == "error":
                said.append(f"console: {message.text}")

        def follow(request: Request) -> None:
            if not request.url.startswith((self.base_url, "data:")):
                said.append(f"asks another host: {request.url}")

        tab.on("response", note)
        tab.on("console", hear)
        tab.on("request", follow)
        try:
            answer = await tab.goto(self.base_url + opened.address, wait_until="load")
            assert answer is not None
            if answer.status != 200:
                said.append(f"answers {answer.status} at {answer.url}")
            for one in heavy:
                weight += await self._size(one)
            if weight > MOST_BYTES:
                said.append(f"weighs {weight} bytes")
            said += await self._from_all_sides(tab, opened)
        finally:
            tab.remove_listener("response", note)
            tab.remove_listener("console", hear)
            tab.remove_listener("request", follow)
        self.looked += 1
        self.findings += [f"{opened.route} as {opened.who}: {one}" for one in said]

    async def _size(self, answer: Response) -> int:
        """What the answer weighed when it came over the wire; what the browser had kept counts as well."""
        if answer.request.resource_type not in _WEIGHED:
            return 0
        if not answer.from_service_worker and (size := (await answer.request.sizes())["responseBodySize"]):
            self.sizes[answer.url] = size
        return self.sizes.get(answer.url, 0)

    async def _from_all_sides(self, tab: Page, opened: Opened) -> list[str]:
        await tab.evaluate(axe_source())
        said = []
        for size in (WIDE, NARROW):
            for scheme in SCHEMES:
                await _turn(tab, size, scheme)
                where = f"{size['width']} {scheme}"
                whole = (size, scheme) == (WIDE, "light")
                found: list[dict[str, Any]] = await tab.evaluate(RUN_AXE, [] if whole else BY_LOOK)
                said += [f"{where}: {it['id']} ({it['impact']}): {' | '.join(it['at'])}" for it in found]
                said += await _width(tab, where)
                await self._keep(tab, opened, f"{size['width']}-{scheme}")
        await _turn(tab, SMALLEST, "light")
        await tab.evaluate(_DOUBLE_TEXT, "200%")
        said += await _width(tab, "320 with double text")
        await self._keep(tab, opened, "320-double")
        await _turn(tab, WIDE, "light")
        return said

    async def _keep(self, tab: Page, opened: Opened, look: str) -> None:
        if self.shots:
            name = re.sub(r"[^a-z0-9]+", "-", f"{opened.route}-{opened.who}".lower()).strip("-")
            await tab.screenshot(path=self.shots / f"{name}-{look}.png", full_page=True)


async def _turn(tab: Page, size: ViewportSize, scheme: Literal["light", "dark"]) -> None:
    await tab.set_viewport_size(size)
    await tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")


async def _width(tab: Page, where: str) -> list[str]:
    over, width = await tab.evaluate(OVER)
    if over <= 0:
        return []
    out = " | ".join(await tab.evaluate(_STICKS_OUT))
    return [f"{where}: {over} pixels wider than the screen of {width}: {out}"]


@pytest.fixture
async def place(app: Litestar, database: Database, clock: MovableClock, superuser: AsyncEngine) -> Place:
    return await every_page(app, database, clock, superuser)


@pytest.fixture
def base_url(database: Database, settings: Settings, tmp_path: Path) -> Any:
    """The web process alone: nothing is done here but looking."""
    with running_product(settings, tmp_path, {"web": COMMANDS["web"]}) as url:
        yield url


async def _browser_of(browser: Browser, base_url: str, place: Place, who: str) -> BrowserContext:
    context = await browser.new_context(viewport=WIDE, locale="en-US", reduced_motion="reduce")
    cookies = {SESSION_COOKIE: place.sessions[who]} if who != STRANGER else {TICKET_COOKIE: place.ticket}
    await context.add_cookies(
        [{"name": name, "value": value, "url": base_url} for name, value in cookies.items()]
    )
    return context


@pytest.fixture
async def lookers(browser: Browser, base_url: str, place: Place) -> AsyncIterator[list[Looker]]:
    shots = os.environ.get("NEEDLEWISE_SHOTS")
    sizes: dict[str, int] = {}
    contexts = {who: await _browser_of(browser, base_url, place, who) for who in (STRANGER, *place.sessions)}
    made = []
    for _ in range(TABS):
        tabs = {who: await context.new_page() for who, context in contexts.items()}
        made.append(Looker(base_url, tabs, Path(shots) if shots else None, sizes))
    yield made
    for context in contexts.values():
        await context.close()


async def _is_page(lookers: list[Looker], opened: Opened) -> bool:
    """Whether an address answers with a page; another answer only has to be a good one."""
    looker = lookers[0]
    answer = await looker.tabs[opened.who].context.request.get(looker.base_url + opened.address)
    looker.fetched += 1
    typed = answer.headers.get("content-type", "")
    if typed.startswith("text/html") and "<html" in await answer.text():
        return True
    if not answer.ok:
        looker.findings.append(f"{opened.route} as {opened.who}: {answer.status}")
    return False


async def _walk(lookers: list[Looker], waiting: list[Opened]) -> list[str]:
    """Opens all of them, each in whichever tab is free, and says what was found."""

    async def work(looker: Looker) -> None:
        while waiting:
            await looker.look(waiting.pop(0))

    await asyncio.gather(*(work(looker) for looker in lookers))
    return sorted(one for looker in lookers for one in looker.findings)


@pytest.mark.prove
@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_every_page_is_accessible_fits_and_keeps_to_its_policy(
    place: Place, lookers: list[Looker]
) -> None:
    waiting = [opened for opened in place.pages if await _is_page(lookers, opened)]
    pages = len(waiting)
    findings = await _walk(lookers, waiting)
    assert findings == [], "\n".join(findings)
    assert sum(looker.looked for looker in lookers) == pages > 60


@pytest.mark.walk
@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_a_page_of_each_kind_is_accessible_fits_and_keeps_to_its_policy(
    place: Place, lookers: list[Looker]
) -> None:
    waiting = [opened for opened in place.pages if opened.route in ONE_OF_EACH]
    assert len(waiting) == len(ONE_OF_EACH)
    findings = await _walk(lookers, waiting)
    assert findings == [], "\n".join(findings)
