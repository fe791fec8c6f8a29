"""Around every request: a correlation id, security headers, the host check, one log line."""

from __future__ import annotations

import asyncio
import re
import time

import structlog
from litestar.enums import HttpMethod, ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPResponseStartEvent, HTTPScope, Message, Receive, Scope, Send

from services.kernel.correlation import correlation_id
from services.kernel.ids import new_id

LONGEST_REQUEST_SECONDS = 60.0
STREAMS = "streams"
"""In the `opt` of a route whose answer goes on for as long as somebody listens."""
_log = structlog.get_logger("web")
_WITH_TOKEN = re.compile(
    r"/(account/email|appeals|check-ins|data|data/erased|erasures|feeds|holds|invitations|questions|reset-password"
    r"|reviews|unsubscribe|verify-email|waitlist)/[^/]{20,}"
)
_WITH_CODE = re.compile(r"^/t/.*")
_GIVEN_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")
_CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
SECURITY_HEADERS = {
    "content-security-policy": _CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(self)",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Around:
    """Sets the correlation id, adds the headers, and logs what was answered and how long it took.

    It stands around the whole application, so that what the framework refuses by itself (an unknown address, a
    foreign host, a form without its token) carries the headers as well.
    """

    def __init__(self, *, https: bool) -> None:
        self._https = https
        headers = dict(SECURITY_HEADERS)
        if https:
            headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def handle(self, scope: HTTPScope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """One request."""
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"").decode(
            "latin-1"
        )
        request_id = given if _GIVEN_ID.match(given) else new_id().hex
        correlation_id.set(request_id)
        structlog.contextvars.bind_contextvars(correlation_id=request_id)
        began = time.perf_counter()
        status = 500

        async def add_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._complete(message, request_id)
            await send(message)

        try:
            await next_app(scope, receive, add_headers)
        finally:
            if not scope["path"].startswith("/assets/"):
                took = round((time.perf_counter() - began) * 1000)
                _log.info(
                    "request",
                    method=scope.get("method", ""),
                    path=without_token(scope["path"]),
                    status=status,
                    ms=took,
                )
            structlog.contextvars.unbind_contextvars("correlation_id")

    def _complete(self, message: HTTPResponseStartEvent, request_id: str) -> None:
        # Bytes, and no mapping of headers: this is done for every answer.
        given = [(name, value) for name, value in message["headers"] if name != b"x-request-id"]
        names = {name.lower() for name, _ in given}
        message["headers"] = [
            *given,
            (b"x-request-id", request_id.encode()),
            *(header for header in self._headers if header[0] not in names),
        ]
        if self._https:
            _secure_cookies(message)


class TimeLimit(ASGIMiddleware):
    """A request, its body included, has so many seconds; then what it began is undone, and it is answered as 503."""

    scopes = (ScopeType.HTTP,)
    exclude_opt_key = STREAMS

    def __init__(self, seconds: float = LONGEST_REQUEST_SECONDS) -> None:
        self._seconds = seconds

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """One request. Raises `TimeoutError`."""
        async with asyncio.timeout(self._seconds):
            await next_app(scope, receive, send)


async def without_body(app: ASGIApp, scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answers a HEAD as the GET of its address, and leaves the body out (RFC 9110, 9.3.2)."""

    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    await app({**scope, "method": HttpMethod.GET}, receive, send_head)


def _secure_cookies(message: HTTPResponseStartEvent) -> None:
    """Under TLS no cookie leaves without `Secure`, whoever set it."""
    message["headers"] = [
        (name, value + b"; Secure")
        if name.lower() == b"set-cookie" and b"; secure" not in value.lower()
        else (name, value)
        for name, value in message["headers"]
    ]


def without_token(path: str) -> str:
    """Signed links are as good as passwords: they do not go into logs."""
    return _WITH_CODE.sub("/t/…", _WITH_TOKEN.sub(r"/\1/…", path))
