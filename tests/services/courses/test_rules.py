"""A course's price over its sessions, and where a course stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.courses.rules import course_status, missing_session, placed_sessions, split_price


def test_the_first_sessions_pay_the_odd_units() -> None:
    assert split_price(70001, 4) == (17501, 17500, 17500, 17500)
    assert split_price(11, 3) == (4, 4, 3)
    assert split_price(0, 2) == (0, 0)
    assert split_price(5, 1) == (5,)


@given(st.integers(0, 2_000_000_000), st.integers(1, 12))
def test_the_parts_are_the_whole_and_hardly_differ(total: int, sessions: int) -> None:
    parts = split_price(total, sessions)
    assert (sum(parts), len(parts)) == (total, sessions)
    assert max(parts) - min(parts) <= 1


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (["confirmed", "confirmed"], "booked"),
        (["requested", "requested"], "booked"),
        (["held"], "booked"),
        (["arrived", "confirmed"], "in_progress"),
        (["completed", "confirmed"], "in_progress"),
        (["cancelled", "confirmed"], "booked"),
        (["completed", "completed"], "completed"),
        (["completed", "cancelled"], "completed"),
        (["completed", "no_show"], "completed"),
        (["cancelled", "cancelled"], "cancelled"),
        (["no_show", "cancelled"], "cancelled"),
        (["declined"], "cancelled"),
        (["expired"], "cancelled"),
        ([], "cancelled"),
    ],
)
def test_a_course_stands_where_its_sessions_stand(statuses: list[str], status: str) -> None:
    assert course_status(statuses) == status


def test_sessions_are_read_with_their_places() -> None:
    assert placed_sessions(["2:confirmed", "10:no_show"]) == [(2, "confirmed"), (10, "no_show")]
    assert placed_sessions([]) == []


@pytest.mark.parametrize(
    ("total", "standing", "missing"),
    [
        (4, [1, 2, 3, 4], None),
        (4, [1, 2, 4], 3),
        (4, [], 1),
        (4, [1, 2, 3], 4),
        (4, [1, 2, 3, 4, 5], None),
        (0, [], None),
    ],
)
def test_the_first_session_that_is_neither_done_nor_to_come_is_missing(
    total: int, standing: list[int], missing: int | None
) -> None:
    assert missing_session(total, standing) == missing
