"""Free times found the slow way: minute by minute, by walking through a local day with its clock.

Nothing here knows of ranges, grids or subtraction. A day is walked in minutes of UTC; what the clock on the wall has
shown at most so far today decides who is there, so an hour that is skipped is not there, and an hour that comes twice
does not open a door again that was closed when the clock first showed its time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.scheduling.board_rules import Busy
from services.scheduling.hours_rules import Change, Hours
from services.scheduling.rules import Free, Place, Worker

_MINUTE = timedelta(minutes=1)
_FIRST_A_WEEK = date(2024, 1, 1)


@dataclass(frozen=True)
class Step:
    """A phase as it is written on the menu: minutes, and who and what it needs."""

    minutes: int
    needs: frozenset[str]


@dataclass(frozen=True)
class Minute:
    """A minute of a local day: its instant, what the clock shows, whether again, and the most it showed today."""

    at: datetime
    shown: int
    again: bool
    most: int


def minutes_of(day: date, zone: ZoneInfo) -> list[Minute]:
    """Every minute of a local day, in order."""
    found: list[Minute] = []
    at = datetime.combine(day, time(0), UTC) - timedelta(days=1)
    for _ in range(3 * 24 * 60):
        local = at.astimezone(zone)
        if local.date() == day:
            shown = local.hour * 60 + local.minute
            most = max(shown, found[-1].most if found else 0)
            found.append(Minute(at, shown, bool(local.fold), most))
        at += _MINUTE
    return found


def _minutes(opens: time, closes: time) -> set[int]:
    return set(range(opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute))


def _weekly(day: date, hours: Sequence[Hours]) -> set[int]:
    found: set[int] = set()
    odd = ((day - timedelta(days=day.weekday())) - _FIRST_A_WEEK).days % 14 == 7
    for one in hours:
        wanted = {"every": True, "a": not odd, "b": odd}[one.weeks]
        if one.weekday == day.weekday() and wanted and one.valid_from <= day and day <= one.valid_until:
            found |= _minutes(one.opens, one.closes)
    return found


def _there(day: date, weekly: set[int], changes: Sequence[Change]) -> set[int]:
    todays = [change for change in changes if change.first_on <= day <= change.last_on]
    there = set() if any(change.kind == "closed" for change in todays) else set(weekly)
    for change in todays:
        if change.kind == "extra":
            there |= _minutes(change.opens, change.closes)
    for change in todays:
        if change.kind == "taken":
            there -= _minutes(change.opens, change.closes)
    return there


def _works(day: date, place: Place, worker: Worker) -> set[int]:
    if (worker.until - day).days < 0:
        return set()
    away = any(c.kind == "closed" and c.first_on <= day <= c.last_on for c in worker.changes)
    belongs = any(one.valid_from <= day <= one.valid_until for one in worker.hours) and not away
    extra = [change for change in place.changes if change.kind == "extra" and belongs]
    return _there(day, _weekly(day, worker.hours), [*extra, *worker.changes])


class Walk:
    """One local day at a place, walked for one kind of visit."""

    def __init__(
        self, day: date, place: Place, workers: Sequence[Worker], steps: Sequence[Step], busy: Busy
    ) -> None:
        self._day, self._place, self._workers, self._steps = day, place, workers, steps
        self._minutes = minutes_of(day, place.zone)
        self._open = _there(day, _weekly(day, place.hours), place.changes)
        self._busy = {resource: set(_taken(spans)) for resource, spans in _spans(busy).items()}
        self._visits = busy.visits

    def free(self) -> list[Free]:
        """Everything that is free, in order of time and practitioners."""
        found: list[Free] = []
        length = sum(step.minutes for step in self._steps)
        for index, minute in enumerate(self._minutes):
            if minute.again or minute.shown % self._place.grid_minutes:
                continue
            visit = self._minutes[index : index + length]
            if len(visit) < length:
                continue
            found += self._at(visit)
        return found

    def _at(self, visit: Sequence[Minute]) -> Iterator[Free]:
        room = self._first_free("room", self._place.room_ids, visit)
        device = self._first_free("device", self._place.device_ids, visit)
        numbing = self._first_free("numbing_room", self._place.numbing_room_ids, visit)
        wants_numbing_room = any("numbing_room" in step.needs for step in self._steps)
        if room is None or device is None or (wants_numbing_room and numbing is None):
            return
        for worker in self._workers:
            there = _works(self._day, self._place, worker) & self._open
            if any(minute.most not in there for minute in visit) or self._has_enough(worker):
                continue
            if self._is_free("practitioner", worker.id, visit):
                yield Free(visit[0].at, worker.id, room, device, numbing if wants_numbing_room else None)

    def _has_enough(self, worker: Worker) -> bool:
        today = {booking for start, booking in self._visits.get(worker.id, ()) if self._is_today(start)}
        return worker.daily_maximum is not None and len(today) >= worker.daily_maximum

    def _is_today(self, start: datetime) -> bool:
        return start.astimezone(self._place.zone).date() == self._day

    def _first_free(self, need: str, things: Sequence[UUID], visit: Sequence[Minute]) -> UUID | None:
        return next((thing for thing in things if self._is_free(need, thing, visit)), None)

    def _is_free(self, need: str, thing: UUID, visit: Sequence[Minute]) -> bool:
        taken = self._busy.get(thing, set())
        begins = 0
        for step in self._steps:
            wanted = visit[begins : begins + step.minutes]
            if need in step.needs and any(minute.at in taken for minute in wanted):
                return False
            begins += step.minutes
        return True


def _spans(busy: Busy) -> Mapping[UUID, list[tuple[datetime, datetime]]]:
    return {who: [(span.starts_at, span.ends_at) for span in spans] for who, spans in busy.spans.items()}


def _taken(spans: Sequence[tuple[datetime, datetime]]) -> Iterator[datetime]:
    for begins, ends in spans:
        for number in range(round((ends - begins) / _MINUTE)):
            yield begins + number * _MINUTE
