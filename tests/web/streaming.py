"""A browser that listens: one request to the application whose answer is read as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from litestar import Litestar


class Stream:
    """An answer that goes on."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self._parts: asyncio.Queue[str | None] = asyncio.Queue()
        self._left = ""

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
        else:
            if message.get("body"):
                await self._parts.put(message["body"].decode(errors="replace"))
            if not message.get("more_body"):
                await self._parts.put(None)

    async def event(self, seconds: float = 10) -> str | None:
        """The next block of lines; nothing when the answer has ended."""
        while "\n\n" not in self._left:
            async with asyncio.timeout(seconds):
                part = await self._parts.get()
            if part is None:
                return None
            self._left += part
        block, _, self._left = self._left.partition("\n\n")
        return block


@asynccontextmanager
async def listening(
    app: Litestar, browser: httpx.AsyncClient, path: str, **headers: str
) -> AsyncIterator[Stream]:
    """Listens at an address as that browser; hangs up at the end of the block."""
    request = browser.build_request("GET", path, headers={"accept": "text/event-stream", **headers})
    gone, stream, asked = asyncio.Event(), Stream(), asyncio.Event()

    async def receive() -> dict[str, Any]:
        if not asked.is_set():
            asked.set()
            return {"type": "http.request", "body": b"", "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
        "state": {},
        "extensions": {},
    }
    task = asyncio.create_task(app(scope, receive, stream.send))  # type: ignore[arg-type]  # litestar's own types
    try:
        yield stream
    finally:
        gone.set()
        await asyncio.wait_for(task, 10)
