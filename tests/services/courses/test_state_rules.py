"""Where a course stands, and when its next session is due."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.courses.state_rules import CourseState, Due, course_state, due_state

TODAY = date(2027, 3, 10)


@pytest.mark.parametrize(
    ("sessions", "state"),
    [
        ("confirmed confirmed", CourseState.ACTIVE),
        ("requested requested", CourseState.PROPOSED),
        ("held", CourseState.PROPOSED),
        ("requested confirmed", CourseState.ACTIVE),
        ("arrived confirmed", CourseState.ACTIVE),
        ("completed confirmed", CourseState.ACTIVE),
        ("completed cancelled", CourseState.ACTIVE),
        ("completed no_show", CourseState.ACTIVE),
        ("completed requested", CourseState.ACTIVE),
        ("cancelled confirmed", CourseState.ACTIVE),
        ("completed completed", CourseState.COMPLETED),
        ("cancelled cancelled", CourseState.STOPPED),
        ("declined expired", CourseState.STOPPED),
        ("no_show cancelled", CourseState.STOPPED),
        ("", CourseState.STOPPED),
    ],
)
def test_a_course_of_two_stands_where_its_sessions_do(sessions: str, state: CourseState) -> None:
    placed = list(enumerate(sessions.split(), start=1))
    assert course_state(2, placed, stopped=False, paused_until=None, today=TODAY) is state
    assert course_state(2, placed, stopped=True, paused_until=None, today=TODAY) is CourseState.STOPPED


def test_a_session_done_twice_at_its_position_counts_once() -> None:
    placed = [(1, "completed"), (1, "completed")]
    assert course_state(2, placed, stopped=False, paused_until=None, today=TODAY) is CourseState.ACTIVE


@pytest.mark.parametrize(
    ("until", "state"),
    [(TODAY + timedelta(days=1), CourseState.PAUSED), (TODAY, CourseState.ACTIVE)],
)
def test_a_pause_ends_by_itself_on_its_day(until: date, state: CourseState) -> None:
    placed = [(1, "completed"), (2, "confirmed")]
    assert course_state(2, placed, stopped=False, paused_until=until, today=TODAY) is state


def test_what_is_over_is_not_paused() -> None:
    placed = [(1, "completed")]
    until = TODAY + timedelta(days=9)
    assert course_state(1, placed, stopped=False, paused_until=until, today=TODAY) is CourseState.COMPLETED


@pytest.mark.parametrize(
    ("from_in", "to_in", "missed", "due"),
    [
        (1, 9, False, Due.LATER),
        (1, 9, True, Due.LATER),
        (0, 9, False, Due.DUE),
        (-3, 0, False, Due.DUE),
        (-3, -1, False, Due.OVERDUE),
        (-30, -14, False, Due.OVERDUE),
        (-30, -15, False, Due.AT_RISK),
        (0, 9, True, Due.AT_RISK),
        (None, None, False, Due.DUE),
        (None, -1, False, Due.OVERDUE),
        (-1, None, False, Due.DUE),
    ],
)
def test_a_session_is_due_in_its_window_overdue_after_it_and_then_at_risk(
    *,
    from_in: int | None,
    to_in: int | None,
    missed: bool,
    due: Due,
) -> None:
    def day(ahead: int | None) -> date | None:
        return None if ahead is None else TODAY + timedelta(days=ahead)

    assert due_state(day(from_in), day(to_in), TODAY, missed=missed) is due
