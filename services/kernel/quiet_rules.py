"""Quiet hours: the night of the place where somebody is, in which nothing is sent that can wait.

The night is a span of local wall-clock hours, so it stays a night when the clocks change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From the evening to the morning, in whole local hours."""

    begin: int = 21
    end: int = 8

    def until(self, at: datetime, zone: str) -> datetime | None:
        """The morning (UTC) until which it is quiet at that instant; nothing where it is not quiet."""
        local = at.astimezone(ZoneInfo(zone))
        if self.end <= local.hour < self.begin:
            return None
        morning = local.date() if local.hour < self.end else local.date() + _A_DAY
        return _local(datetime.combine(morning, time(self.end)), zone)

    def night_after(self, at: datetime, zone: str) -> datetime:
        """When the night (UTC) begins that follows an instant by day."""
        return _local(datetime.combine(at.astimezone(ZoneInfo(zone)).date(), time(self.begin)), zone)

    def before(self, at: datetime, zone: str) -> datetime:
        """The last hour (UTC) before the night that holds the instant."""
        local = at.astimezone(ZoneInfo(zone))
        evening = local.date() - _A_DAY if local.hour < self.end else local.date()
        return _local(datetime.combine(evening, time(self.begin)) - timedelta(hours=1), zone)


def _local(wall: datetime, zone: str) -> datetime:
    """The instant of a wall-clock time; one that does not exist is taken as the clock would have run on."""
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
