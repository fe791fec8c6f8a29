"""Which visits lie in time that was taken away after they were booked. Dates and times are a location's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple
from uuid import UUID


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
