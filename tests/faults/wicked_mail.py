"""A mail server that is down, slow, refuses at random, or takes a message and dies before it says so."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

SLOW_SECONDS = 0.3
# Out of ten messages: how many meet which behaviour; the others are taken as they should be.
BEHAVIOURS = ("refuse", "refuse", "slow", "die before", "die after", "fine", "fine", "fine", "fine", "fine")


@dataclass
class WickedMail:
    """The server, in a thread of its own, on one port for good; what it took, and how often without saying so."""

    chance: random.Random
    behaves: bool = False
    down: bool = False
    taken: list[str] = field(default_factory=list)
    unanswered: Counter[str] = field(default_factory=Counter)
    port: int = 0
    _loop: asyncio.AbstractEventLoop | None = None
    _thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address for `NEEDLEWISE_SMTP_URL`."""
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listens."""
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait(10)

    def stop(self) -> None:
        """Ends it."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)

    def _run(self, ready: threading.Event) -> None:
        loop = self._loop = asyncio.new_event_loop()
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        server = loop.run_until_complete(asyncio.start_server(self._serve, sock=listening))
        ready.set()
        loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not self.down:
                await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(words: str) -> None:
            writer.write(f"{words}\r\n".encode())
            await writer.drain()

        await say("220 wicked.test")
        while command := (await reader.readline()).decode().strip().upper():
            if command == "DATA":
                await say("354 go on")
                if not await self._take(await reader.readuntil(b"\r\n.\r\n"), say):
                    return
            elif command == "QUIT":
                await say("221 bye")
                return
            else:
                await say("250 yes")

    async def _take(self, message: bytes, say: Any) -> bool:
        """Whether the connection lives on."""
        does = "fine" if self.behaves else self.chance.choice(BEHAVIOURS)
        key = str(message_from_bytes(message)["Message-ID"])
        if does == "refuse":
            await say("451 not now")
            return True
        if does == "die before":
            return False
        if does == "slow":
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.Event().wait(), SLOW_SECONDS)
        self.taken.append(key)
        if does == "die after":
            self.unanswered[key] += 1
            return False
        await say("250 taken")
        return True
