"""A letter as it goes by mail (RFC 5322, 2045): plain words, the same as a page, and files of text.

Headers that are the same in every letter are parsed once: the library takes longer to parse a letter's headers than
to do anything else with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.quoprimime import body_encode
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from typing import Any

import idna
from sqlalchemy import Row


class _Headers(HeaderRegistry):
    """Makes the class of a header once for each name; the library makes one for each header of each letter."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, type[BaseHeader]] = {}

    def __getitem__(self, name: str) -> type[BaseHeader]:
        key = name.lower()
        if key not in self._made:
            self._made[key] = super().__getitem__(name)
        return self._made[key]


_POLICY = EmailPolicy(header_factory=_Headers())


@lru_cache(maxsize=64)
def _header(name: str, value: str) -> Any:
    """A header that many letters have."""
    return _POLICY.header_factory(name, value)


@lru_cache(maxsize=4)
def _sender(mail_from: str) -> tuple[Any, str]:
    """Who writes, and under which domain."""
    name, address = parseaddr(mail_from)
    user, _, domain = address.partition("@")
    return _POLICY.header_factory("From", str(Address(name, user, domain))), domain


def _as_sent(address: str) -> str:
    """An address whose domain is written as every mail server takes it: in ASCII (RFC 5890, 2.3.2.1)."""
    name, _, domain = address.rpartition("@")
    return address if domain.isascii() else f"{name}@{idna.encode(domain, uts46=True).decode()}"


def letter(row: Row[Any], mail_from: str, extra: Mapping[str, str]) -> EmailMessage:
    """The notice as a message; `extra` are headers of its own. Raises `ValueError` for a file that is no text."""
    sender, domain = _sender(mail_from)
    message = EmailMessage(_POLICY)
    message["Message-ID"] = f"<notice-{row.id.hex}@{domain}>"
    message["Date"] = format_datetime(row.created_at)
    message["From"] = sender
    message["To"] = _as_sent(row.recipient)
    message["Subject"] = row.title
    message["Auto-Submitted"] = _header("Auto-Submitted", "auto-generated")
    for name, value in extra.items():
        message[name] = value
    message["MIME-Version"] = _header("MIME-Version", "1.0")
    words = (_text("text/plain", row.text_body), _text("text/html", row.html_body))
    if row.attachments:
        _fill(message, "mixed", _fill(EmailMessage(_POLICY), "alternative", *words))
        for one in row.attachments:
            message.attach(_file(one))
    else:
        _fill(message, "alternative", *words)
    return message


def _fill(part: EmailMessage, kind: str, *parts: EmailMessage) -> EmailMessage:
    """Parts between boundaries that are the same in every letter: in what is quoted-printable there is no `=_`.

    RFC 2045, 6.7, note 1. The library would look for one that is in no part, and write the header anew.
    """
    part["Content-Type"] = _header("Content-Type", f'multipart/{kind}; boundary="=_{kind}"')
    for one in parts:
        part.attach(one)
    return part


def _text(content_type: str, words: str) -> EmailMessage:
    """A part of text, quoted-printable (RFC 2045, 6.7)."""
    part = EmailMessage(_POLICY)
    part["Content-Type"] = _header("Content-Type", f'{content_type}; charset="utf-8"')
    part["Content-Transfer-Encoding"] = _header("Content-Transfer-Encoding", "quoted-printable")
    lines = words.encode().splitlines()
    part.set_payload(body_encode(b"\n".join([*lines, b""]).decode("latin-1")))
    return part


def _file(one: Mapping[str, Any]) -> EmailMessage:
    """A file that is attached."""
    main, _, rest = str(one["content_type"]).partition("/")
    if main != "text":
        raise ValueError(f"attachments are text, not {main}")
    kind, *parameters = [part.strip() for part in rest.split(";")]
    kept = [part for part in parameters if not part.startswith("charset")]
    part = _text("; ".join([f"text/{kind}", *kept]), one["content"])
    part.add_header("Content-Disposition", "attachment", filename=str(one["filename"]))
    return part
