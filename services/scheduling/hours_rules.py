"""Rules of working time: a week's hours, changed on single days, in a place's local time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time

from services.clinics.week_rules import Weekly

EXTRA, TAKEN, CLOSED = "extra", "taken", "closed"
Ranges = list[tuple[time, time]]
Hours = Weekly


@dataclass(frozen=True, slots=True)
class Change:
    """Other hours on the days from `first_on` to `last_on`: `extra` or `taken` time, or `closed` for all day."""

    kind: str
    first_on: date
    last_on: date
    opens: time = time.min
    closes: time = time.max

    def covers(self, day: date) -> bool:
        """Whether the day is one of them."""
        return self.first_on <= day <= self.last_on


def hours_on(day: date, hours: Iterable[Hours], changes: Iterable[Change] = ()) -> Ranges:
    """The ranges of a local day, in order; ranges that touch are one.

    Closing takes the week's hours away, extra time is there even so, and taken time goes last.
    """
    todays = [change for change in changes if change.covers(day)]
    closed = any(change.kind == CLOSED for change in todays)
    weekly = [] if closed else [(h.opens, h.closes) for h in hours if h.hold_on(day)]
    extra = [(change.opens, change.closes) for change in todays if change.kind == EXTRA]
    ranges = _joined(sorted([*weekly, *extra]))
    for change in todays:
        if change.kind == TAKEN:
            ranges = _without(ranges, change.opens, change.closes)
    return ranges


def in_common(mine: Ranges, theirs: Ranges) -> Ranges:
    """Where both are there, in order."""
    shared = sorted((max(a, c), min(b, d)) for a, b in mine for c, d in theirs if max(a, c) < min(b, d))
    return _joined(shared)


def _without(ranges: Ranges, opens: time, closes: time) -> Ranges:
    left: Ranges = []
    for begins, ends in ranges:
        if begins < min(ends, opens):
            left.append((begins, min(ends, opens)))
        if max(begins, closes) < ends:
            left.append((max(begins, closes), ends))
    return left


def _joined(ranges: Ranges) -> Ranges:
    joined: Ranges = []
    for opens, closes in ranges:
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], closes))
        else:
            joined.append((opens, closes))
    return joined
