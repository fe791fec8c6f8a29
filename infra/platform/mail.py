"""Mail: to a server by SMTP over kept connections, or nowhere, where the mailbox page is the only reader."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

PERMANENT = 500
"""Where SMTP's permanent answers begin."""
AT_ONCE = 4
"""So many messages one thread of a worker hands over at once."""
KEPT_SECONDS = 30.0
MOST_MESSAGES = 100
CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 30.0
# So long may a message take in all, with the wait for a connection: those that go with it wait to be noted.
LONGEST_SECONDS = 45.0
# RFC 4954: what a server says to whoever has to sign in first.
_SIGN_IN = frozenset({530, 534, 535, 538})
_TOO_LARGE = 552
# RFC 6531: what a server says of an address with letters that it does not take.
_NO_SUCH_LETTERS = "553 5.6.7"
# RFC 3463: policy and security, and the sender's address; many servers say so no sooner than to RCPT.
_STATUS = re.compile(r"(?<![\d.])5\.\d{1,3}\.\d{1,3}(?!\.?\d)")
_ABOUT_US = re.compile(r"5\.(?:7\.\d+|1\.[78])")


class MailRefused(Exception):  # noqa: N818  the name states the fact
    """The receiving side will never take this message. `dead_address`: nor any other to that address."""

    def __init__(self, words: str, *, dead_address: bool = False) -> None:
        super().__init__(words)
        self.dead_address = dead_address


class SenderRefused(Exception):  # noqa: N818  the name states the fact
    """The server takes no mail from us as we are: our address, sign-in or standing. A matter of settings, for later."""


class MailUnanswered(Exception):  # noqa: N818  the name states the fact
    """The message was handed over and no answer came: nobody knows whether it went."""


class MailboxOnly:
    """Sends nothing: the notice's row is what the mailbox page shows."""

    refused: type[Exception] = MailRefused
    unanswered: type[Exception] = MailUnanswered

    async def send(self, message: EmailMessage) -> None:
        """Accepts any message that has a recipient."""
        if not message["To"]:
            raise MailRefused("a message without a recipient")

    async def close(self) -> None:
        """There is nothing to let go of."""


class _Connection(SMTP):
    """A connection that knows how long it is kept, and when its last answer is missing."""

    sent = 0
    free_since = 0.0
    is_handing_over = False

    async def data(self, message: str | bytes, /, **given: Any) -> aiosmtplib.SMTPResponse:
        """Hands the message over. Raises `MailUnanswered` where the server falls silent after that."""
        self.is_handing_over = True
        try:
            answer = await super().data(message, **given)
        except (SMTPServerDisconnected, SMTPTimeoutError, ConnectionError) as error:
            raise MailUnanswered(type(error).__name__) from error
        except SMTPException:
            self.is_handing_over = False  # it was answered
            raise
        self.is_handing_over = False
        return answer

    @property
    def is_worn(self) -> bool:
        """Whether it has been kept long enough, or the server has closed it."""
        idle = time.monotonic() - self.free_since
        return not self.is_connected or self.sent >= MOST_MESSAGES or idle > KEPT_SECONDS


class Smtp:
    """An SMTP server: `smtp://[user:password@]host:port`, or `smtps://` for TLS from the start.

    Connections are kept for the next message, a few at a time; call it in one event loop.
    """

    refused: type[Exception] = MailRefused
    unanswered: type[Exception] = MailUnanswered

    def __init__(self, url: str, *, connections: int = AT_ONCE, longest: float = LONGEST_SECONDS) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("NEEDLEWISE_SMTP_URL is smtp://host:port or smtps://host:port")
        self._tls = parts.scheme == "smtps"
        self._host, self._port = parts.hostname, parts.port or (465 if self._tls else 25)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._free: list[_Connection] = []
        self._room = asyncio.Semaphore(connections)
        self._longest = longest

    async def send(self, message: EmailMessage) -> None:
        """Hands the message over.

        Raises `MailRefused` for a permanent answer (5xx) to it or its recipient, `MailUnanswered` where it was handed
        over and no answer came; anything else, such as `SenderRefused`, where it did not go, for certain.
        """
        used: list[_Connection] = []
        try:
            async with asyncio.timeout(self._longest), self._room:
                await self._send_by_any(message, used)
        except TimeoutError as error:
            if used and used[-1].is_handing_over:
                raise MailUnanswered(type(error).__name__) from error
            raise

    async def _send_by_any(self, message: EmailMessage, used: list[_Connection]) -> None:
        """By a connection that is kept, or else by a new one; which were `used` is noted."""
        kept = self._take_kept()
        if kept is not None:
            used.append(kept)
            try:
                await self._send(kept, message)
            except (SMTPServerDisconnected, ConnectionError):  # closed meanwhile, before the message went
                kept.close()
            else:
                return
        used.append(await self._connect())
        await self._send(used[-1], message)

    async def _send(self, connection: _Connection, message: EmailMessage) -> None:
        try:
            await connection.send_message(message)
        except (
            SMTPNotSupported
        ) as error:  # letters before the @ that this server takes from nobody (RFC 6531)
            raise MailRefused(_NO_SUCH_LETTERS, dead_address=True) from error
        except (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError) as error:
            if (meaning := _meaning(error)) is not None:
                raise meaning from error
            raise
        except BaseException:
            connection.close()
            raise
        finally:
            self._keep(connection)

    def _keep(self, connection: _Connection) -> None:
        connection.sent += 1
        connection.free_since = time.monotonic()
        if connection.is_worn:
            connection.close()
        else:
            self._free.append(connection)

    def _take_kept(self) -> _Connection | None:
        """The connection that was free last, where one still serves."""
        while self._free:
            connection = self._free.pop()
            if not connection.is_worn:
                return connection
            connection.close()
        return None

    async def _connect(self, seconds: float = CONNECT_SECONDS) -> _Connection:
        """A new connection, with TLS wherever the server offers it. A refused sign-in is a matter of settings."""
        connection = _Connection(
            hostname=self._host, port=self._port, use_tls=self._tls, timeout=ANSWER_SECONDS
        )
        try:
            await connection.connect(timeout=seconds)
            if self._user:
                await connection.login(self._user, self._password)
        except SMTPAuthenticationError as error:
            connection.close()
            raise ConnectionError("the mail server does not take our name and password") from error
        except BaseException:
            connection.close()
            raise
        return connection

    async def check(self) -> None:
        """Raises when the server does not answer."""
        connection = await self._connect(5.0)
        await connection.noop()
        await _leave(connection)

    async def close(self) -> None:
        """Says goodbye on the connections that are kept."""
        while self._free:
            await _leave(self._free.pop())


def _meaning(refusal: SMTPRecipientsRefused | SMTPSenderRefused | SMTPDataError) -> Exception | None:
    """What permanent answers to a message mean for it; nothing where one of them may pass."""
    answers = refusal.recipients if isinstance(refusal, SMTPRecipientsRefused) else [refusal]
    if any(one.code < PERMANENT for one in answers):
        return None
    words = "; ".join(f"{one.code} {one.message}" for one in answers)
    is_sender = isinstance(refusal, SMTPSenderRefused) and refusal.code != _TOO_LARGE
    if is_sender or any(map(_is_about_us, answers)):
        return SenderRefused(words)
    return MailRefused(words, dead_address=isinstance(refusal, SMTPRecipientsRefused))


def _is_about_us(answer: SMTPResponseException) -> bool:
    """Whether a server says that it is us whom it does not take, by its numbers."""
    status = _STATUS.search(answer.message)
    return answer.code in _SIGN_IN or bool(status and _ABOUT_US.fullmatch(status[0]))


async def _leave(connection: _Connection) -> None:
    with suppress(SMTPException, ConnectionError):
        await connection.quit()
    connection.close()
