"""Free times by subtraction: when people work, without what is taken of them, of rooms and of devices.

Who is given a visit that is asked of nobody in particular (fair distribution): whoever has the fewest visits on that
local day, and where that is equal, whose turn it is that day, one place further in the order each day.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from services.scheduling.grid_rules import Grid, edge_of, grid_of
from services.scheduling.hours_rules import in_common
from services.scheduling.rules import Free, Place, Span, Use, VisitShape, Worker

_A_DAY = timedelta(days=1)
Openings = dict[tuple[date, UUID, timedelta], int]


@dataclass(frozen=True, slots=True)
class Busy:
    """What is taken: spans by resource, and each practitioner's visits by start and booking."""

    spans: Mapping[UUID, Sequence[Span]] = field(default_factory=dict)
    visits: Mapping[UUID, Sequence[tuple[datetime, UUID]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """Starts that will not do: open intervals, in order, none overlapping another."""

    after: tuple[datetime, ...]
    before: tuple[datetime, ...]

    def on(self, grid: Grid) -> int:
        """The set of those starts on a day's grid."""
        if not grid.starts:
            return 0
        found = 0
        index = bisect_right(self.before, grid.starts[0])
        last = grid.starts[-1]
        while index < len(self.after) and self.after[index] < last:
            found |= grid.between(self.after[index], self.before[index])
            index += 1
        return found


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


class _Pool:
    """Things of which a visit takes one: the first in their order that is free."""

    def __init__(
        self, things: Sequence[UUID], uses: Sequence[Use], spans: Mapping[UUID, Sequence[Span]]
    ) -> None:
        self._refused = [(thing, refused_starts(spans.get(thing, ()), uses)) for thing in things]

    def free_on(self, grid: Grid, wanted: int) -> list[tuple[UUID, int]]:
        """Each thing with the set of starts, of those wanted, at which it is free."""
        return [(thing, wanted & ~refused.on(grid)) for thing, refused in self._refused]


def _union(sets: Iterable[tuple[UUID, int]]) -> int:
    found = 0
    for _, one in sets:
        found |= one
    return found


@dataclass(frozen=True, slots=True)
class _Things:
    """Rooms and devices that are free on a day, and the starts at which there is one of each."""

    rooms: list[tuple[UUID, int]]
    devices: list[tuple[UUID, int]]
    numbing_rooms: list[tuple[UUID, int]] | None
    starts: int
    chosen: dict[int, tuple[UUID, UUID, UUID | None]] = field(default_factory=dict)

    def at(self, number: int) -> tuple[UUID, UUID, UUID | None]:
        """Room, device and numbing room of a visit at one of the starts: the first of each that are free."""
        found = self.chosen.get(number)
        if found is None:
            numbing = None if self.numbing_rooms is None else _first(self.numbing_rooms, number)
            found = (_first(self.rooms, number), _first(self.devices, number), numbing)
            self.chosen[number] = found
        return found


class Board:
    """Free times of one visit shape at one place, over any days, against the same busy times.

    `openings` keeps what follows from hours alone, for as long as the place and the workers stay the same.
    """

    def __init__(
        self,
        place: Place,
        workers: Sequence[Worker],
        shape: VisitShape,
        busy: Busy,
        openings: Openings | None = None,
    ) -> None:
        self.place, self.workers, self.shape = place, tuple(workers), shape
        self._busy = busy
        self._openings: Openings = {} if openings is None else openings
        self._refused = {
            worker.id: refused_starts(busy.spans.get(worker.id, ()), shape.practitioner) for worker in workers
        }
        self._rooms = _Pool(place.room_ids, shape.room, busy.spans)
        self._numbing = _Pool(place.numbing_room_ids, shape.numbing_room, busy.spans)
        self._devices = _Pool(place.device_ids, shape.device, busy.spans)
        self._days: dict[date, _Things] = {}

    def free_on(self, day: date, earliest: datetime | None = None) -> list[Free]:
        """Free times of a local day in order of time, then of practitioners; none before `earliest`."""
        found = [
            (number, order)
            for order, worker in enumerate(self.workers)
            for number in self.grid(day).places(self._free_of(worker, day, earliest))
        ]
        return [self._taking(day, number, self.workers[order]) for number, order in sorted(found)]

    def each_on(self, day: date, earliest: datetime | None = None) -> list[Free]:
        """Free times of a local day, each once, with whoever is to be given it by fair distribution."""
        seen = 0
        found: list[tuple[int, Worker]] = []
        for worker in self.in_turn(day):
            free = self._free_of(worker, day, earliest) & ~seen
            seen |= free
            found += [(number, worker) for number in self.grid(day).places(free)]
        found.sort(key=lambda one: one[0])
        return [self._taking(day, number, worker) for number, worker in found]

    def first_on(self, day: date, earliest: datetime) -> datetime | None:
        """The first free time of a local day that is not before `earliest`."""
        free = self._free_of_any(day, earliest)
        return self.grid(day).starts[(free & -free).bit_length() - 1] if free else None

    def count_on(self, day: date, earliest: datetime) -> int:
        """How many times of a local day are free, each once; as many as `each_on` gives."""
        return self._free_of_any(day, earliest).bit_count()

    def free_at(self, start: datetime) -> list[Free]:
        """The free times at one instant, in order of practitioners."""
        day = self.day_of(start)
        only = self.grid(day).only(start)
        return [
            self._taking(day, only.bit_length() - 1, worker)
            for worker in self.workers
            if self._free_of(worker, day) & only
        ]

    def gives(self, free: Free) -> bool:
        """Whether just that is free: with that practitioner, in those rooms and with that device."""
        day = self.day_of(free.starts_at)
        things, only = self._things(day), self.grid(day).only(free.starts_at)
        numbing = things.numbing_rooms
        rooms, devices, numbing_rooms = (
            {thing for thing, starts in sets if starts & only}
            for sets in (things.rooms, things.devices, numbing or ())
        )
        return (
            any(one.id == free.practitioner_id and self._free_of(one, day) & only for one in self.workers)
            and free.room_id in rooms
            and free.device_id in devices
            and (free.numbing_room_id is None if numbing is None else free.numbing_room_id in numbing_rooms)
        )

    def nearest_on(
        self,
        day: date,
        minute: int,
        practitioner_id: UUID,
        *,
        during: tuple[int, int] | None = None,
        anyone: bool = False,
    ) -> Free | None:
        """The free time of a local day nearest to a minute of it, the earlier of two.

        With that practitioner, if they are free at all on that day; otherwise with whoever is, in order. `anyone`: with
        that practitioner only where others are free at the same time. `during`: between two minutes of the day alone.
        """
        grid = self.grid(day)
        among = -1 if during is None else grid.during(*during)
        preferred = [worker for worker in self.workers if worker.id == practitioner_id]
        others = [worker for worker in self.workers if worker.id != practitioner_id]
        for workers in ([*preferred, *others],) if anyone else (preferred, others):
            found = [
                (abs(grid.minutes[number] - minute), number, order)
                for order, worker in enumerate(workers)
                if (number := grid.nearest(self._free_of(worker, day) & among, minute)) is not None
            ]
            if found:
                _, number, order = min(found)
                return self._taking(day, number, workers[order])
        return None

    def in_turn(self, day: date) -> list[Worker]:
        """The practitioners in the order of fair distribution on a local day."""
        turn = day.toordinal()
        ranked = sorted(
            enumerate(self.workers),
            key=lambda one: (self.visits_on(one[1], day), (one[0] - turn) % len(self.workers)),
        )
        return [worker for _, worker in ranked]

    def visits_on(self, worker: Worker, day: date) -> int:
        """How many visits the practitioner has on a local day."""
        visits = self._busy.visits.get(worker.id)
        if not visits:
            return 0
        begins, ends = (edge_of(one, time.min, self.place.zone) for one in (day, day + _A_DAY))
        return len({booking for start, booking in visits if begins <= start < ends})

    def day_of(self, start: datetime) -> date:
        """The instant's local day."""
        return start.astimezone(self.place.zone).date()

    def grid(self, day: date) -> Grid:
        """The starts of a local day."""
        return grid_of(day, self.place.zone, self.place.grid_minutes)

    def _free_of_any(self, day: date, earliest: datetime) -> int:
        free = 0
        for worker in self.workers:
            free |= self._free_of(worker, day, earliest)
        return free

    def _free_of(self, worker: Worker, day: date, earliest: datetime | None = None) -> int:
        open_ = self._open(worker, day) & self._things(day).starts
        if not open_:
            return 0
        if worker.daily_maximum is not None and self.visits_on(worker, day) >= worker.daily_maximum:
            return 0
        grid = self.grid(day)
        free = open_ & ~self._refused[worker.id].on(grid)
        return free if earliest is None else free & grid.within(earliest, grid.starts[-1])

    def _open(self, worker: Worker, day: date) -> int:
        """Starts from which a visit ends before the place closes and the practitioner leaves."""
        key = (day, worker.id, self.shape.length)
        found = self._openings.get(key)
        if found is None:
            grid, found = self.grid(day), 0
            for span in self._shared_hours(worker, day):
                found |= grid.within(span.starts_at, span.ends_at - self.shape.length)
            self._openings[key] = found
        return found

    def _shared_hours(self, worker: Worker, day: date) -> list[Span]:
        """When the place is open and the practitioner there. Hours that meet where the clock jumps are one span."""
        zone, joined = self.place.zone, list[Span]()
        for opens, closes in in_common(self.place.open_on(day), worker.works_on(day, self.place)):
            span = Span(edge_of(day, opens, zone), edge_of(day, closes, zone))
            if joined and joined[-1].ends_at == span.starts_at:
                joined[-1] = Span(joined[-1].starts_at, span.ends_at)
            else:
                joined.append(span)
        return joined

    def _things(self, day: date) -> _Things:
        found = self._days.get(day)
        if found is None:
            grid = self.grid(day)
            all_ = (1 << len(grid.starts)) - 1
            devices = self._devices.free_on(grid, all_)
            rooms = self._rooms.free_on(grid, all_)
            numbing = self._numbing.free_on(grid, all_) if self.shape.numbing_room else None
            starts = _union(devices) & _union(rooms) & (all_ if numbing is None else _union(numbing))
            found = self._days[day] = _Things(rooms, devices, numbing, starts)
        return found

    def _taking(self, day: date, number: int, worker: Worker) -> Free:
        return Free(self.grid(day).starts[number], worker.id, *self._things(day).at(number))


def _first(sets: Sequence[tuple[UUID, int]], number: int) -> UUID:
    return next(thing for thing, free in sets if free >> number & 1)


def spans_of(free: Free, shape: VisitShape) -> Iterable[tuple[UUID, Span]]:
    """What a visit at a free time takes, resource by resource."""
    parts = (
        (free.practitioner_id, shape.practitioner),
        (free.room_id, shape.room),
        (free.numbing_room_id, shape.numbing_room),
        (free.device_id, shape.device),
    )
    for resource_id, uses in parts:
        if resource_id is None:
            continue
        for use in uses:
            yield resource_id, Span(free.starts_at + use.begins, free.starts_at + use.ends)
