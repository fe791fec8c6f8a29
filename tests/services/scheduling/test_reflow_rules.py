"""Where the later sessions of a course go once an earlier one has another day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest

from services.scheduling import course_rules
from services.scheduling.board_rules import Board, Busy, spans_of
from services.scheduling.course_rules import Later, NoRoomInWindow, Window, reflow
from services.scheduling.preference_rules import Preferences, WeekTimes, mask_of
from services.scheduling.rules import Free, Place, Span, Worker, earliest_start
from tests.services.scheduling.boards import ANA, BEN, MONDAY, PEN, ROOM, UTC_ZONE, VISIT, WEEK, board_of, utc

CARL = UUID(int=77)
WINDOW = Window(20, 28, 35)
NOW = utc(2026, 3, 2, 12)


def on(days: int, hour: int = 10, who: UUID = ANA) -> Free:
    return Free(datetime.combine(MONDAY + timedelta(days=days), time(hour), UTC), who, ROOM, PEN)


def days_of(plan: tuple[Free, ...]) -> list[int]:
    return [(one.starts_at.date() - MONDAY).days for one in plan]


def open_on(*days: int) -> dict[UUID, list[Span]]:
    """The room is taken on every day but these."""
    start = datetime.combine(MONDAY, time(0), UTC)
    return {
        ROOM: [
            Span(start + timedelta(days=day), start + timedelta(days=day, hours=24))
            for day in range(200)
            if day not in days
        ]
    }


def two(busy: dict[UUID, list[Span]] | None = None) -> Board:
    return board_of(zone=UTC_ZONE, workers=(Worker(ANA, WEEK), Worker(BEN, WEEK)), busy=busy)


def test_what_still_lies_in_its_window_stays_at_its_time() -> None:
    later = (Later(2, on(30, 15)), Later(3, on(57, 9)))
    plan = reflow(board_of(zone=UTC_ZONE), 1, MONDAY + timedelta(days=2), later, WINDOW)
    assert plan == (on(30, 15), on(57, 9))


def test_a_session_stays_though_its_time_is_free_no_more_on_the_board() -> None:
    """Its own time is its own: the board does not count it, and need not offer it."""
    kept = replace(on(30), starts_at=utc(2026, 4, 1, 10, 7))
    assert reflow(board_of(zone=UTC_ZONE), 1, MONDAY, [Later(2, kept)], WINDOW) == (kept,)


@pytest.mark.parametrize(("days", "stays"), [(19, False), (20, True), (35, True), (36, False)])
def test_both_ends_of_the_window_are_inside_it(days: int, *, stays: bool) -> None:
    plan = reflow(board_of(zone=UTC_ZONE), 1, MONDAY, [Later(2, on(days))], WINDOW)
    assert days_of(plan) == [days if stays else 28]


def test_what_lies_outside_goes_to_the_target_at_its_own_time_of_day() -> None:
    plan = reflow(board_of(zone=UTC_ZONE), 1, MONDAY, [Later(2, on(60, 14)), Later(3, on(90, 9))], WINDOW)
    assert plan == (on(28, 14), on(56, 9))


def test_each_window_opens_from_the_session_before_it() -> None:
    later = (Later(3, on(80)), Later(4, on(81)))
    plan = reflow(board_of(zone=UTC_ZONE), 2, MONDAY + timedelta(days=30), later, WINDOW)
    assert days_of(plan) == [58, 81]


def test_over_a_session_that_is_left_out_the_window_is_as_many_times_as_wide() -> None:
    plan = reflow(board_of(zone=UTC_ZONE), 1, MONDAY, [Later(3, on(39)), Later(4, on(100))], WINDOW)
    assert days_of(plan) == [56, 84]
    assert days_of(reflow(board_of(zone=UTC_ZONE), 1, MONDAY, [Later(3, on(40))], WINDOW)) == [40]
    assert days_of(reflow(board_of(zone=UTC_ZONE), 1, MONDAY, [Later(3, on(70))], WINDOW)) == [70]
    assert days_of(reflow(board_of(zone=UTC_ZONE), 1, MONDAY, [Later(3, on(71))], WINDOW)) == [56]


def test_its_own_practitioner_is_worth_more_than_the_nearest_day() -> None:
    board = two(busy={ANA: open_on(33)[ROOM]})  # Ben has time on the target's day
    assert reflow(board, 1, MONDAY, [Later(2, on(60))], WINDOW) == (on(33),)
    assert reflow(two(), 1, MONDAY, [Later(2, on(60, who=BEN))], WINDOW) == (on(28, who=BEN),)


def test_the_one_who_gives_the_first_comes_before_its_own_and_its_own_before_all_others() -> None:
    board = board_of(zone=UTC_ZONE, workers=tuple(Worker(who, WEEK) for who in (CARL, ANA, BEN)))
    bens = Later(2, on(60, who=BEN))
    assert reflow(board, 1, MONDAY, [bens], WINDOW, with_whom=ANA) == (on(28),)
    gone = UUID(int=99)
    assert reflow(board, 1, MONDAY, [bens], WINDOW, with_whom=gone) == (on(28, who=BEN),)
    # Ben is not there at ten on the target's day, and Carl would be.
    busy = {BEN: [Span(utc(2026, 3, 30, 9), utc(2026, 3, 30, 12))]}
    board = board_of(zone=UTC_ZONE, workers=tuple(Worker(who, WEEK) for who in (CARL, BEN)), busy=busy)
    assert reflow(board, 1, MONDAY, [bens], WINDOW, with_whom=gone) == (on(28, 12, who=BEN),)


def test_where_anyone_was_wished_the_nearest_day_is_worth_more_than_its_own_practitioner() -> None:
    anyone = Preferences(same_practitioner=False)
    board = two(busy={ANA: open_on(33)[ROOM]})
    later = [Later(2, on(60))]
    assert reflow(board, 1, MONDAY, later, WINDOW, preferences=anyone) == (on(28, who=BEN),)
    assert reflow(two(), 1, MONDAY, later, WINDOW, preferences=anyone) == (on(28),)


def test_what_has_to_move_goes_where_it_departs_from_the_fewest_wishes() -> None:
    board = board_of(zone=UTC_ZONE)
    friday = Preferences(WeekTimes(mask_of([4]), time(13), time(14)))
    plan = reflow(board, 1, MONDAY, [Later(2, on(60)), Later(3, on(90, 16))], WINDOW, preferences=friday)
    assert plan == (on(25, 13), on(53, 14))
    # What lies in its window stays, wished or not.
    assert reflow(board, 1, MONDAY, [Later(2, on(30))], WINDOW, preferences=friday) == (on(30),)
    late = Preferences(WeekTimes(from_time=time(22)))
    (nearest,) = reflow(board, 1, MONDAY, [Later(2, on(60))], WINDOW, preferences=late)
    assert (nearest.starts_at.date() - MONDAY).days == 28
    assert nearest.starts_at.time() == max(
        one.starts_at.time() for one in board.free_on(nearest.starts_at.date())
    )


def test_of_the_days_the_nearest_to_the_target_is_taken() -> None:
    for days, taken in (((22, 32), 32), ((25, 32), 25), ((20, 35), 35)):
        board = board_of(zone=UTC_ZONE, busy=open_on(*days))
        assert days_of(reflow(board, 1, MONDAY, [Later(2, on(60))], WINDOW)) == [taken]


def test_of_the_times_of_a_day_the_nearest_to_its_own_is_taken() -> None:
    busy = open_on(28)
    noon = datetime.combine(MONDAY + timedelta(days=28), time(12), UTC)
    busy[ROOM].append(Span(noon - timedelta(hours=1), noon + timedelta(hours=1)))
    (moved,) = reflow(board_of(zone=UTC_ZONE, busy=busy), 1, MONDAY, [Later(2, on(60, 12))], WINDOW)
    assert moved == on(28, 13)


def test_an_earlier_session_gives_way_so_that_a_later_one_finds_room() -> None:
    board = board_of(zone=UTC_ZONE, busy=open_on(28, 33, 68))
    plan = reflow(board, 1, MONDAY, [Later(2, on(90)), Later(3, on(120))], WINDOW)
    assert days_of(plan) == [33, 68]


def test_the_furthest_session_without_room_is_named() -> None:
    later = (Later(2, on(90)), Later(3, on(120)), Later(4, on(150)))
    with pytest.raises(NoRoomInWindow, match=r"^session 3$"):
        reflow(board_of(zone=UTC_ZONE, busy=open_on(28, 30)), 1, MONDAY, later, WINDOW)
    with pytest.raises(NoRoomInWindow, match=r"^session 2$"):
        reflow(board_of(zone=UTC_ZONE, busy=open_on(19, 36)), 1, MONDAY, later, WINDOW)


def test_nothing_later_is_nothing_to_move() -> None:
    assert reflow(board_of(zone=UTC_ZONE), 1, MONDAY, (), WINDOW) == ()


def test_a_search_ends_after_so_many_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Free days for the second session alone, so that each of them is a try in vain."""
    board = board_of(zone=UTC_ZONE, busy=open_on(*range(20, 36), 70))
    later = (Later(2, on(90)), Later(3, on(120)))
    assert days_of(reflow(board, 1, MONDAY, later, WINDOW)) == [35, 70]
    monkeypatch.setattr(course_rules, "MOST_TRIED", 3)
    with pytest.raises(NoRoomInWindow, match=r"^session 3$"):
        reflow(board, 1, MONDAY, later, WINDOW)


def test_a_visit_begins_after_the_notice_and_after_what_comes_first() -> None:
    hour, day = timedelta(hours=1), timedelta(days=1)
    assert earliest_start(NOW, NOW, 2 * hour, timedelta()) == NOW + 2 * hour
    assert earliest_start(NOW, NOW, 2 * hour, day) == NOW + day
    assert earliest_start(NOW, NOW - 3 * day, 2 * hour, day) == NOW + 2 * hour


def test_what_a_visit_takes_is_told_resource_by_resource() -> None:
    board = Board(Place(UTC_ZONE, WEEK, (ROOM,), (PEN,)), (Worker(ANA, WEEK),), VISIT, Busy({}))
    free = board.free_at(utc(2026, 3, 2, 10))[0]
    taken = [(who, span.starts_at.time(), span.ends_at.time()) for who, span in spans_of(free, VISIT)]
    assert taken == [
        (ANA, time(10), time(10, 10)),
        (ANA, time(10, 35), time(11)),
        (ROOM, time(10), time(11)),
        (PEN, time(10, 35), time(10, 50)),
    ]
    assert board.day_of(free.starts_at) == date(2026, 3, 2)
