"""What scheduling reasons about: spans of time, the shape of a visit, places, people, and what is free.

All values: instants are aware and in UTC, days and times of day are local to the location's IANA zone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from services.scheduling.grid_rules import GRID_MINUTES
from services.scheduling.hours_rules import CLOSED, EXTRA, Change, Hours, Ranges, hours_on

LONGEST_RANGE_DAYS = 31
_MINUTE = timedelta(minutes=1)


class Span(NamedTuple):
    """From `starts_at` up to, not including, `ends_at`."""

    starts_at: datetime
    ends_at: datetime


def without(span: Span, others: Iterable[Span]) -> list[Span]:
    """What of a span lies in none of the others, in order of time."""
    left = [span]
    for other in others:
        left = [
            piece
            for one in left
            for piece in (
                Span(one.starts_at, min(one.ends_at, other.starts_at)),
                Span(max(one.starts_at, other.ends_at), one.ends_at),
            )
            if piece.starts_at < piece.ends_at
        ]
    return left


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
    numbing_room: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a treatment is given: its zone and hours, its rooms and devices in the order of choice."""

    zone: ZoneInfo
    hours: tuple[Hours, ...]
    room_ids: tuple[UUID, ...]
    device_ids: tuple[UUID, ...]
    changes: tuple[Change, ...] = ()
    numbing_room_ids: tuple[UUID, ...] = ()
    grid_minutes: int = GRID_MINUTES

    @property
    def things(self) -> tuple[UUID, ...]:
        """Every room and device."""
        return tuple(dict.fromkeys((*self.room_ids, *self.numbing_room_ids, *self.device_ids)))

    def open_on(self, day: date) -> Ranges:
        """When it is open on a local day."""
        return hours_on(day, self.hours, self.changes)


@dataclass(frozen=True, slots=True)
class Worker:
    """A practitioner with their hours at the place, the most visits of a day, and the account they sign in with.

    `until` is the last local day on which a checked credential of theirs counts; what has no end is the last there is.
    """

    id: UUID
    hours: tuple[Hours, ...]
    changes: tuple[Change, ...] = ()
    daily_maximum: int | None = None
    person_id: UUID | None = None
    until: date = date.max

    def works_on(self, day: date, place: Place) -> Ranges:
        """When they work there on a local day: never after the last one on which they may.

        Extra time of the place is theirs too, unless they are away, or only come on days of their own extra time: who
        begins there later, or has ended there, has no hours that are valid on that day.
        """
        if day > self.until:
            return []
        away = any(change.kind == CLOSED and change.covers(day) for change in self.changes)
        joins = not away and any(hours.is_valid_on(day) for hours in self.hours)
        extra = tuple(change for change in place.changes if change.kind == EXTRA) if joins else ()
        return hours_on(day, self.hours, (*extra, *self.changes))


@dataclass(frozen=True, slots=True)
class Free:
    """A time at which a practitioner, a room, a device and, where one is wanted, a numbing room are free."""

    starts_at: datetime
    practitioner_id: UUID
    room_id: UUID
    device_id: UUID
    numbing_room_id: UUID | None = None


def earliest_start(now: datetime, booked_at: datetime, notice: timedelta, before: timedelta) -> datetime:
    """When a visit can begin at the soonest: after the clinic's notice from now, and after what has to come first.

    A consultation or a patch test is arranged from when the visit was booked, so a visit that is moved keeps that.
    """
    return max(now + notice, booked_at + before)


def shape_of(phases: Iterable[tuple[int, frozenset[str]]]) -> VisitShape:
    """A visit from its phases in order: minutes, and what each needs of practitioner, room, device, numbing room."""
    begins = timedelta(0)
    uses: dict[str, list[Use]] = {"practitioner": [], "room": [], "device": [], "numbing_room": []}
    for minutes, needs in phases:
        ends = begins + minutes * _MINUTE
        for need in needs:
            taken = uses[need]
            if taken and taken[-1].ends == begins:
                taken[-1] = Use(taken[-1].begins, ends)
            else:
                taken.append(Use(begins, ends))
        begins = ends
    return VisitShape(begins, **{name: tuple(taken) for name, taken in uses.items()})
