"""Text is sent packed to whoever takes it so; what is packed by nature (pictures, fonts, PDF) goes as it is."""

from __future__ import annotations

import zlib

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import (
    ASGIApp,
    HTTPResponseBodyEvent,
    HTTPResponseStartEvent,
    Message,
    Receive,
    Scope,
    Send,
)

LEVEL, LEAST_BYTES, GZIP = 5, 600, 16 + zlib.MAX_WBITS
_TEXTS = (
    "text/",
    "application/javascript",
    "application/json",
    "application/problem+json",
    "application/vnd.oai.openapi",
    "application/xml",
    "image/svg+xml",
)

_STREAM = "text/event-stream"


class Compression(ASGIMiddleware):
    """Sends texts in gzip."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """One request."""
        taken = Headers.from_scope(scope).get("accept-encoding", "")
        await next_app(scope, receive, _Packed(send) if "gzip" in taken else send)


class _Packed:
    """Holds an answer's head until its first part says whether packing is worth it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._head: HTTPResponseStartEvent | None = None
        self._packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
        self._packs = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._head = message
        elif message["type"] == "http.response.body":
            await self._part(message)
        else:
            await self._send(message)

    async def _part(self, part: HTTPResponseBodyEvent) -> None:
        body, last = part.get("body", b""), not part.get("more_body", False)
        head, self._head = self._head, None
        if head is not None:
            self._packs = _is_text(head) and not (last and len(body) < LEAST_BYTES)
        if self._packs:
            body = self._packer.compress(body) + (self._packer.flush() if last else b"")
        if head is not None:
            if self._packs:
                _say_packed(head, len(body) if last else None)
            await self._send(head)
        if body or last:
            await self._send({"type": "http.response.body", "body": body, "more_body": not last})


def _is_text(head: HTTPResponseStartEvent) -> bool:
    headers = MutableScopeHeaders.from_message(head)
    kind = headers.get("content-type", "")
    # Packing would keep a stream's lines back until there are enough of them.
    return kind.startswith(_TEXTS) and not kind.startswith(_STREAM) and "content-encoding" not in headers


def _say_packed(head: HTTPResponseStartEvent, length: int | None) -> None:
    headers = MutableScopeHeaders.from_message(head)
    headers["content-encoding"] = "gzip"
    headers.extend_header_value("vary", "Accept-Encoding")
    if length is None:
        headers.pop("content-length", None)
    else:
        headers["content-length"] = str(length)
