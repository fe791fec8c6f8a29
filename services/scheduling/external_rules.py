"""Decisions about calendars elsewhere from values alone: which addresses are taken, and when they are read again."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import IPv6Address
from string import punctuation
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

import idna  # allow: pure it reckons with words alone

from services.kernel.errors import InvalidFields
from services.kernel.language import gettext

SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(minutes=15), timedelta(minutes=60)
LONGEST_BACKOFF = timedelta(hours=24)
_SECURE = {"https": "https", "webcal": "https", "webcals": "https"}
_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*\.?")
_WORDS = "Enter the calendar's private address, beginning with https:// or webcal://."


def host_of(address: str, *, own: str) -> tuple[str, str]:
    """Host and address of a calendar elsewhere, `webcal` as the https it stands for; `own` is our own host.

    Both are ASCII, as a server is asked: a name in other letters by IDNA (UTS 46), what follows it percent-encoded.
    Raises `InvalidFields` of `address` for what cannot be one. Where the name leads is looked at each time it is read.
    """
    try:
        parts = _in_ascii(urlsplit(address))
    except ValueError as error:
        raise InvalidFields.one("address", "invalid", _WORDS) from error
    host = parts.hostname or ""
    scheme = _SECURE.get(parts.scheme.lower())
    if scheme is None or any(sign.isspace() for sign in address):
        raise InvalidFields.one("address", "invalid", _WORDS)
    if host == own:
        words = "That is a calendar of ours: its times are known here already."
        raise InvalidFields.one("address", "own", words)
    return host, urlunsplit(parts._replace(scheme=scheme, fragment=""))


def _in_ascii(parts: SplitResult) -> SplitResult:
    """An address as a server is asked for it. Raises `ValueError` for one that no server has, or with a user's name."""
    host, port = parts.hostname or "", parts.port
    if ":" in host:
        IPv6Address(host)
    elif not host.isascii():
        host = idna.encode(host, uts46=True).decode()
    if parts.username is not None or not (":" in host or _NAME.fullmatch(host)):
        raise ValueError(host)
    if not parts.netloc.isascii():
        parts = parts._replace(netloc=host if port is None else f"{host}:{port}")
    path, query = (quote(part, safe=punctuation) for part in (parts.path, parts.query))
    return parts._replace(path=path, query=query)


def unread_words(count: int) -> str:
    """What a clinic is told of events that may be of the days ahead and cannot be understood; nothing where all are."""
    if count == 0:
        return ""
    if count == 1:
        return gettext(
            "1 event could not be read: clients may be offered its time. Block that time here if it matters."
        )
    return gettext(
        "{n} events could not be read: clients may be offered their times. Block those here if they matter.",
        n=count,
    )


def next_pause(failures: int, chance: float) -> timedelta:
    """How long until the next reading: 15 to 60 minutes, doubled for each failure in a row, a day at most.

    `chance` lies from 0 to 1, and spreads the calendars of all clinics over time.
    """
    pause = SHORTEST_PAUSE + (LONGEST_PAUSE - SHORTEST_PAUSE) * chance
    doubled: timedelta = pause * (1 << min(failures, 10))
    return min(doubled, LONGEST_BACKOFF)
