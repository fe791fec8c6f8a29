"""The days of a course as its client reads them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from services.courses.care_rules import CareDay, Placed, care_days

FIRST = date(2027, 3, 1)


def day(ahead: int) -> date:
    return FIRST + timedelta(days=ahead)


def days_of(*sessions: Placed, **changes: Any) -> list[tuple[int, str, int, str]]:
    values: dict[str, Any] = {
        "check_ins": {},
        "check_in_days": (1, 7),
        "photo_days": (0, 28, 90),
        "review_days": (28,),
        "window": None,
        "is_last": False,
        "today": day(3),
    }
    found = care_days(list(sessions), **(values | changes))
    return [((one.on - FIRST).days, one.kind, one.number, one.state) for one in found]


def test_before_the_first_session_there_are_sessions_alone() -> None:
    sessions = (Placed(1, "confirmed", day(0)), Placed(2, "cancelled", day(28)))
    assert days_of(*sessions) == [(0, "session", 1, "confirmed")]


def test_check_ins_and_photos_follow_the_latest_session_until_the_next() -> None:
    sessions = (
        Placed(1, "completed", day(-30)),
        Placed(2, "completed", day(0)),
        Placed(3, "confirmed", day(28)),
    )
    assert days_of(*sessions, check_ins={1: "answered"}) == [
        (-30, "session", 1, "completed"),
        (0, "session", 2, "completed"),
        (1, "check_in", 1, "answered"),
        (7, "check_in", 7, "coming"),
        (28, "session", 3, "confirmed"),
    ]


def test_a_check_in_is_coming_until_its_day_is_over() -> None:
    states = [days_of(Placed(1, "completed", day(0)), today=day(ahead))[1][3] for ahead in (0, 1, 2)]
    assert states == ["coming", "coming", "past"]


def test_the_result_is_looked_at_after_the_last_session_alone() -> None:
    done = Placed(1, "completed", day(0))
    assert (28, "review", 28, "") in days_of(done, is_last=True)
    assert (28, "review", 28, "") not in days_of(done)
    assert [one for one in days_of(done, is_last=True) if one[1] == "photo"] == [
        (28, "photo", 28, ""),
        (90, "photo", 90, ""),
    ]


def test_a_session_that_is_not_booked_stands_with_its_window() -> None:
    found = care_days(
        [Placed(1, "completed", day(0)), Placed(2, "no_show", day(27))],
        check_ins={},
        check_in_days=(1,),
        photo_days=(26, 28),
        review_days=(),
        window=(2, day(28), day(42)),
        is_last=False,
        today=day(3),
    )
    assert found == [
        CareDay(day(0), "session", 1, "completed"),
        CareDay(day(1), "check_in", 1, "past"),
        CareDay(day(26), "photo", 26),
        CareDay(day(27), "session", 2, "no_show"),
        CareDay(day(28), "window", 2, until=day(42)),
    ]
