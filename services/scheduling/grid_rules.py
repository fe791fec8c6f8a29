"""Rules of local time: instants of a place's clock, and the times of a day at which a visit may begin.

A set of such times is a whole number: bit `n` stands for the `n`th. Cutting one set out of another is then one step
of the processor, and a changeover of the clock is no special case of it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

GRID_MINUTES = 15
FINEST_GRID_MINUTES = 5
"""Whichever grid a clinic has, its starts are on this one (`clinic.grid_minutes`)."""
_MINUTE = timedelta(minutes=1)


def instant_of(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """The instant of a local time: none where the clock skips it, the first where it comes twice."""
    local = datetime.combine(day, at, tzinfo=zone)
    instant = local.astimezone(UTC)
    return instant if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def edge_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant at which hours open or close; a skipped time is the moment at which the clock jumps."""
    instant = instant_of(day, at, zone)
    if instant is not None:
        return instant
    instant = datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
    after = instant.astimezone(zone).utcoffset()
    while (instant - _MINUTE).astimezone(zone).utcoffset() == after:
        instant -= _MINUTE
    return instant


@dataclass(frozen=True, slots=True)
class Grid:
    """The instants of a local day at which a visit may begin, in order, and their minutes of that day."""

    starts: tuple[datetime, ...]
    minutes: tuple[int, ...]

    def between(self, after: datetime, before: datetime) -> int:
        """The set of starts later than `after` and earlier than `before`."""
        low, high = bisect_right(self.starts, after), bisect_left(self.starts, before)
        return (1 << high) - (1 << low) if low < high else 0

    def within(self, first: datetime, last: datetime) -> int:
        """The set of starts from `first` to `last`, both included."""
        low, high = bisect_left(self.starts, first), bisect_right(self.starts, last)
        return (1 << high) - (1 << low) if low < high else 0

    def during(self, first: int, last: int) -> int:
        """The set of starts from one minute of the day to another, both included."""
        low, high = bisect_left(self.minutes, first), bisect_right(self.minutes, last)
        return (1 << high) - (1 << low) if low < high else 0

    def only(self, start: datetime) -> int:
        """The set of that one start; empty where it is none."""
        return self.within(start, start)

    def nearest(self, chosen: int, minute: int) -> int | None:
        """The number of the start in a set that is nearest to a minute of the day, the earlier of two."""
        middle = bisect_left(self.minutes, minute)
        before, after = chosen & ((1 << middle) - 1), chosen >> middle
        numbers = [before.bit_length() - 1] if before else []
        if after:
            numbers.append(middle + (after & -after).bit_length() - 1)
        return min(numbers, key=lambda number: abs(self.minutes[number] - minute), default=None)

    def places(self, chosen: int) -> list[int]:
        """The numbers of the starts in a set, in order."""
        found = []
        while chosen:
            lowest = chosen & -chosen
            found.append(lowest.bit_length() - 1)
            chosen ^= lowest
        return found


@lru_cache(maxsize=8192)
def grid_of(day: date, zone: ZoneInfo, minutes: int = GRID_MINUTES) -> Grid:
    """A local day's starts, every so many minutes from midnight, each local time once."""
    starts = {
        minute: instant_of(day, time(*divmod(minute, 60)), zone) for minute in range(0, 24 * 60, minutes)
    }
    there = {minute: start for minute, start in starts.items() if start is not None}
    return Grid(tuple(there.values()), tuple(there))
