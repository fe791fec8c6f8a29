"""Rules of hours that come back every week, or every other one, for a time: which hold on a day, and which meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

from services.kernel.errors import FieldError

EVERY, WEEK_A, WEEK_B = "every", "a", "b"
# A Monday. Weeks are counted from it, and not numbered in a year: one that has 53 would make two alike follow.
_FIRST_OF_A = date(2024, 1, 1).toordinal()
_DAYS = 7


def week_of(day: date) -> str:
    """Of weeks that alternate, whether the day lies in an A week or a B week; weeks begin on Monday."""
    return _week_of(day.toordinal())


def _week_of(ordinal: int) -> str:
    return WEEK_B if (ordinal - _FIRST_OF_A) // _DAYS % 2 else WEEK_A


@dataclass(frozen=True, slots=True)
class Weekly:
    """Hours of a weekday (0 is Monday) in local time; `place` tells apart what is somewhere else."""

    weekday: int
    opens: time
    closes: time
    weeks: str = EVERY
    valid_from: date = date.min
    valid_until: date = date.max
    place: object = None

    def is_valid_on(self, day: date) -> bool:
        """Whether the day lies in the time for which they hold, of whatever weekday and week it is."""
        return self.valid_from <= day <= self.valid_until

    def hold_on(self, day: date) -> bool:
        """Whether they are a day's hours."""
        return self.weekday == day.weekday() and self.is_valid_on(day) and self.weeks in {EVERY, week_of(day)}

    def ever_hold(self) -> bool:
        """Whether there is such a day between the first and the last."""
        return _there_is(self.weekday, self.weeks, self.valid_from, self.valid_until)

    def meet(self, other: Weekly) -> bool:
        """Whether there is a day on which both are open at one time at one place."""
        if (self.place, self.weekday) != (other.place, other.weekday):
            return False
        if not (self.opens < other.closes and other.opens < self.closes):
            return False
        if EVERY not in {self.weeks, other.weeks} and self.weeks != other.weeks:
            return False
        weeks = other.weeks if self.weeks == EVERY else self.weeks
        first, last = max(self.valid_from, other.valid_from), min(self.valid_until, other.valid_until)
        return _there_is(self.weekday, weeks, first, last)


def _there_is(weekday: int, weeks: str, first: date, last: date) -> bool:
    """Whether that weekday of such a week comes between two days, both included."""
    on = first.toordinal() + (weekday - first.weekday()) % _DAYS
    if weeks not in {EVERY, _week_of(on)}:
        on += _DAYS
    return on <= last.toordinal()


def week_problems(spans: Sequence[Weekly]) -> list[FieldError]:
    """What is wrong with the hours of a week, each at its entry: no such day at all, or a meeting with one before."""
    found = []
    for index, span in enumerate(spans):
        if not span.ever_hold():
            words = "There is no such day between the first and the last."
            found.append(FieldError(f"hours.{index}.valid_until", "never", words))
        if any(span.meet(before) for before in spans[:index]):
            words = "This overlaps another span of its day."
            found.append(FieldError(f"hours.{index}.opens", "overlap", words))
    return found
