"""Rules of courses: sessions inside their windows, and the times nearest to one that is gone.

Instants are aware and in UTC; days are local to the location's IANA zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import chain
from uuid import UUID

from services.scheduling.board_rules import Board
from services.scheduling.preference_rules import ANY_TIME, AS_USUAL, Departure, Preferences, minute_of
from services.scheduling.rules import Free

MOST_TRIED = 1_000
"""Ends of a search: pairs of a session and a day from which the rest of a course finds no room."""


@dataclass(frozen=True, slots=True)
class Window:
    """Days from one session of a course to the next."""

    min_days: int
    target_days: int
    max_days: int


class NoRoomInWindow(Exception):  # noqa: N818  a fact, turned into a refusal by the use case
    """No free time for the session at `position` (from 1) of a course."""

    def __init__(self, position: int) -> None:
        self.position = position
        super().__init__(f"session {position}")


_Rank = tuple[int, int, bool, bool, int, datetime]
_FIRST_INSTANT = datetime.min.replace(tzinfo=UTC)


class _Choice:
    """The best times for a session of a course after the first: near the time of day of `like`.

    The first session's practitioner is `with_whom`, and `like`'s own where that is left out. Where both are somebody
    else, the one of `like` comes second.
    """

    def __init__(
        self, board: Board, like: Free, preferences: Preferences, with_whom: UUID | None = None
    ) -> None:
        self._board, self._preferences = board, preferences
        self._own, self._with_whom = like.practitioner_id, with_whom or like.practitioner_id
        local = like.starts_at.astimezone(board.place.zone)
        self._wanted = preferences.times.nearest_minute(minute_of(local))
        self._found: dict[date, Free | None] = {}

    def in_order(self, days: Iterable[date], target: date) -> Iterator[Free]:
        """The best free time of each day, the best one first, where the local day `target` would be best.

        A day is looked at when no other can be better, so that few are.
        """
        waiting: list[tuple[_Rank, date, Free | None]] = [
            (self._least(day, target), day, None) for day in days
        ]
        heapify(waiting)
        while waiting:
            _, day, free = heappop(waiting)
            if free is not None:
                yield free
            elif (free := self._best_on(day)) is not None:
                heappush(waiting, (self._rank(free, target), day, free))

    def _least(self, day: date, target: date) -> _Rank:
        """The rank that no time of that day is better than."""
        off_day = not self._preferences.times.on_weekday(day)
        return (int(off_day), abs((day - target).days), False, False, 0, _FIRST_INSTANT)

    def _rank(self, free: Free, target: date) -> _Rank:
        """Less is better."""
        local, departures = free.starts_at.astimezone(self._board.place.zone), self._departures(free)
        return (
            len(departures),
            abs((local.date() - target).days),
            Departure.PRACTITIONER in departures,
            self._preferences.same_practitioner and free.practitioner_id not in (self._with_whom, self._own),
            abs(minute_of(local) - self._wanted),
            free.starts_at,
        )

    def _departures(self, free: Free) -> tuple[Departure, ...]:
        local = free.starts_at.astimezone(self._board.place.zone)
        return self._preferences.departures(local, free.practitioner_id, self._with_whom)

    def _best_on(self, day: date) -> Free | None:
        if day not in self._found:
            self._found[day] = self._find_on(day)
        return self._found[day]

    def _find_on(self, day: date) -> Free | None:
        minutes = self._preferences.times.minutes
        wished = self._nearest_on(day, minutes)
        if minutes == ANY_TIME.minutes or (wished and Departure.PRACTITIONER not in self._departures(wished)):
            return wished
        near = (wished, self._nearest_on(day, ANY_TIME.minutes))
        return min((free for free in near if free), key=lambda free: self._rank(free, day), default=None)

    def _nearest_on(self, day: date, during: tuple[int, int]) -> Free | None:
        if not self._preferences.same_practitioner:
            return self._board.nearest_on(day, self._wanted, self._own, anyone=True, during=during)
        # Each gives the one named where they have time on that day, and somebody else where they have none.
        near = [
            free
            for who in {self._with_whom: None, self._own: None}
            if (free := self._board.nearest_on(day, self._wanted, who, during=during))
        ]
        return min(near, key=lambda free: self._rank(free, day), default=None)


def plan_course(
    board: Board, first: Free, sessions: int, window: Window, preferences: Preferences = AS_USUAL
) -> tuple[Free, ...]:
    """All sessions of a course, each inside its window after the one before.

    Each of the later ones departs from as few preferences as it can in its window. Of such times it takes, in this
    order: the day nearest to the target, the first session's practitioner where that is wished, the same local time of
    day, or the nearest to it among those wished. Raises `NoRoomInWindow` with the furthest session for which there is
    no time.
    """
    choice = _Choice(board, first, preferences)
    dead: set[tuple[int, date]] = set()

    def rest(position: int, previous: date) -> tuple[Free, ...] | None:
        if position > sessions:
            return ()
        if (position, previous) in dead:
            return None
        target = previous + timedelta(days=window.target_days)
        days = (previous + timedelta(days=n) for n in range(window.min_days, window.max_days + 1))
        for one in choice.in_order(days, target):
            following = rest(position + 1, board.day_of(one.starts_at))
            if following is not None:
                return (one, *following)
        dead.add((position, previous))
        return None

    plan = rest(2, board.day_of(first.starts_at))
    if plan is None:
        raise NoRoomInWindow(max(position for position, _ in dead))
    return (first, *plan)


@dataclass(frozen=True, slots=True)
class Later:
    """A later session of a course, by its position, with all that it takes now."""

    position: int
    now: Free


def reflow(
    board: Board,
    position: int,
    day: date,
    later: Iterable[Later],
    window: Window,
    *,
    preferences: Preferences = AS_USUAL,
    with_whom: UUID | None = None,
) -> tuple[Free, ...]:
    """Where the later sessions of a course would be once the session at `position` lies on a local `day`.

    What still lies in its window after the session before stays. What does not takes the best time by the course's
    wishes, as when it was planned (`plan_course`), with its own time of day in place of the first session's.
    `with_whom` gives the first session; left out, each is wished with its own practitioner. `board` must not count
    what the sessions take now. Raises `NoRoomInWindow` with the furthest session for which there is no time, or for
    which none was found after so many tries that whoever waits has waited long enough.
    """
    sessions = tuple(later)
    choices = [_Choice(board, one.now, preferences, with_whom) for one in sessions]
    dead: set[tuple[int, date]] = set()

    def rest(index: int, before: int, previous: date) -> tuple[Free, ...] | None:
        if index == len(sessions):
            return ()
        one = sessions[index]
        if (index, previous) in dead or len(dead) >= MOST_TRIED:
            return None
        steps = one.position - before
        target = previous + timedelta(days=steps * window.target_days)
        days = [
            previous + timedelta(days=number)
            for number in range(steps * window.min_days, steps * window.max_days + 1)
        ]
        stays = [one.now] if board.day_of(one.now.starts_at) in days else []
        for choice in chain(stays, choices[index].in_order(days, target)):
            following = rest(index + 1, one.position, board.day_of(choice.starts_at))
            if following is not None:
                return (choice, *following)
        dead.add((index, previous))
        return None

    plan = rest(0, position, day)
    if plan is None:
        raise NoRoomInWindow(sessions[max(index for index, _ in dead)].position)
    return plan


def window_of(position: int, others: Mapping[int, date], window: Window) -> tuple[date | None, date | None]:
    """The days on which a course's session may lie, between the nearest sessions before and after it.

    `others` are the local days of the course's other standing sessions by position; one that lies `n` positions
    away allows `n` times the interval. A side without a session is open.
    """
    earliest: list[date] = []
    latest: list[date] = []
    before = max((p for p in others if p < position), default=None)
    after = min((p for p in others if p > position), default=None)
    if before is not None:
        steps = position - before
        earliest.append(others[before] + timedelta(days=steps * window.min_days))
        latest.append(others[before] + timedelta(days=steps * window.max_days))
    if after is not None:
        steps = after - position
        earliest.append(others[after] - timedelta(days=steps * window.max_days))
        latest.append(others[after] - timedelta(days=steps * window.min_days))
    return max(earliest, default=None), min(latest, default=None)


def nearest(found: Iterable[Free], wanted: datetime, practitioner_id: UUID | None, count: int) -> list[Free]:
    """The `count` free times nearest to the one wanted, one an instant, in order of time."""
    chosen: dict[datetime, Free] = {}
    ranked = sorted(
        found,
        key=lambda free: (
            abs(free.starts_at - wanted),
            free.starts_at,
            free.practitioner_id != practitioner_id,
        ),
    )
    for free in ranked:
        if len(chosen) == count:
            break
        chosen.setdefault(free.starts_at, free)
    return [chosen[start] for start in sorted(chosen)]
