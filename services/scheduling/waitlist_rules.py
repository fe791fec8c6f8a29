"""Rules of the waitlist: which times suit a wish, and until when a freed time is kept for whoever is next.

A person is given time to answer while people are awake: between ten at night and seven in the morning no offer is made
and the time to answer does not run. The exception is a visit so early that the morning would be too late to ask.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.scheduling.preference_rules import WeekTimes

NIGHT_BEGINS, NIGHT_ENDS = time(22), time(7)
EARLY = timedelta(hours=3)
"""A visit that begins within so long after the night is offered in the night."""
BEFORE_VISIT = timedelta(hours=1)
"""An offer is over so long before its visit begins."""
LEAST = timedelta(minutes=15)
"""A shorter time to answer would be none: then nothing is offered."""
MOST_MISSED = 3
"""Who let so many offers run out is not asked again: each kept a time from everybody else."""
_A_DAY, _DAYS_A_WEEK = timedelta(days=1), 7


@dataclass(frozen=True, slots=True)
class Window:
    """Local days, both included, and the weekdays and times of day among them."""

    first_on: date
    last_on: date
    times: WeekTimes

    def suits(self, starts: datetime) -> bool:
        """Whether a visit may begin at that local time."""
        return self.first_on <= starts.date() <= self.last_on and self.times.suits(starts)

    @property
    def last_day(self) -> date | None:
        """The last of the days that is on one of the weekdays; nothing where none is."""
        length = (self.last_on - self.first_on).days + 1
        days = (self.last_on - number * _A_DAY for number in range(min(length, _DAYS_A_WEEK)))
        return next((day for day in days if self.times.on_weekday(day)), None)


def night_end(now: datetime, zone: ZoneInfo) -> datetime | None:
    """When the night that it is in a place ends; nothing by day. UTC."""
    local = now.astimezone(zone)
    if NIGHT_ENDS <= local.time() < NIGHT_BEGINS:
        return None
    day = local.date() + (_A_DAY if local.time() >= NIGHT_BEGINS else timedelta(0))
    return _at(day, NIGHT_ENDS, zone)


def next_morning(now: datetime, zone: ZoneInfo) -> datetime:
    """When the night after today ends in a place. UTC."""
    return _at(now.astimezone(zone).date() + _A_DAY, NIGHT_ENDS, zone)


def offer_until(
    now: datetime, starts_at: datetime, zone: ZoneInfo, time_to_answer: timedelta
) -> datetime | None:
    """Until when a time offered now is kept; nothing where it is not to be offered now. UTC."""
    morning = night_end(now, zone)
    if morning is not None and starts_at >= morning + EARLY:
        return None
    until = min(_awake(morning or now, time_to_answer, zone), starts_at - BEFORE_VISIT)
    return until if until - now >= LEAST else None


def _awake(begins: datetime, length: timedelta, zone: ZoneInfo) -> datetime:
    """When that much of the day has passed since an instant of the day; a night in between does not count."""
    day = begins.astimezone(zone).date()
    today = _at(day, NIGHT_BEGINS, zone) - begins
    return begins + length if length <= today else _at(day + _A_DAY, NIGHT_ENDS, zone) + (length - today)


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)
