"""A program that calls the product over HTTP and knows nothing of how it is made."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from tests.product import eventually

API = "/api/v1"
WAIT_SECONDS = 30.0
T = TypeVar("T")
Problem = dict[str, Any]


def members(found: dict[str, Any], *names: str) -> None:
    """The object has at least these members."""
    assert set(names) <= set(found), sorted(set(names) - set(found))


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody's program: the address of the product, and headers that say who calls."""

    http: httpx.AsyncClient
    headers: dict[str, str]

    def with_headers(self, **headers: str) -> Caller:
        """The same with more headers; `Manage_Token` is `Manage-Token`."""
        return Caller(self.http, self.headers | {k.replace("_", "-"): v for k, v in headers.items()})

    async def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        """One request under `/api/v1`."""
        headers = self.headers | given.pop("headers", {})
        return await self.http.request(method, API + path, headers=headers, **given)

    async def get(self, path: str, **params: Any) -> Any:
        """What is there: 200."""
        return self._read(await self.ask("GET", path, params=params), 200)

    async def post(self, path: str, body: Any = None, *, status: int = 201, **given: Any) -> Any:
        """What came of it: 201, or the status that is named."""
        sent = {} if body is None else {"json": body}
        return self._read(await self.ask("POST", path, **sent, **given), status)

    async def put(self, path: str, body: Any) -> Any:
        """What is there now: 200."""
        return self._read(await self.ask("PUT", path, json=body), 200)

    async def patch(self, path: str, body: Any) -> Any:
        """What is there now: 200."""
        return self._read(await self.ask("PATCH", path, json=body), 200)

    async def delete(self, path: str) -> None:
        """It is gone: 204."""
        assert (await self.ask("DELETE", path)).status_code == 204

    async def refused(
        self, method: str, path: str, status: int, code: str | None = None, **given: Any
    ) -> Problem:
        """The problem document that this request is answered with; `code` is how its type ends."""
        answer = await self.ask(method, path, **given)
        assert answer.status_code == status, (path, answer.status_code, answer.text)
        assert answer.headers["content-type"].startswith("application/problem+json"), path
        problem: Problem = answer.json()
        assert code is None or problem["type"].endswith(f"/{code}"), problem
        return problem

    def _read(self, answer: httpx.Response, status: int) -> Any:
        where = (answer.request.method, answer.request.url.path)
        assert answer.status_code == status, (*where, answer.status_code, answer.text)
        return answer.json()


@dataclass(frozen=True, slots=True)
class Outside:
    """What test mode shows and does around the API: messages that were sent, and the clock."""

    http: httpx.AsyncClient

    async def mail(self, to: str, holds: str = "") -> dict[str, Any]:
        """The newest message to somebody whose text or attachments hold the words; waits for it."""

        async def found() -> dict[str, Any] | None:
            answer = await self.http.get("/dev/mailbox.json", params={"to": to})
            assert answer.status_code == 200, answer.text
            sent: list[dict[str, Any]] = answer.json()["items"]
            return next((one for one in sent if holds in one["text"] + _attached(one)), None)

        message = await self.comes(found, f"a message to {to} with {holds!r}")
        members(message, "to", "subject", "kind", "sent_at", "text", "html", "attachments")
        return message

    async def link(self, to: str, part: str) -> str:
        """The address in the newest message to somebody that has this part in it."""
        found = re.search(rf"https?://\S*{re.escape(part)}[\w.~/?=&%-]*", (await self.mail(to, part))["text"])
        assert found
        return found[0].rstrip(".")

    async def token(self, to: str, part: str) -> str:
        """What follows that part in the address."""
        return (await self.link(to, part)).rpartition(part)[2]

    async def set_clock(self, **given: Any) -> None:
        """Moves the clock of all processes."""
        answer = await self.http.post("/dev/clock", json=given)
        assert answer.status_code == 200, answer.text

    async def comes(self, fact: Callable[[], Awaitable[T | None]], what: str) -> T:
        """What other processes bring about."""
        return await eventually(fact, what, WAIT_SECONDS)


def _attached(message: dict[str, Any]) -> str:
    return "".join(str(one["content"]) for one in message["attachments"])
