"""Who may do what to a booking, from which status, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from services.scheduling.models import BookingStatus
from services.scheduling.status_rules import (
    TRANSITIONS,
    By,
    Step,
    answer_by,
    answer_move_by,
    asks_clinic,
    has_come,
    is_late,
    is_too_late,
    may_move_back,
    may_step,
    may_undo,
)
from services.treatments.models import BookingMode

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=9)
ALLOWED = {
    ("accept", "requested", "clinic"): "confirmed",
    ("decline", "requested", "clinic"): "declined",
    ("expire", "requested", "job"): "expired",
    ("expire", "held", "job"): "expired",
    ("cancel", "requested", "client"): "cancelled",
    ("cancel", "held", "client"): "cancelled",
    ("cancel", "confirmed", "client"): "cancelled",
    ("cancel", "requested", "clinic"): "cancelled",
    ("cancel", "held", "clinic"): "cancelled",
    ("cancel", "confirmed", "clinic"): "cancelled",
    ("reschedule", "requested", "client"): None,
    ("reschedule", "confirmed", "client"): None,
    ("reschedule", "requested", "clinic"): None,
    ("reschedule", "confirmed", "clinic"): None,
    ("arrive", "confirmed", "clinic"): "arrived",
    ("arrive", "no_show", "clinic"): "arrived",
    ("complete", "confirmed", "clinic"): "completed",
    ("complete", "arrived", "clinic"): "completed",
    ("no_show", "confirmed", "clinic"): "no_show",
    ("undo", "arrived", "clinic"): "confirmed",
    ("undo", "no_show", "clinic"): "confirmed",
}


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("status", [status.value for status in BookingStatus])
def test_only_the_named_steps_are_allowed(step: Step, status: str) -> None:
    for by in get_args(By):
        expected = (step.value, status, by) in ALLOWED
        assert may_step(step, status, by) is expected
        if expected:
            assert TRANSITIONS[step].target == ALLOWED[step.value, status, by]


def late(
    starts_in: timedelta,
    *,
    by: By = "client",
    status: str = "confirmed",
    created: datetime = LONG_AGO,
    hours: int = 24,
) -> bool:
    return is_too_late(
        by, status, NOW, starts_at=NOW + starts_in, created_at=created, cancellation_hours=hours
    )


def test_a_client_may_change_a_visit_until_the_window_closes() -> None:
    assert late(timedelta(hours=24)) is False
    assert late(timedelta(hours=24) - timedelta(seconds=1)) is True
    assert late(timedelta(minutes=1), hours=0) is False
    assert late(timedelta(0), hours=0) is True


def test_the_clinic_may_always_change_it() -> None:
    assert late(timedelta(minutes=1), by="clinic") is False
    assert late(-timedelta(hours=1), by="clinic") is False


def test_within_an_hour_of_booking_it_can_be_changed_whatever_the_window() -> None:
    assert late(timedelta(hours=3), created=NOW - timedelta(minutes=59, seconds=59)) is False
    assert late(timedelta(hours=3), created=NOW - timedelta(hours=1)) is True
    assert late(-timedelta(minutes=1), created=NOW) is True


def test_a_request_can_be_withdrawn_until_it_would_begin() -> None:
    assert late(timedelta(minutes=1), status="requested") is False
    assert late(timedelta(0), status="requested") is True


def test_a_request_is_answered_within_two_days_or_before_the_visit() -> None:
    assert answer_by(NOW, NOW + timedelta(days=9)) == NOW + timedelta(hours=48)
    assert answer_by(NOW, NOW + timedelta(hours=3)) == NOW + timedelta(hours=3)


@pytest.mark.parametrize(
    ("step", "status", "now", "expected"),
    [
        ("arrive", "confirmed", datetime(2026, 3, 3, 4, 59, tzinfo=UTC), False),
        ("arrive", "confirmed", datetime(2026, 3, 3, 5, tzinfo=UTC), True),
        ("arrive", "confirmed", datetime(2026, 3, 4, 5, tzinfo=UTC), True),
        ("arrive", "no_show", datetime(2026, 3, 4, 4, 59, tzinfo=UTC), True),
        ("arrive", "no_show", datetime(2026, 3, 4, 5, tzinfo=UTC), False),
        ("complete", "confirmed", datetime(2026, 3, 4, 0, 59, tzinfo=UTC), False),
        ("complete", "confirmed", datetime(2026, 3, 4, 1, tzinfo=UTC), True),
        ("no_show", "confirmed", datetime(2026, 3, 4, 0, 59, tzinfo=UTC), False),
        ("no_show", "confirmed", datetime(2026, 3, 4, 1, tzinfo=UTC), True),
        ("cancel", "confirmed", NOW, True),
    ],
)
def test_arriving_waits_for_the_places_own_day_and_an_outcome_for_the_start(
    step: str, status: str, now: datetime, *, expected: bool
) -> None:
    starts_at = datetime(2026, 3, 4, 1, tzinfo=UTC)  # 20:00 of the day before in New York
    zone = ZoneInfo("America/New_York")
    assert has_come(Step(step), status, now, starts_at=starts_at, zone=zone) is expected


@pytest.mark.parametrize(
    ("status", "minutes", "late"),
    [("confirmed", 14, False), ("confirmed", 15, True), ("arrived", 15, False), ("completed", 99, False)],
)
def test_who_is_expected_is_late_by_the_clinics_own_measure(status: str, minutes: int, *, late: bool) -> None:
    assert is_late(status, NOW + timedelta(minutes=minutes), starts_at=NOW, late_minutes=15) is late


def test_a_slip_can_be_taken_back_for_ten_minutes() -> None:
    for seconds, open_ in ((0, True), (600, True), (601, False)):
        now = NOW + timedelta(seconds=seconds)
        for status in [str(one) for one in BookingStatus]:
            assert may_undo(status, now, changed_at=NOW) is (open_ and status in {"arrived", "no_show"})
            assert may_move_back(status, now, moved_at=NOW) is (
                open_ and status in {"requested", "confirmed"}
            )


def test_a_client_alone_asks_and_only_for_an_accepted_visit_of_what_is_booked_on_request() -> None:
    for status in [str(one) for one in BookingStatus]:
        for mode in [str(one) for one in BookingMode]:
            for by in get_args(By):
                expected = (by, status, mode) == ("client", "confirmed", "request")
                assert asks_clinic(by, status, mode) is expected


def test_a_move_is_answered_as_a_request_and_before_any_of_the_visits_begins() -> None:
    far = NOW + timedelta(days=9)
    assert answer_move_by(NOW, [far, far]) == NOW + timedelta(hours=48)
    for starts in ([far, NOW + timedelta(hours=3)], [NOW + timedelta(hours=3), far]):
        assert answer_move_by(NOW, starts) == NOW + timedelta(hours=3)
