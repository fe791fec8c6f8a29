"""Mail: to a server by SMTP, or nowhere, where the mailbox page is the only reader (demo and tests)."""

from __future__ import annotations

import asyncio
import smtplib
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

PERMANENT = 500
"""Where SMTP's permanent answers begin."""


class MailRefused(Exception):  # noqa: N818  the name states the fact
    """The receiving side will never take this message."""


class MailboxOnly:
    """Sends nothing: the notice's row is what the mailbox page shows."""

    refused: type[Exception] = MailRefused

    async def send(self, message: EmailMessage) -> None:
        """Accepts any message that has a recipient."""
        if not message["To"]:
            raise MailRefused("a message without a recipient")


class Smtp:
    """An SMTP server: `smtp://[user:password@]host:port`, or `smtps://` for TLS from the start."""

    refused: type[Exception] = MailRefused

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("NEEDLEWISE_SMTP_URL is smtp://host:port or smtps://host:port")
        self._tls = parts.scheme == "smtps"
        self._host, self._port = parts.hostname, parts.port or (465 if self._tls else 25)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")

    async def send(self, message: EmailMessage) -> None:
        """Hands the message over. Raises `MailRefused` for a permanent answer (5xx)."""
        await asyncio.to_thread(self._send, message)

    def _send(self, message: EmailMessage) -> None:
        kind = smtplib.SMTP_SSL if self._tls else smtplib.SMTP
        try:
            with kind(self._host, self._port, timeout=20) as server:
                if not self._tls and server.has_extn("starttls"):
                    server.starttls()
                if self._user:
                    server.login(self._user, self._password)
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            if codes and min(codes) >= PERMANENT:
                raise MailRefused(str(error)) from error
            raise
        except smtplib.SMTPResponseException as error:
            if error.smtp_code >= PERMANENT:
                raise MailRefused(str(error)) from error
            raise

    async def check(self) -> None:
        """Raises when the server does not answer."""
        await asyncio.to_thread(self._noop)

    def _noop(self) -> None:
        kind = smtplib.SMTP_SSL if self._tls else smtplib.SMTP
        with kind(self._host, self._port, timeout=5) as server:
            server.noop()
