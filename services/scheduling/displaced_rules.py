"""Which visits lie in time that was taken away after they were booked, or outside the hours that hold by now.

Dates and times are a location's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple
from uuid import UUID

from services.scheduling.hours_rules import Ranges
from services.scheduling.rules import Place, Worker


class LocalVisit(NamedTuple):
    """Where, with whom, and from when to when, in the location's time."""

    location_id: UUID
    practitioner_id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class DayPart:
    """Local days, both included, and between which times of each, or all day; of one location or person, or of all."""

    first_on: date
    last_on: date
    opens: time | None = None
    closes: time | None = None
    location_id: UUID | None = None
    practitioner_id: UUID | None = None

    def meets(self, visit: LocalVisit) -> bool:
        """Whether a visit lies in it at least in part."""
        opens, closes = self._times(visit)
        return self._is_of(visit) and visit.starts_at < closes and visit.ends_at > opens

    def holds(self, visit: LocalVisit) -> bool:
        """Whether a visit lies in it from its start to its end."""
        opens, closes = self._times(visit)
        return self._is_of(visit) and visit.starts_at >= opens and visit.ends_at <= closes

    def _is_of(self, visit: LocalVisit) -> bool:
        here = self.location_id in (None, visit.location_id)
        with_them = self.practitioner_id in (None, visit.practitioner_id)
        return here and with_them and self.first_on <= visit.starts_at.date() <= self.last_on

    def _times(self, visit: LocalVisit) -> tuple[datetime, datetime]:
        opens, closes = self.opens or time.min, self.closes or time.max
        day, zone = visit.starts_at.date(), visit.starts_at.tzinfo
        return datetime.combine(day, opens, zone), datetime.combine(day, closes, zone)


@dataclass(frozen=True, slots=True)
class Regular:
    """By which hours visits are booked at a place: its own and those of who works there, with what is extra.

    What was closed or taken is no matter here: a `DayPart` says that.
    """

    place: Place
    workers: Mapping[UUID, Worker]

    def is_open(self, visit: LocalVisit) -> bool:
        """Whether the place is open from the start of a visit to its end."""
        return _holds(self.place.open_on(visit.starts_at.date()), visit)

    def is_there(self, visit: LocalVisit) -> bool:
        """Whether who gives a visit works there all the while; so where nothing is known of them."""
        worker = self.workers.get(visit.practitioner_id)
        return worker is None or _holds(worker.works_on(visit.starts_at.date(), self.place), visit)


def _holds(ranges: Ranges, visit: LocalVisit) -> bool:
    day = visit.starts_at.date()
    return any(DayPart(day, day, opens, closes).holds(visit) for opens, closes in ranges)
