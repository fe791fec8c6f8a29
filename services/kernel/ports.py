"""What services need from outside, as small protocols; the top of each process passes the adapters in."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from datetime import date
from email.message import EmailMessage
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection


class Connections(Protocol):
    """Hands out database connections; transactions are the unit of work's affair."""

    def connect(self) -> AbstractAsyncContextManager[AsyncConnection]: ...


class Asks(Protocol):
    """Calls one database function: a unit of work, or the database itself for one question (docs/adr/0014)."""

    async def ask(self, call: str, *given: Any) -> Any: ...


class AsksMany(Asks, Protocol):
    """The same, also for several questions at once: a row for each."""

    async def ask_all(self, call: str, *given: Any) -> list[Any]: ...


class Wake(Protocol):
    """Tells the relay that there is something new. Best effort: the relay polls as well."""

    async def __call__(self) -> None: ...


class Tell(Protocol):
    """Tells whoever looks at a clinic now what was committed: names of events, and UTC days whose times are different.

    Best effort: who looks asks anew when they have not listened for a while.
    """

    async def __call__(self, clinic_id: UUID, events: Collection[str], days: Collection[date]) -> None: ...


class Throttle(Protocol):
    """Counts tries: `hit` in fixed windows; `slow` lets some pass, then each makes the next wait twice as long.

    Both give None while one is allowed, else the seconds to wait. `forget` ends a count of `slow`. Switched off, all is
    allowed (`is_on`).
    """

    @property
    def is_on(self) -> bool: ...

    async def hit(self, key: str, limit: int, per_seconds: int) -> int | None: ...

    async def slow(self, key: str, free: int, first_seconds: int, longest_seconds: int) -> int | None: ...

    async def forget(self, key: str) -> None: ...


class MailTransport(Protocol):
    """Sends one message. Raises `refused` when the receiving side never will take it; anything else is tried again.

    `unanswered`: it was handed over, and nobody knows whether it went. A refusal may say that the address is dead
    (`dead_address`).
    """

    refused: type[Exception]
    unanswered: type[Exception]

    async def send(self, message: EmailMessage) -> None: ...


class TextTransport(Protocol):
    """Sends one text message to a number (E.164). `key` is the same whenever it is handed over again.

    Raises as a `MailTransport` does; a dead address is a number that takes no texts.
    """

    refused: type[Exception]
    unanswered: type[Exception]

    async def send(self, to: str, words: str, key: str) -> None: ...

    async def forget(self, key: str) -> None:
        """Deletes what is still kept of a text that was handed over: its person is erased."""
        ...


class Fetch(Protocol):
    """Gets one file of the public internet: its content and tag, or nothing where it is still what the tag names.

    Raises `refused`, with words for whoever gave the address.
    """

    refused: type[Exception]

    async def get(self, address: str, tag: str = "") -> tuple[bytes, str] | None: ...


class Storage(Protocol):
    """Files by key; none of them is public by itself. `get` raises `KeyError` where there is none."""

    async def put(self, key: str, content: bytes, content_type: str) -> None: ...

    async def get(self, key: str) -> bytes: ...

    async def delete(self, key: str) -> None: ...


class Health(Protocol):
    """One dependency's state: raises with a plain sentence when it cannot serve."""

    async def check(self) -> None: ...
