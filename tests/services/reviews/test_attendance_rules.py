"""Until when a client may say that a visit took place, and the clinic that it did not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.reviews.attendance_rules import may_assert, may_contest

END = datetime(2026, 3, 1, 15, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("confirmed", True),
        ("arrived", True),
        ("no_show", True),
        ("completed", False),
        ("cancelled", False),
        ("requested", False),
    ],
)
def test_a_visit_that_the_clinic_did_not_mark_can_be_asserted(status: str, *, expected: bool) -> None:
    assert may_assert(status, END, END + DAY) is expected


def test_the_clinic_has_a_day_first_and_the_client_sixty() -> None:
    second = timedelta(seconds=1)
    assert not may_assert("confirmed", END, END + DAY - second)
    assert may_assert("confirmed", END, END + 60 * DAY)
    assert not may_assert("confirmed", END, END + 60 * DAY + second)


def test_it_is_contested_once_within_a_week() -> None:
    assert may_contest(END, None, END + 7 * DAY)
    assert not may_contest(END, None, END + 7 * DAY + timedelta(seconds=1))
    assert not may_contest(END, END + DAY, END + 2 * DAY)
