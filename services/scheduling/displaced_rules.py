"""Which visits lie in time that was taken away after they were booked. Dates and times are a location's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DayPart:
    """Local days, both included, and between which times of each, or all day; at one location or at every one."""

    first_on: date
    last_on: date
    opens: time | None = None
    closes: time | None = None
    location_id: UUID | None = None

    def meets(self, location_id: UUID, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether a visit, in local time, lies in it at least in part."""
        opens, closes = self._times(starts_at)
        return self._is_day(location_id, starts_at) and starts_at < closes and ends_at > opens

    def holds(self, location_id: UUID, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether a visit, in local time, lies in it from its start to its end."""
        opens, closes = self._times(starts_at)
        return self._is_day(location_id, starts_at) and starts_at >= opens and ends_at <= closes

    def _is_day(self, location_id: UUID, starts_at: datetime) -> bool:
        here = self.location_id in (None, location_id)
        return here and self.first_on <= starts_at.date() <= self.last_on

    def _times(self, starts_at: datetime) -> tuple[datetime, datetime]:
        opens, closes = self.opens or time.min, self.closes or time.max
        day, zone = starts_at.date(), starts_at.tzinfo
        return datetime.combine(day, opens, zone), datetime.combine(day, closes, zone)
