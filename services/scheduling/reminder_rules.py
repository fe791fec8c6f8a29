"""Rules of reminders: how many hours before a visit, and at which instants, never in the night of the place."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from services.kernel.quiet_rules import QuietHours

DEFAULT_HOURS = (72, 24)
MOST_REMINDERS = 4
LEAST_HOURS, MOST_HOURS = 1, 336
_SEQUENCES = 1000


def reminders_at(
    starts_at: datetime, hours: Collection[int], zone: str, quiet: QuietHours | None
) -> dict[int, datetime]:
    """When to remind of a visit, by hours before it, the longest first.

    What falls into the night goes in the morning, or, where that would be less than half of the hours before the
    visit, in the evening before. Of two that fall together the one nearer to the visit is kept.
    """
    due: dict[int, datetime] = {}
    for before in sorted(hours, reverse=True):
        at = _by_day(starts_at - timedelta(hours=before), starts_at, before, zone, quiet)
        due = {other: when for other, when in due.items() if when < at}
        due[before] = at
    return due


def _by_day(at: datetime, starts_at: datetime, before: int, zone: str, quiet: QuietHours | None) -> datetime:
    morning = quiet.until(at, zone) if quiet else None
    if quiet is None or morning is None:
        return at
    return morning if starts_at - morning >= timedelta(hours=before) / 2 else quiet.before(at, zone)


def is_texted(which: str, hours: int, all_hours: Collection[int]) -> bool:
    """Whether the reminder of so many hours before goes as a text. `which` is `off`, `last` or `all`."""
    return which == "all" or (which == "last" and hours <= min(all_hours, default=hours))


def reminder_version(sequence: int, hours: int) -> int:
    """One number for a visit's time and one of its reminders."""
    return sequence * _SEQUENCES + hours


def hours_of(version: int) -> int:
    """How many hours before the visit the reminder of that version goes."""
    return version % _SEQUENCES
