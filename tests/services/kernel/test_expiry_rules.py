"""Rules of what counts until a last day: its lapse and its reminders."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from services.kernel.expiry_rules import (
    has_expired,
    lapses_at,
    latest_today,
    reminder_due,
    reminders,
    state_on,
)

TODAY = date(2026, 11, 23)
YESTERDAY, TOMORROW = date(2026, 11, 22), date(2026, 11, 24)


def test_it_counts_through_its_last_day() -> None:
    assert not has_expired(TODAY, TODAY)
    assert has_expired(YESTERDAY, TODAY)
    assert not has_expired(None, TODAY)
    assert lapses_at(TODAY) == datetime(2026, 11, 24, tzinfo=UTC)
    assert lapses_at(date.max) == datetime(9999, 12, 31, tzinfo=UTC)


def test_the_last_day_is_over_when_it_is_in_every_zone_that_counts() -> None:
    west, east = "America/Los_Angeles", "Australia/Sydney"
    assert lapses_at(TODAY, [west]) == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert lapses_at(TODAY, [east]) == datetime(2026, 11, 23, 13, tzinfo=UTC)
    assert lapses_at(TODAY, [east, west]) == lapses_at(TODAY, [west])
    for zones in ([west], [east], [east, west], []):
        over = lapses_at(TODAY, zones)
        assert latest_today(zones, over) == TOMORROW
        assert latest_today(zones, over - timedelta(seconds=1)) == TODAY


def test_an_expiry_is_announced_sixty_thirty_and_seven_days_before() -> None:
    expires_on = date(2027, 3, 1)
    instants = {
        60: datetime(2026, 12, 31, 9, tzinfo=UTC),
        30: datetime(2027, 1, 30, 9, tzinfo=UTC),
        7: datetime(2027, 2, 22, 9, tzinfo=UTC),
    }
    assert dict(reminders(expires_on, datetime(2026, 11, 23, tzinfo=UTC))) == instants
    assert [days for days, _ in reminders(expires_on, instants[60])] == [30, 7]
    assert reminders(expires_on, instants[7]) == []


@pytest.mark.parametrize(
    ("left", "due"),
    [(61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (0, 7), (-1, None)],
)
def test_the_reminder_that_fits_is_the_nearest_one(left: int, due: int | None) -> None:
    assert reminder_due(TODAY + timedelta(days=left), TODAY) == due
    assert reminder_due(None, TODAY) is None


@pytest.mark.parametrize(
    ("state", "expires_on", "shown"),
    [
        ("verified", YESTERDAY, "lapsed"),
        ("verified", TODAY, "verified"),
        ("verified", None, "verified"),
        ("unverified", YESTERDAY, "unverified"),
        ("rejected", YESTERDAY, "rejected"),
        ("lapsed", TOMORROW, "lapsed"),
    ],
)
def test_what_is_verified_lapses_by_its_date(state: str, expires_on: date | None, shown: str) -> None:
    assert state_on(state, expires_on, TODAY) == shown
