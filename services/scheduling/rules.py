"""Rules of scheduling: free times by subtraction, courses inside their windows, and what may become of a booking.

All values: instants are aware and in UTC, days and times of day are local to the location's IANA zone.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from services.scheduling.hours_rules import CLOSED, EXTRA, Change, Hours, Ranges, hours_on, in_common

GRID_MINUTES = 15
LONGEST_RANGE_DAYS = 31
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From `starts_at` up to, not including, `ends_at`."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Use:
    """When in a visit a resource is needed, measured from the visit's start."""

    begins: timedelta
    ends: timedelta


@dataclass(frozen=True, slots=True)
class VisitShape:
    """A visit's length, and when in it practitioner, room and device are needed."""

    length: timedelta
    practitioner: tuple[Use, ...]
    room: tuple[Use, ...]
    device: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a treatment is given: its zone and hours, its rooms in the order of choice, and the device."""

    zone: ZoneInfo
    hours: tuple[Hours, ...]
    room_ids: tuple[UUID, ...]
    device_id: UUID
    changes: tuple[Change, ...] = ()

    def open_on(self, day: date) -> Ranges:
        """When it is open on a local day."""
        return hours_on(day, self.hours, self.changes)


@dataclass(frozen=True, slots=True)
class Worker:
    """A practitioner with their hours at the place."""

    id: UUID
    hours: tuple[Hours, ...]
    changes: tuple[Change, ...] = ()

    def works_on(self, day: date, place: Place) -> Ranges:
        """When they work there on a local day; extra time of the place is theirs too, unless they are away."""
        away = any(change.kind == CLOSED and change.covers(day) for change in self.changes)
        extra = () if away else tuple(change for change in place.changes if change.kind == EXTRA)
        return hours_on(day, self.hours, (*extra, *self.changes))


@dataclass(frozen=True, slots=True)
class Free:
    """A time at which a practitioner, a room and the device are free."""

    starts_at: datetime
    practitioner_id: UUID
    room_id: UUID


Busy = Mapping[UUID, Sequence[Span]]


def earliest_start(now: datetime, booked_at: datetime, notice: timedelta, before: timedelta) -> datetime:
    """When a visit can begin at the soonest: after the clinic's notice from now, and after what has to come first.

    A consultation or a patch test is arranged from when the visit was booked, so a visit that is moved keeps that.
    """
    return max(now + notice, booked_at + before)


def shape_of(phases: Iterable[tuple[int, frozenset[str]]]) -> VisitShape:
    """A visit from its phases in order: minutes, and what each needs of practitioner, room, device."""
    begins = timedelta(0)
    uses: dict[str, list[Use]] = {"practitioner": [], "room": [], "device": []}
    for minutes, needs in phases:
        ends = begins + minutes * _MINUTE
        for need in needs:
            taken = uses[need]
            if taken and taken[-1].ends == begins:
                taken[-1] = Use(taken[-1].begins, ends)
            else:
                taken.append(Use(begins, ends))
        begins = ends
    return VisitShape(begins, tuple(uses["practitioner"]), tuple(uses["room"]), tuple(uses["device"]))


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


@lru_cache(maxsize=4096)
def grid_of(day: date, zone: ZoneInfo) -> tuple[datetime, ...]:
    """A local day's instants on the grid, each local time once."""
    times = (time(*divmod(minutes, 60)) for minutes in range(0, 24 * 60, GRID_MINUTES))
    return tuple(instant for at in times if (instant := instant_of(day, at, zone)) is not None)


@dataclass(frozen=True, slots=True)
class Refused:
    """Starts that will not do: open intervals, in order, none overlapping another."""

    after: tuple[datetime, ...]
    before: tuple[datetime, ...]

    def __contains__(self, start: object) -> bool:
        if not isinstance(start, datetime):
            return False
        index = bisect_left(self.after, start) - 1
        return index >= 0 and start < self.before[index]


def refused_starts(busy: Iterable[Span], uses: Iterable[Use]) -> Refused:
    """Starts of a visit that would use a resource while it is busy.

    A use from `b` to `e` of a visit overlaps `[x, y)` exactly when the start lies strictly between `x - e`
    and `y - b`.
    """
    intervals = sorted(
        (span.starts_at - use.ends, span.ends_at - use.begins) for use in uses for span in busy
    )
    after: list[datetime] = []
    before: list[datetime] = []
    for begins, ends in intervals:
        if before and begins < before[-1]:
            before[-1] = max(before[-1], ends)
        else:
            after.append(begins)
            before.append(ends)
    return Refused(tuple(after), tuple(before))


class Board:
    """Free times of one visit shape at one place, over any days, against the same busy times."""

    def __init__(self, place: Place, workers: Sequence[Worker], shape: VisitShape, busy: Busy) -> None:
        self.place, self.workers, self.shape = place, tuple(workers), shape
        self._practitioners = {w.id: refused_starts(busy.get(w.id, ()), shape.practitioner) for w in workers}
        self._rooms = [(room, refused_starts(busy.get(room, ()), shape.room)) for room in place.room_ids]
        self._device = refused_starts(busy.get(place.device_id, ()), shape.device)
        self._hours: dict[tuple[date, tuple[Hours, ...], tuple[Change, ...]], list[Span]] = {}

    def free_on(self, day: date, earliest: datetime | None = None) -> list[Free]:
        """Free times of a local day in order of time, then of practitioners; none before `earliest`."""
        found: list[tuple[datetime, int, UUID]] = []
        rooms: dict[datetime, UUID | None] = {}
        for order, worker in enumerate(self.workers):
            refused = self._practitioners[worker.id]
            for start in self._starts(day, worker):
                if start in refused or (earliest is not None and start < earliest):
                    continue
                if start not in rooms:
                    rooms[start] = self._room_at(start)
                room = rooms[start]
                if room is not None:
                    found.append((start, order, room))
        return [Free(start, self.workers[order].id, room) for start, order, room in sorted(found)]

    def first_on(self, day: date, earliest: datetime) -> datetime | None:
        """The first free time of a local day that is not before `earliest`; the rest of the day is not looked at."""
        best: datetime | None = None
        for worker in self.workers:
            refused = self._practitioners[worker.id]
            for start in self._starts(day, worker):
                if best is not None and start >= best:
                    break
                if start >= earliest and start not in refused and self._room_at(start) is not None:
                    best = start
        return best

    def free_at(self, start: datetime) -> list[Free]:
        """The free times at one instant, in order of practitioners."""
        return [free for free in self.free_on(self.day_of(start)) if free.starts_at == start]

    def day_of(self, start: datetime) -> date:
        """The instant's local day."""
        return start.astimezone(self.place.zone).date()

    def _room_at(self, start: datetime) -> UUID | None:
        if start in self._device:
            return None
        return next((room for room, refused in self._rooms if start not in refused), None)

    def _starts(self, day: date, worker: Worker) -> list[datetime]:
        key = (day, worker.hours, worker.changes)
        if key not in self._hours:
            zone = self.place.zone
            shared = in_common(self.place.open_on(day), worker.works_on(day, self.place))
            self._hours[key] = [Span(edge_of(day, a, zone), edge_of(day, b, zone)) for a, b in shared]
        return starts_within(grid_of(day, self.place.zone), self._hours[key], self.shape.length)


def starts_within(grid: Sequence[datetime], open_spans: Iterable[Span], length: timedelta) -> list[datetime]:
    """Grid times from which a visit of that length ends before closing."""
    found: list[datetime] = []
    for span in open_spans:
        low = bisect_left(grid, span.starts_at)
        found.extend(grid[low : bisect_right(grid, span.ends_at - length)])
    return found


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


def plan_course(
    board: Board,
    first: Free,
    sessions: int,
    window: Window,
    free_on: Callable[[date], list[Free]] | None = None,
) -> tuple[Free, ...]:
    """All sessions of a course, each inside its window after the one before.

    Preferred, in this order: the first session's practitioner, the day nearest to the target, the same local
    time of day. Raises `NoRoomInWindow` with the furthest session for which there is no time.
    """
    ask = free_on or board.free_on
    zone = board.place.zone
    wanted = _minute_of_day(first.starts_at.astimezone(zone))
    dead: set[tuple[int, date]] = set()

    def rank(free: Free, target: date) -> tuple[bool, int, int, datetime]:
        local = free.starts_at.astimezone(zone)
        return (
            free.practitioner_id != first.practitioner_id,
            abs((local.date() - target).days),
            abs(_minute_of_day(local) - wanted),
            free.starts_at,
        )

    def rest(position: int, previous: date) -> tuple[Free, ...] | None:
        if position > sessions:
            return ()
        if (position, previous) in dead:
            return None
        target = previous + timedelta(days=window.target_days)
        days = (previous + timedelta(days=n) for n in range(window.min_days, window.max_days + 1))
        best = [min(free, key=lambda one: rank(one, target)) for day in days if (free := ask(day))]
        for choice in sorted(best, key=lambda one: rank(one, target)):
            following = rest(position + 1, board.day_of(choice.starts_at))
            if following is not None:
                return (choice, *following)
        dead.add((position, previous))
        return None

    plan = rest(2, board.day_of(first.starts_at))
    if plan is None:
        raise NoRoomInWindow(max(position for position, _ in dead))
    return (first, *plan)


def _minute_of_day(local: datetime) -> int:
    return local.hour * 60 + local.minute


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
