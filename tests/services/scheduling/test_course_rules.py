"""Courses in their windows: which times are taken, which give way, and where a session may move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest

from services.scheduling.board_rules import Board
from services.scheduling.course_rules import NoRoomInWindow, Window, plan_course, window_of
from services.scheduling.hours_rules import Hours
from services.scheduling.rules import Free, Span, Worker
from tests.services.scheduling.boards import (
    ANA,
    BEN,
    LONDON,
    MONDAY,
    NEW_YORK,
    PEN,
    ROOM,
    UTC_ZONE,
    WEEK,
    board_of,
    utc,
)

MONTHLY = Window(28, 28, 42)


def first_of(board: Board, hour: int = 10) -> Free:
    return board.free_at(utc(2026, 3, 2, hour))[0]


def test_a_course_lies_at_its_target_days_at_the_same_local_hour() -> None:
    board = board_of()
    plan = plan_course(board, first_of(board), 4, MONTHLY)
    local = [free.starts_at.astimezone(LONDON) for free in plan]
    assert [(one.date() - MONDAY).days for one in local] == [0, 28, 56, 84]
    assert {one.time() for one in local} == {time(10)}
    assert [one.starts_at.hour for one in plan] == [10, 9, 9, 9]  # British summer time begins on 29 March


def test_a_course_of_one_is_its_first_session() -> None:
    board = board_of()
    assert plan_course(board, first_of(board), 1, MONTHLY) == (first_of(board),)


def test_a_session_keeps_the_hour_of_its_place_wherever_that_is() -> None:
    board = board_of(zone=NEW_YORK)
    plan = plan_course(board, first_of(board, 15), 2, MONTHLY)
    assert [one.starts_at.hour for one in plan] == [15, 14]  # ten in New York, before and after 8 March


def on_the_target(*found: Free) -> Callable[[date], list[Free]]:
    """Free times of the usual day of a second session, and none else."""
    return lambda day: list(found) if day == MONDAY + timedelta(days=28) else []


def test_of_two_times_equally_near_to_the_hour_the_earlier_is_taken() -> None:
    board = board_of(zone=UTC_ZONE)
    early, late = (Free(utc(2026, 3, 30, *at), ANA, ROOM, PEN) for at in ((7, 45), (12, 15)))
    plan = plan_course(board, first_of(board), 2, MONTHLY, on_the_target(late, early))
    assert plan[1] == early


def test_of_two_others_at_one_time_the_first_is_taken() -> None:
    board = board_of(zone=UTC_ZONE)
    at = utc(2026, 3, 30, 10)
    ben, other = Free(at, BEN, ROOM, PEN), Free(at, PEN, ROOM, PEN)
    for one, another in ((ben, other), (other, ben)):
        assert plan_course(board, first_of(board), 2, MONTHLY, on_the_target(one, another))[1] == one


@pytest.mark.parametrize(("only", "fits"), [(27, False), (28, True), (42, True), (43, False)])
def test_both_ends_of_a_window_are_inside_it(only: int, *, fits: bool) -> None:
    day = MONDAY + timedelta(days=only)
    board = board_of(busy=closed_between(date(2026, 3, 3), date(2026, 6, 30), (day,)))
    if fits:
        assert board.day_of(plan_course(board, first_of(board), 2, MONTHLY)[1].starts_at) == day
        return
    with pytest.raises(NoRoomInWindow, match=r"^session 2$"):
        plan_course(board, first_of(board), 2, MONTHLY)


def closed_between(first: date, last: date, but: tuple[date, ...] = ()) -> dict[UUID, list[Span]]:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return {
        ROOM: [
            Span(datetime.combine(day, time(0), UTC), datetime.combine(day, time(23, 59), UTC))
            for day in days
            if day not in but
        ]
    }


def test_a_session_moves_to_the_day_nearest_to_the_target() -> None:
    board = board_of(
        busy=closed_between(date(2026, 3, 23), date(2026, 4, 20), (date(2026, 3, 27), date(2026, 4, 1)))
    )
    plan = plan_course(board, first_of(board), 2, Window(21, 28, 42))
    assert board.day_of(plan[1].starts_at) == date(2026, 4, 1)
    plan = plan_course(board, first_of(board), 2, Window(21, 26, 42))
    assert board.day_of(plan[1].starts_at) == date(2026, 3, 27)


def test_the_same_practitioner_is_worth_more_than_the_nearest_day() -> None:
    ana = Worker(ANA, (Hours(0, time(9), time(17)), Hours(1, time(9), time(17))))
    board = board_of(workers=(ana, Worker(BEN, WEEK)))
    first = next(free for free in board.free_at(utc(2026, 3, 2, 10)) if free.practitioner_id == ANA)
    plan = plan_course(board, first, 2, Window(24, 26, 30))
    assert plan[1].practitioner_id == ANA
    assert board.day_of(plan[1].starts_at) == date(2026, 3, 30)


def test_the_local_hour_gives_way_last() -> None:
    target = MONDAY + timedelta(days=28)
    busy = {ANA: [Span(datetime.combine(target, time(8), UTC), datetime.combine(target, time(11, 20), UTC))]}
    board = board_of(busy=busy)
    plan = plan_course(board, first_of(board), 2, MONTHLY)
    assert plan[1].starts_at.astimezone(LONDON) == datetime(2026, 3, 30, 12, 30, tzinfo=LONDON)


def test_a_later_session_without_room_moves_the_ones_before() -> None:
    open_days = (date(2026, 3, 30), date(2026, 4, 6), date(2026, 5, 18))
    board = board_of(busy=closed_between(date(2026, 3, 3), date(2026, 6, 30), open_days))
    plan = plan_course(board, first_of(board), 3, MONTHLY)
    assert [board.day_of(free.starts_at) for free in plan] == [MONDAY, date(2026, 4, 6), date(2026, 5, 18)]


def test_a_course_that_does_not_fit_names_the_furthest_session() -> None:
    board = board_of(busy=closed_between(date(2026, 3, 3), date(2026, 6, 30)))
    with pytest.raises(NoRoomInWindow) as second:
        plan_course(board, first_of(board), 4, MONTHLY)
    assert second.value.position == 2
    board = board_of(busy=closed_between(date(2026, 3, 3), date(2026, 6, 30), (date(2026, 3, 30),)))
    with pytest.raises(NoRoomInWindow) as third:
        plan_course(board, first_of(board), 4, MONTHLY)
    assert third.value.position == 3


def test_two_ways_to_one_dead_end_are_no_way() -> None:
    ways = (date(2026, 3, 30), date(2026, 4, 1), date(2026, 5, 1))
    board = board_of(busy=closed_between(date(2026, 3, 3), date(2026, 8, 30), ways))
    with pytest.raises(NoRoomInWindow) as fourth:
        plan_course(board, first_of(board), 4, MONTHLY)
    assert fourth.value.position == 4


def test_a_window_lies_between_the_neighbours() -> None:
    window = Window(21, 28, 42)
    others = {1: date(2026, 3, 2), 3: date(2026, 4, 27)}
    assert window_of(2, others, window) == (date(2026, 3, 23), date(2026, 4, 6))
    assert window_of(1, {2: date(2026, 3, 30)}, window) == (date(2026, 2, 16), date(2026, 3, 9))
    assert window_of(3, {1: date(2026, 3, 2)}, window) == (date(2026, 4, 13), date(2026, 5, 25))
    assert window_of(1, {3: date(2026, 5, 25)}, window) == (date(2026, 3, 2), date(2026, 4, 13))
    assert window_of(1, {}, window) == (None, None)
    assert window_of(2, {**others, 2: date(2026, 12, 1)}, window) == window_of(2, others, window)
