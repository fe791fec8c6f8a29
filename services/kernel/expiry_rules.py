"""Decisions over what counts until a last day: when it lapses, and when its clinic is reminded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

REMINDER_DAYS = (60, 30, 7)
REMINDED_AT = time(9)
_LAST_DAY = date.max - timedelta(days=1)  # the last one that has a day after it


def has_expired(expires_on: date | None, today: date) -> bool:
    """Whether the day of expiry is over."""
    return expires_on is not None and expires_on < today


def state_on(state: str, expires_on: date | None, today: date) -> str:
    """A credential's state as it counts on that day: a verified one lapses when its last day is over."""
    return "lapsed" if state == "verified" and has_expired(expires_on, today) else state


def latest_today(zones: Iterable[str], now: datetime) -> date:
    """The day that it still is somewhere in those zones; in UTC where there are none."""
    return min((now.astimezone(ZoneInfo(zone)).date() for zone in zones), default=now.date())


def lapses_at(expires_on: date, zones: Iterable[str] = ()) -> datetime:
    """When the last day is over in each of those zones; in UTC where there are none."""
    after = min(expires_on, _LAST_DAY) + timedelta(days=1)
    ends = (datetime.combine(after, time(), ZoneInfo(zone)).astimezone(UTC) for zone in zones)
    return max(ends, default=datetime.combine(after, time(), UTC))


def reminders(expires_on: date, now: datetime) -> list[tuple[int, datetime]]:
    """When the clinic is reminded of an expiry: (days left, instant), for those instants that still lie ahead."""
    planned = [
        (days, datetime.combine(expires_on - timedelta(days=days), REMINDED_AT, UTC))
        for days in REMINDER_DAYS
    ]
    return [(days, at) for days, at in planned if at > now]


def reminder_due(expires_on: date | None, today: date) -> int | None:
    """Which reminder fits the days that are left: 60, 30 or 7, the nearest one; none sooner, or once it is over."""
    if expires_on is None or has_expired(expires_on, today):
        return None
    left = (expires_on - today).days
    return min((days for days in REMINDER_DAYS if left <= days), default=None)
