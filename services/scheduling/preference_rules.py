"""Rules of wished times: weekdays and times of day, and what a person wishes for the later sessions of a course.

Days and times of day are local to the location's IANA zone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

EVERY_DAY = 127
LAST_TIME = time(23, 59)


def mask_of(weekdays: Iterable[int]) -> int:
    """Days of the week (0 is Monday) as bits; none stands for all."""
    return sum(1 << day for day in set(weekdays)) or EVERY_DAY


def days_of(mask: int) -> list[int]:
    """The days of the week of such bits."""
    return [day for day in range(7) if mask >> day & 1]


def minute_of(at: datetime | time) -> int:
    """The minute of the day."""
    return at.hour * 60 + at.minute


@dataclass(frozen=True, slots=True)
class WeekTimes:
    """Weekdays (a bit each, Monday the lowest), and times of day from the first to the last, both included."""

    weekdays: int = EVERY_DAY
    from_time: time = time.min
    until_time: time = LAST_TIME

    @property
    def at_any_time(self) -> bool:
        """Whether no time of day is asked for."""
        return (self.from_time, self.until_time) == (time.min, LAST_TIME)

    @property
    def is_reversed(self) -> bool:
        """Whether the last time lies before the first, so that nothing ever suits."""
        return self.until_time < self.from_time

    @property
    def days(self) -> list[int]:
        """The weekdays; 0 is Monday."""
        return days_of(self.weekdays)

    @property
    def minutes(self) -> tuple[int, int]:
        """The first and the last minute of the day."""
        return minute_of(self.from_time), minute_of(self.until_time)

    def nearest_minute(self, minute: int) -> int:
        """The minute of the day between first and last that is nearest to the one given."""
        first, last = self.minutes
        return min(max(minute, first), last)

    def on_weekday(self, day: date) -> bool:
        """Whether that local day or time is one of the weekdays'."""
        return bool(self.weekdays >> day.weekday() & 1)

    def at_time(self, starts: datetime) -> bool:
        """Whether that local time lies between the first and the last."""
        return self.from_time <= starts.time() <= self.until_time

    def suits(self, starts: datetime) -> bool:
        """Whether a visit may begin at that local time."""
        return self.on_weekday(starts) and self.at_time(starts)


ANY_TIME = WeekTimes()


class Departure(StrEnum):
    """In what a session is not as it was wished."""

    PRACTITIONER = "practitioner"
    WEEKDAY = "weekday"
    TIME_OF_DAY = "time_of_day"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What is wished for the sessions of a course after the first: when, and whether with whoever gives the first."""

    times: WeekTimes = ANY_TIME
    same_practitioner: bool = True

    def departures(
        self, starts: datetime, practitioner_id: UUID, first_practitioner_id: UUID
    ) -> tuple[Departure, ...]:
        """In what a session at that local time, with that practitioner, departs from the wishes."""
        met = {
            Departure.PRACTITIONER: not self.same_practitioner or practitioner_id == first_practitioner_id,
            Departure.WEEKDAY: self.times.on_weekday(starts),
            Departure.TIME_OF_DAY: self.times.at_time(starts),
        }
        return tuple(departure for departure, is_met in met.items() if not is_met)


AS_USUAL = Preferences()
"""Where nothing is said: on any day, at any time, with the same practitioner."""
