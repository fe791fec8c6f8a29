"""Text messages: to a file, one line of JSON each, as a gateway would get them."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path


class TextRefused(Exception):  # noqa: N818  the name states the fact
    """The gateway will never take this text. `dead_address`: nor any other to that number."""

    def __init__(self, words: str, *, dead_address: bool = False) -> None:
        super().__init__(words)
        self.dead_address = dead_address


class TextUnanswered(Exception):  # noqa: N818  the name states the fact
    """The text was handed over and no answer came: nobody knows whether it went."""


class TextFile:
    """Appends to a file that a gateway's own program reads. A text that comes twice has the same `id` twice.

    A line is written in one go and synced, so that it is there as a whole or not at all, whoever writes beside.
    """

    refused: type[Exception] = TextRefused
    unanswered: type[Exception] = TextUnanswered

    def __init__(self, path: Path, sender: str) -> None:
        self._path = path
        self._sender = sender

    async def send(self, to: str, words: str, key: str) -> None:
        """One more line. Raises `TextRefused` for a number that is none."""
        if not to.startswith("+"):
            raise TextRefused("a text without a number")
        line = {"id": key, "from": self._sender, "to": to, "text": words}
        await asyncio.to_thread(self._append, json.dumps(line, ensure_ascii=False).encode() + b"\n")

    def _append(self, line: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if os.write(file, line) != len(line):
                raise OSError("the text was not written whole")
            os.fsync(file)
        finally:
            os.close(file)
