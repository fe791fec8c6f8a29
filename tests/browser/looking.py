"""One person's browser: pages are opened by what a person sees, and each is looked at for accessibility."""

from __future__ import annotations

import itertools
import os
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    ViewportSize,
    expect,
)

_AXE = Path(__file__).parents[2] / "web" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
_GRAVE = {"serious", "critical"}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}
WAIT_MILLISECONDS = 20_000
_numbers = itertools.count(1)

# All rules or those named, with the size of targets, which WCAG 2.2 asks for and axe leaves out by itself.
RUN_AXE = """async only => {
    const asked = {resultTypes: ['violations'], preload: false, rules: {'target-size': {enabled: true}}};
    if (only.length) { asked.runOnly = {type: 'rule', values: only}; delete asked.rules; }
    return (await axe.run(document, asked)).violations.map(found => (
        {id: found.id, impact: found.impact, at: found.nodes.map(node => node.target.join(' ')).slice(0, 5)}));
}"""

OVER = """() => {
    const page = document.documentElement;
    return [page.scrollWidth - page.clientWidth, page.clientWidth];
}"""
SERVER_FAILED = 500
BY_LOOK = ["color-contrast", "target-size"]  # what another width or scheme alone can change
# Every rule on a phone by night; by day on a wide screen the others.
_LOOKS: tuple[tuple[Literal["light", "dark"], ViewportSize, list[str]], ...] = (
    ("dark", NARROW, []),
    ("light", WIDE, BY_LOOK),
)


@cache
def axe_source() -> str:
    """The accessibility checker's script."""
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
                # Where a choice is drawn as a button, its label lies over it: the click is the label's.
                await self.page.locator(f"main [name={name}][value='{value}']").check(force=True)
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

        With scripts: dark and narrow, then light and wide. With `NEEDLEWISE_SHOTS` set, the step is kept as
        pictures in that folder, in both widths and both schemes.
        """
        assert self.refused == [], f"{step}: {self.refused}"
        shots = os.environ.get("NEEDLEWISE_SHOTS")
        number = next(_numbers)
        if self.script:
            await self.page.evaluate(axe_source())
            for scheme, size, rules in _LOOKS:
                await self._turn(size, scheme)
                found: list[dict[str, Any]] = await self.page.evaluate(RUN_AXE, rules)
                grave = [one for one in found if one["impact"] in _GRAVE]
                self.findings += [f"{step}, {scheme}, {size['width']}: {one}" for one in grave]
                await self._note_width(step)
        else:
            await self._note_width(step)
        if shots:
            await self._keep_shots(Path(shots), f"{number:02d}-{self.name}-{step}")
        if shots:
            await self._turn(WIDE if self.script else NARROW, "light")

    async def _turn(self, size: ViewportSize, scheme: Literal["light", "dark"]) -> None:
        await self.page.set_viewport_size(size)
        await self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")

    async def _note_width(self, step: str) -> None:
        over, width = await self.page.evaluate(OVER)
        if over > 0:
            self.findings.append(f"{step}: {over} pixels wider than a screen of {width}")

    async def _keep_shots(self, folder: Path, name: str) -> None:
        for size in (NARROW, WIDE):
            for scheme in SCHEMES:
                await self._turn(size, scheme)
                path = folder / f"{name}-{size['width']}-{scheme}.png"
                await self.page.screenshot(path=path, full_page=True)

    async def mail(self, to: str, kind: str) -> dict[str, Any]:
        """Waits for the newest message of a kind to somebody, in the mailbox of the test mode."""
        deadline = time.monotonic() + WAIT_MILLISECONDS / 1000
        while True:
            answer = await self.context.request.get(f"{self.base_url}/dev/mailbox.json", params={"to": to})
            for message in (await answer.json())["items"]:
                if message["kind"] == kind:
                    return dict(message)
            assert time.monotonic() < deadline, f"no {kind} came to {to}"
            await self.page.wait_for_timeout(100)

    async def move_clock(self, **given: str | int) -> None:
        """Moves the clock of all processes: `now` (RFC 3339) or `advance_seconds`."""
        answer = await self.context.request.post(f"{self.base_url}/dev/clock", data=given)
        assert answer.ok, await answer.text()


async def open_person(browser: Browser, base_url: str, name: str, *, script: bool = True) -> Person:
    """A new browser context: with scripts on a wide screen, without them on a phone.

    What a page's own policy, its scripts or the server refuse is remembered.
    """
    context = await browser.new_context(
        viewport=WIDE if script else NARROW,
        java_script_enabled=script,
        locale="en-US",
        reduced_motion="reduce",
    )
    context.set_default_timeout(WAIT_MILLISECONDS)
    page = await context.new_page()
    person = Person(name, base_url, context, page, script)
    page.on("pageerror", lambda error: person.refused.append(str(error)))
    page.on("console", lambda said: _note_policy(person, said))
    page.on("response", lambda answer: _note_failure(person, answer))
    return person


def _note_policy(person: Person, said: ConsoleMessage) -> None:
    if said.type == "error" and "Content Security Policy" in said.text:
        person.refused.append(said.text)


def _note_failure(person: Person, answer: Response) -> None:
    if answer.status >= SERVER_FAILED or (not answer.ok and "/assets/" in answer.url):
        person.refused.append(f"{answer.status} {answer.url}")
