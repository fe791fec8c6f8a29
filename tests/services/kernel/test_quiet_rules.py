"""The night of a place, also when the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.kernel.quiet_rules import QuietHours

NIGHT = QuietHours()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "zone", "morning"),
    [
        ("2026-11-27T20:59", "UTC", None),
        ("2026-11-27T21:00", "UTC", "2026-11-28T08:00"),
        ("2026-11-27T23:59", "UTC", "2026-11-28T08:00"),
        ("2026-11-28T00:00", "UTC", "2026-11-28T08:00"),
        ("2026-11-28T07:59", "UTC", "2026-11-28T08:00"),
        ("2026-11-28T08:00", "UTC", None),
        # Chicago, the night before and after the clocks go forward (8 March 2026) and back (1 November 2026).
        ("2026-03-08T03:00", "America/Chicago", "2026-03-08T13:00"),
        ("2026-03-07T03:30", "America/Chicago", "2026-03-07T14:00"),
        ("2026-11-01T06:30", "America/Chicago", "2026-11-01T14:00"),
        ("2026-11-01T13:59", "America/Chicago", "2026-11-01T14:00"),
        ("2026-11-01T02:30", "America/Chicago", "2026-11-01T14:00"),
        ("2026-10-31T12:59", "America/Chicago", "2026-10-31T13:00"),
    ],
)
def test_it_is_quiet_until_the_morning_of_the_place(now: str, zone: str, morning: str | None) -> None:
    assert NIGHT.until(at(now), zone) == (at(morning) if morning else None)


@pytest.mark.parametrize(
    ("now", "zone", "evening"),
    [
        ("2026-11-27T21:00", "UTC", "2026-11-27T20:00"),
        ("2026-11-28T07:59", "UTC", "2026-11-27T20:00"),
        ("2026-03-08T12:30", "America/Chicago", "2026-03-08T02:00"),
        ("2026-11-01T13:30", "America/Chicago", "2026-11-01T01:00"),
    ],
)
def test_the_last_hour_before_the_night(now: str, zone: str, evening: str) -> None:
    assert NIGHT.before(at(now), zone) == at(evening)
