"""Weekdays and times of day as people and programs give them, for the waitlist and for the sessions of a course."""

from __future__ import annotations

from datetime import time
from typing import Annotated

from pydantic import Field

from services.accounts.schemas import Input
from services.kernel.errors import FieldError, InvalidFields
from services.scheduling.preference_rules import LAST_TIME, Preferences, WeekTimes, mask_of

Weekday = Annotated[int, Field(ge=0, le=6)]
Weekdays = Annotated[list[Weekday], Field(max_length=7)]


class WeekTimesIn(Input):
    """Weekdays and times of day at which a visit may begin."""

    weekdays: Weekdays = Field(
        default_factory=list, description="0 is Monday; none stands for all.", examples=[[0, 2, 4]]
    )
    from_time: time | None = Field(default=None, description="Not earlier than this.", examples=["09:00"])
    until_time: time | None = Field(default=None, description="Not later than this.", examples=["12:00"])

    @property
    def times(self) -> WeekTimes:
        """The same for the rules, to the minute."""
        from_time, until_time = self.from_time or time.min, self.until_time or LAST_TIME
        return WeekTimes(mask_of(self.weekdays), _minute(from_time), _minute(until_time))


class PreferencesIn(WeekTimesIn):
    """What is wished for the sessions of a course after the first, in the location's local time."""

    weekdays: Annotated[Weekdays, Field(min_length=1)] = Field(
        default_factory=list, description="0 is Monday; left out: every day.", examples=[[0, 2, 4]]
    )
    same_practitioner: bool = Field(
        default=True, description="With whoever gives the first session; `false`: with anyone qualified."
    )

    def checked(self, path: str = "") -> Preferences:
        """The same for the rules. Raises field errors, below a path that ends in a dot."""
        errors = errors_of(self.times, path)
        if errors:
            raise InvalidFields(errors)
        return Preferences(self.times, self.same_practitioner)


def errors_of(times: WeekTimes, path: str = "") -> list[FieldError]:
    """What is wrong with such times, as errors of fields below a path that ends in a dot."""
    if not times.is_reversed:
        return []
    words = "The latest time must not lie before the earliest."
    return [FieldError(f"{path}until_time", "out-of-range", words)]


def _minute(given: time) -> time:
    return time(given.hour, given.minute)
