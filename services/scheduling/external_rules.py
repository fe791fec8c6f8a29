"""Decisions about calendars elsewhere from values alone: their addresses, what of them counts, when they are read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address
from string import punctuation
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit
from uuid import UUID

import idna  # allow: pure it reckons with words alone

from services.kernel.errors import InvalidFields
from services.kernel.language import gettext

SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(minutes=15), timedelta(minutes=60)
LONGEST_BACKOFF = timedelta(hours=24)
LONGEST_SPAN = timedelta(hours=12)
Spans = list[tuple[datetime, datetime]]
_SECURE = {"https": "https", "webcal": "https", "webcals": "https"}
_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*\.?")
_WORDS = "Enter the calendar's private address, beginning with https:// or webcal://."


@dataclass(frozen=True, slots=True)
class Read:
    """When a calendar's owner is busy: in order, none touching another. `unread` events could not be understood.

    `ours` is the same of each visit, blocked time or time away of a clinic here, by its id.
    """

    spans: Spans
    ours: dict[UUID, Spans]
    unread: int


def host_of(address: str) -> tuple[str, str]:
    """Host and address of a calendar elsewhere, `webcal` as the https it stands for.

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


def spans_that_count(read: Read, known: Collection[UUID]) -> Spans:
    """When somebody is busy by a calendar elsewhere: all that is not ours, and what of ours is not known already.

    In order, none touching another, at most `LONGEST_SPAN` each.
    """
    unknown = [span for one, spans in read.ours.items() if one not in known for span in spans]
    return list(_in_pieces(joined_spans([*read.spans, *unknown])))


def joined_spans(spans: Iterable[tuple[datetime, datetime]]) -> Spans:
    """The same time in order, what touches as one."""
    joined: Spans = []
    for begins, ends in sorted(spans):
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
        else:
            joined.append((begins, ends))
    return joined


def _in_pieces(spans: Spans) -> Iterator[tuple[datetime, datetime]]:
    for begins, ends in spans:
        at = begins
        while at < ends:
            yield at, min(at + LONGEST_SPAN, ends)
            at += LONGEST_SPAN
