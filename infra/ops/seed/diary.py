"""Times for visits: one at a time in a clinic, so that no two lay claim to the same person, room or device."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from infra.ops.problem import Problem
from infra.ops.seed.chance import Chance
from infra.ops.seed.people import Opening

_GRID = 15
_TRIES = 60


class Diary:
    """The times of a clinic that are not given away yet."""

    def __init__(
        self, chance: Chance, zone: ZoneInfo, openings: Iterable[Opening], longest_minutes: int
    ) -> None:
        step = -(-longest_minutes // _GRID) * _GRID
        self._chance, self._zone = chance, zone
        self._starts: dict[int, list[int]] = {}
        for day, opens, closes in openings:
            begin, end = _minutes(opens), _minutes(closes) - longest_minutes
            self._starts.setdefault(day, []).extend(range(begin, end + 1, step))
        self._free: dict[date, list[int]] = {}

    def take(self, day: date) -> datetime | None:
        """A time of that local day (UTC), or nothing where it is full or closed."""
        free = self._free.get(day)
        if free is None:
            free = list(self._starts.get(day.weekday(), ()))
            self._chance.shuffle(free)
            self._free[day] = free
        if not free:
            return None
        at = time(*divmod(free.pop(), 60))
        return datetime.combine(day, at, self._zone).astimezone(UTC)

    def take_between(self, first: date, last: date) -> datetime:
        """A time on any of these days. Raises Problem where there is none to be found."""
        days = (last - first).days
        for _ in range(_TRIES):
            taken = self.take(first + timedelta(days=self._chance.randint(0, days)))
            if taken is not None:
                return taken
        for number in range(days + 1):
            taken = self.take(first + timedelta(days=number))
            if taken is not None:
                return taken
        raise Problem("seed: a clinic has no time left for so many visits: ask for fewer bookings a clinic")

    def take_after(self, previous: date, target: int, least: int, most: int) -> datetime | None:
        """A time in the window after the session before, near the target, or nothing."""
        wish = min(most, max(least, target + self._chance.randint(-3, 3)))
        for number in (*range(wish, most + 1), *range(wish - 1, least - 1, -1)):
            taken = self.take(previous + timedelta(days=number))
            if taken is not None:
                return taken
        return None

    def day_of(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute
