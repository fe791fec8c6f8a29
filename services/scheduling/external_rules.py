"""Decisions about calendars elsewhere from values alone: which addresses are taken, and when they are read again."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

from services.kernel.errors import InvalidFields

SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(minutes=15), timedelta(minutes=60)
LONGEST_BACKOFF = timedelta(hours=24)
_SECURE = {"https": "https", "webcal": "https", "webcals": "https"}
_WORDS = "Enter the calendar's private address, beginning with https:// or webcal://."


def host_of(address: str, *, own: str) -> tuple[str, str]:
    """Host and address of a calendar elsewhere, `webcal` as the https it stands for; `own` is our own host.

    Raises `InvalidFields` of `address` for what cannot be one. Where the name leads is looked at each time it is read.
    """
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise InvalidFields.one("address", "invalid", _WORDS) from error
    scheme = _SECURE.get(parts.scheme.lower())
    if scheme is None or not host or parts.username is not None or any(sign.isspace() for sign in address):
        raise InvalidFields.one("address", "invalid", _WORDS)
    if host == own:
        words = "That is a calendar of ours: its times are known here already."
        raise InvalidFields.one("address", "own", words)
    return host, urlunsplit(parts._replace(scheme=scheme, fragment=""))


def next_pause(failures: int, chance: float) -> timedelta:
    """How long until the next reading: 15 to 60 minutes, doubled for each failure in a row, a day at most.

    `chance` lies from 0 to 1, and spreads the calendars of all clinics over time.
    """
    pause = SHORTEST_PAUSE + (LONGEST_PAUSE - SHORTEST_PAUSE) * chance
    doubled: timedelta = pause * (1 << min(failures, 10))
    return min(doubled, LONGEST_BACKOFF)
