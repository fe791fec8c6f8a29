"""One person's browser: pages are opened by what a person sees, and each is looked at for accessibility."""

from __future__ import annotations

import itertools
import os
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, BrowserContext, Page, Response, expect

_AXE = Path(__file__).parents[2] / "web" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
_GRAVE = {"serious", "critical"}
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
WAIT_MILLISECONDS = 20_000
_numbers = itertools.count(1)

# With the size of targets, which WCAG 2.2 asks for and axe leaves out by itself.
_RUN_AXE = """async () => {
    const asked = {resultTypes: ['violations'], preload: false, rules: {'target-size': {enabled: true}}};
    return (await axe.run(document, asked)).violations.map(found => (
        {id: found.id, impact: found.impact, at: found.nodes.map(node => node.target.join(' ')).slice(0, 5)}));
}"""
# Asked at once, not later: the wait looks at the value itself, and a promise would count as found.
_MAIL = """({to, kind}) => {
    const asked = new XMLHttpRequest();
    asked.open('GET', '/dev/mailbox.json?to=' + encodeURIComponent(to), false);
    asked.send();
    return JSON.parse(asked.responseText).items.find(one => one.kind === kind) || false;
}"""


@cache
def _axe_source() -> str:
    return _AXE.read_text()


@dataclass
class Person:
    """A browser of somebody's own: cookies, one page, with or without scripts."""

    name: str
    base_url: str
    context: BrowserContext
    page: Page
    script: bool
    refused: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    async def open(self, path: str) -> Response:
        """Goes to an address and sees that it answers well."""
        answer = await self.page.goto(path if path.startswith("http") else self.base_url + path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"
        return answer

    async def fill(self, **values: str) -> None:
        """Types into fields by their names; a choice is made by its value."""
        for name, value in values.items():
            box = self.page.locator(f"main [name={name}]").first
            kind = await box.evaluate("it => it.type || it.tagName")
            if kind in {"radio", "checkbox"}:
                await self.page.locator(f"main [name={name}][value='{value}']").check()
            elif kind == "select-one":
                await box.select_option(value)
            else:
                await box.fill(value)

    async def press(self, label: str, *, leads_to: str | None = None) -> None:
        """Presses the page's button of that label; `leads_to` is a pattern of the address that follows."""
        await self.page.locator("main").get_by_role("button", name=label, exact=True).first.click()
        await self._arrive(leads_to)

    async def follow(self, label: str, *, leads_to: str | None = None) -> None:
        """Follows the page's link of that label."""
        await self.page.locator("main").get_by_role("link", name=label, exact=True).first.click()
        await self._arrive(leads_to)

    async def _arrive(self, leads_to: str | None) -> None:
        if leads_to is not None:
            await self.page.wait_for_url(leads_to, timeout=WAIT_MILLISECONDS)

    async def sees(self, words: str) -> None:
        """Waits until the page says the words."""
        await expect(self.page.get_by_text(words).first).to_be_visible(timeout=WAIT_MILLISECONDS)

    async def comes_to_see(self, path: str, words: str) -> None:
        """Opens a page again until it says the words: what workers write is there a moment later."""
        deadline = time.monotonic() + WAIT_MILLISECONDS / 1000
        await self.open(path)
        while not await self.page.get_by_text(words).count():
            assert time.monotonic() < deadline, f"{path} never says: {words}"
            await self.page.wait_for_timeout(200)
            await self.page.reload()

    async def look(self, step: str) -> None:
        """Notes in `findings` what keeps somebody out: grave findings of axe, a page wider than the screen.

        Light and wide, then dark and narrow. With `NEEDLEWISE_SHOTS` set, the step is kept as pictures in that
        folder, in both widths and both schemes.
        """
        assert self.refused == [], f"{step}: {self.refused}"
        shots = os.environ.get("NEEDLEWISE_SHOTS")
        if self.script:
            await self.page.evaluate(_axe_source())
        number = next(_numbers)
        for scheme, size in zip(_SCHEMES, (WIDE, NARROW), strict=True):
            await self.page.set_viewport_size({"width": size["width"], "height": size["height"]})
            await self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            if self.script:
                found: list[dict[str, Any]] = await self.page.evaluate(_RUN_AXE)
                grave = [one for one in found if one["impact"] in _GRAVE]
                self.findings += [f"{step}, {scheme}, {size['width']}: {one}" for one in grave]
            too_wide = await self.page.evaluate(
                "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            if too_wide > 0:
                self.findings.append(f"{step}: {too_wide} pixels wider than a screen of {size['width']}")
        if shots:
            await self._keep_shots(Path(shots), f"{number:02d}-{self.name}-{step}")
        await self.page.set_viewport_size({"width": WIDE["width"], "height": WIDE["height"]})
        await self.page.emulate_media(color_scheme="light")

    async def _keep_shots(self, folder: Path, name: str) -> None:
        for size in (NARROW, WIDE):
            await self.page.set_viewport_size({"width": size["width"], "height": size["height"]})
            for scheme in _SCHEMES:
                await self.page.emulate_media(color_scheme=scheme)
                path = folder / f"{name}-{size['width']}-{scheme}.png"
                await self.page.screenshot(path=path, full_page=True)

    async def mail(self, to: str, kind: str) -> dict[str, Any]:
        """Waits for the newest message of a kind to somebody, in the mailbox of the test mode."""
        found = await self.page.wait_for_function(
            _MAIL, arg={"to": to, "kind": kind}, polling=200, timeout=WAIT_MILLISECONDS
        )
        message: dict[str, Any] = await found.json_value()
        return message

    async def move_clock(self, **given: str | int) -> None:
        """Moves the clock of all processes: `now` (RFC 3339) or `advance_seconds`."""
        answer = await self.context.request.post(f"{self.base_url}/dev/clock", data=given)
        assert answer.ok, await answer.text()


async def open_person(browser: Browser, base_url: str, name: str, *, script: bool = True) -> Person:
    """A new browser context; what a page's own policy or script refuses is remembered."""
    context = await browser.new_context(
        viewport={"width": WIDE["width"], "height": WIDE["height"]},
        java_script_enabled=script,
        bypass_csp=True,
        locale="en-US",
    )
    context.set_default_timeout(WAIT_MILLISECONDS)
    page = await context.new_page()
    person = Person(name, base_url, context, page, script)
    page.on("pageerror", lambda error: person.refused.append(str(error)))
    page.on(
        "response",
        lambda answer: (
            person.refused.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None
        ),
    )
    return person
