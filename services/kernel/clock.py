"""The one place that reads the wall clock.

In demo and test mode the time has an offset, a row that every process reads when it begins a unit of work
(see `work.py`), so a year can pass in a minute. A unit of work has one `now` from its begin to its end.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def system_now() -> datetime:
    """The machine's time, in UTC. Use a unit of work's `now` instead wherever there is one."""
    return datetime.now(UTC)


def moved_now(offset_seconds: float | None) -> datetime:
    """The machine's time moved by the offset."""
    return system_now() + timedelta(seconds=float(offset_seconds or 0))
