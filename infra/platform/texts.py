"""Text messages: to a folder, a file of JSON each, which a gateway's own program sends and then deletes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from pathlib import Path

_UNFINISHED = ".part"
LONGEST_SECONDS = 7 * 86_400.0


class TextRefused(Exception):  # noqa: N818  the name states the fact
    """The gateway will never take this text. `dead_address`: nor any other to that number."""

    def __init__(self, words: str, *, dead_address: bool = False) -> None:
        super().__init__(words)
        self.dead_address = dead_address


class TextUnanswered(Exception):  # noqa: N818  the name states the fact
    """The text was handed over and no answer came: nobody knows whether it went."""


class TextFolder:
    """One file a text, named by its key: a text that comes twice before it was taken is there once.

    A file is there as a whole or not at all. What nobody has taken for a week is deleted with the next text: by then it
    is about something that is over.
    """

    refused: type[Exception] = TextRefused
    unanswered: type[Exception] = TextUnanswered

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, to: str, words: str, key: str) -> None:
        """One more file. Raises `TextRefused` for a number that is none."""
        if not to.startswith("+"):
            raise TextRefused("a text without a number")
        text = {"id": key, "from": self._sender, "to": to, "text": words}
        await asyncio.to_thread(self._write, key, json.dumps(text, ensure_ascii=False).encode())

    async def forget(self, key: str) -> None:
        """The text is there no longer, if it was."""
        await asyncio.to_thread(self._remove, key)

    def _place(self, key: str) -> Path:
        return self._folder / f"{key}.json"

    def _remove(self, key: str) -> None:
        for place in (self._place(key), *self._folder.glob(f"{key}.*{_UNFINISHED}")):
            place.unlink(missing_ok=True)

    def _write(self, key: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._tidy()
        place = self._place(key)
        # Under another name until it is whole: nobody takes half of it.
        unfinished = place.with_suffix(f".{os.getpid()}{_UNFINISHED}")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(place)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name is there after a power cut too
        finally:
            os.close(folder)

    def _tidy(self) -> None:
        before = time.time() - LONGEST_SECONDS
        for place in self._folder.iterdir():
            with contextlib.suppress(FileNotFoundError):  # taken at this moment
                if place.suffix in {".json", _UNFINISHED} and place.stat().st_mtime < before:
                    place.unlink()
