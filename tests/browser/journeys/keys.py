"""A person who uses the keyboard alone: Tab, arrows, Space, Enter and what is typed. Pages are counted on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Frame

from tests.browser.looking import Person

MOST_TABS = 250
_AT = """() => {
    const at = document.activeElement;
    return {name: at.name || '', kind: at.type || at.tagName, value: at.value || '',
            text: (at.innerText || '').trim()};
}"""


@dataclass
class Keys:
    """The keyboard of a person's page; `pages` are the paths it came to, each once, in their order."""

    person: Person
    pages: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.person.page.on("framenavigated", self._note)
        # From the start: a window for files that opens while the browser is still being told to hand it over is lost.
        self.person.page.on("filechooser", lambda _: None)

    def _note(self, frame: Frame) -> None:
        path = urlsplit(frame.url).path
        if frame == self.person.page.main_frame and path not in self.pages:
            self.pages.append(path)

    async def fill(self, **values: str) -> None:
        """Types into fields by their names, in the order in which Tab comes to them."""
        for name, value in values.items():
            kind = (await self._tab_to(name=name))["kind"]
            if kind == "radio":
                await self._arrow_to(value)
            elif kind == "checkbox":
                if (await self._at())["value"] != value:
                    await self._tab_to(name=name, value=value)
                await self._press("Space")
            else:
                if kind not in {"select-one", "date"}:
                    await self._press("ControlOrMeta+a")
                await self.person.page.keyboard.type(value)

    async def choose_file(self, name: str, content: bytes) -> None:
        """Opens the browser's own window for files, and takes a file in it."""
        await self._tab_to(name=name)
        async with self.person.page.expect_file_chooser() as opened:
            await self._press("Enter")
        paper: Any = {"name": "paper.pdf", "mimeType": "application/pdf", "buffer": content}
        await (await opened.value).set_files(paper)

    async def enter(self, label: str) -> None:
        """Tabs to the button or link of that label, presses Enter, and skips to the content of what comes."""
        await self._tab_to(text=label)
        async with self.person.page.expect_navigation(wait_until="load"):
            await self._press("Enter")
        await self.skip()

    async def skip(self) -> None:
        """To the content, by the link that Tab comes to first."""
        await self._press("Tab")
        assert (await self._at())["text"] == "Skip to the content", self.person.page.url
        await self._press("Enter")

    async def _tab_to(self, **wanted: Any) -> dict[str, Any]:
        for _ in range(MOST_TABS):
            await self._press("Tab")
            at = await self._at()
            if all(at[key] == value for key, value in wanted.items()):
                return at
        raise AssertionError(f"Tab never comes to {wanted} on {self.person.page.url}")

    async def _arrow_to(self, value: str) -> None:
        await self._press("Space")
        for _ in range(MOST_TABS):
            if (await self._at())["value"] == value:
                return
            await self._press("ArrowDown")
        raise AssertionError(f"no arrow comes to {value}")

    async def _at(self) -> dict[str, Any]:
        return dict(await self.person.page.evaluate(_AT))

    async def _press(self, key: str) -> None:
        await self.person.page.keyboard.press(key)
