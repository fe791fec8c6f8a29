"""Courses in their windows: which times are taken, which give way, and where a session may move."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.scheduling.board_rules import Board
from services.scheduling.course_rules import NoRoomInWindow, Window, plan_course, window_of
from services.scheduling.grid_rules import grid_of
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
    SYDNEY,
    UTC_ZONE,
    VISIT,
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


def on_the_target(*starts: datetime, who: UUID = ANA) -> dict[UUID, list[Span]]:
    """Busy times that leave these starts of the usual day of a second session, and no other."""
    day = datetime.combine(MONDAY + timedelta(days=28), time(0), UTC)
    edges = [
        day,
        *(edge for start in starts for edge in (start, start + VISIT.length)),
        day + timedelta(days=1),
    ]
    spans = zip(edges[::2], edges[1::2], strict=True)
    return {who: [Span(begins, ends) for begins, ends in spans]}


def test_of_two_times_equally_near_to_the_hour_the_earlier_is_taken() -> None:
    early, late = utc(2026, 3, 30, 9), utc(2026, 3, 30, 12, 30)
    busy = on_the_target(early, late)
    for first, expected in (((10, 45), early), ((10, 30), early), ((11, 0), late)):
        board = board_of(zone=UTC_ZONE, busy=busy)
        plan = plan_course(board, board.free_at(utc(2026, 3, 2, *first))[0], 2, MONTHLY)
        assert plan[1].starts_at == expected


def test_of_two_others_at_one_time_the_first_is_taken() -> None:
    away = on_the_target()
    for one, another in ((BEN, PEN), (PEN, BEN)):
        workers = (Worker(ANA, WEEK), Worker(one, WEEK), Worker(another, WEEK))
        board = board_of(zone=UTC_ZONE, workers=workers, busy=away)
        assert plan_course(board, first_of(board), 2, Window(28, 28, 28))[1].practitioner_id == one


def test_another_is_taken_where_the_first_is_away_that_day_at_their_nearest_time() -> None:
    busy = on_the_target() | on_the_target(utc(2026, 3, 30, 14), who=BEN)
    board = board_of(zone=UTC_ZONE, workers=(Worker(ANA, WEEK), Worker(BEN, WEEK)), busy=busy)
    plan = plan_course(board, first_of(board), 2, Window(28, 28, 28))
    assert (plan[1].practitioner_id, plan[1].starts_at) == (BEN, utc(2026, 3, 30, 14))


@pytest.mark.parametrize("zone", [LONDON, NEW_YORK, SYDNEY])
@pytest.mark.parametrize(
    "day", [MONDAY, date(2026, 3, 29), date(2026, 3, 8), date(2026, 11, 1), date(2026, 4, 5)]
)
def test_the_nearest_start_of_a_set_is_the_one_that_comparing_all_finds(zone: ZoneInfo, day: date) -> None:
    grid, draw = grid_of(day, zone), Random(day.toordinal())  # noqa: S311  no secret
    local = [start.astimezone(zone) for start in grid.starts]
    assert list(grid.minutes) == [at.hour * 60 + at.minute for at in local]
    assert grid.nearest(0, 600) is None
    for _ in range(200):
        numbers = draw.sample(range(len(local)), draw.randint(1, 6))
        minute = draw.randint(0, 24 * 60)
        expected = min(sorted(numbers), key=lambda n: abs(local[n].hour * 60 + local[n].minute - minute))
        assert grid.nearest(sum(1 << number for number in numbers), minute) == expected


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
