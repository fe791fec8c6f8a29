"""What is wished for the later sessions of a course: the plan against one that compares every free time there is."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.scheduling.board_rules import Board
from services.scheduling.course_rules import NoRoomInWindow, Window, plan_course
from services.scheduling.grid_rules import grid_of
from services.scheduling.hours_rules import Hours
from services.scheduling.preference_rules import AS_USUAL, Departure, Preferences, WeekTimes, mask_of
from services.scheduling.rules import Free, Span, Worker
from tests.services.scheduling.boards import (
    ANA,
    BEN,
    LONDON,
    MONDAY,
    NEW_YORK,
    OTHER_ROOM,
    ROOM,
    SYDNEY,
    UTC_ZONE,
    WEEK,
    board_of,
    utc,
)

CAM = UUID(int=88)
WINDOW = Window(6, 8, 11)
A_DAY = timedelta(days=1)


def wishing(
    *weekdays: int, from_: time = time.min, until: time = time(23, 59), same: bool = True
) -> Preferences:
    return Preferences(WeekTimes(mask_of(weekdays), from_, until), same)


def departures_of(board: Board, plan: tuple[Free, ...], wishes: Preferences) -> list[tuple[Departure, ...]]:
    zone = board.place.zone
    return [
        wishes.departures(one.starts_at.astimezone(zone), one.practitioner_id, plan[0].practitioner_id)
        for one in plan[1:]
    ]


def compared(
    board: Board, first: Free, sessions: int, window: Window, wishes: Preferences
) -> list[datetime] | None:
    """The starts of a course's plan, found by ranking every free time of each window."""
    zone = board.place.zone
    at = first.starts_at.astimezone(zone)
    wanted = min(max(at.time(), wishes.times.from_time), wishes.times.until_time)

    def minutes(clock: time) -> int:
        return clock.hour * 60 + clock.minute

    def rest(left: int, previous: date) -> list[datetime] | None:
        if not left:
            return []
        target = previous + window.target_days * A_DAY
        days = [previous + number * A_DAY for number in range(window.min_days, window.max_days + 1)]

        def rank(free: Free) -> tuple[int, int, bool, int, datetime]:
            local = free.starts_at.astimezone(zone)
            stranger = wishes.same_practitioner and free.practitioner_id != first.practitioner_id
            wrong_day = not wishes.times.weekdays >> local.weekday() & 1
            wrong_time = not wishes.times.from_time <= local.time() <= wishes.times.until_time
            return (
                stranger + wrong_day + wrong_time,
                abs((local.date() - target).days),
                stranger,
                abs(minutes(local.time()) - minutes(wanted)),
                free.starts_at,
            )

        for free in sorted((free for day in days for free in board.free_on(day)), key=rank):
            found = rest(left - 1, board.day_of(free.starts_at))
            if found is not None:
                return [free.starts_at, *found]
        return None

    found = rest(sessions - 1, board.day_of(first.starts_at))
    return None if found is None else [first.starts_at, *found]


def crowded(draw: Random, zone: ZoneInfo) -> Board:
    """Three people with hours of their own, two rooms, and most of five weeks taken."""
    people = tuple(
        Worker(who, tuple(Hours(day, time(draw.randint(8, 13)), time(draw.randint(14, 20))) for day in days))
        for who, days in ((who, draw.sample(range(7), draw.randint(2, 5))) for who in (ANA, BEN, CAM))
    )
    busy: dict[UUID, list[Span]] = {}
    for thing in (ANA, BEN, CAM, ROOM, OTHER_ROOM):
        begins = [utc(2026, 3, 2) + timedelta(hours=draw.randint(0, 24 * 40)) for _ in range(45)]
        busy[thing] = [Span(at, at + timedelta(hours=draw.randint(1, 18))) for at in sorted(begins)]
    hours = tuple(Hours(day, time(8), time(20)) for day in range(7))
    return board_of(zone=zone, hours=hours, workers=people, rooms=(ROOM, OTHER_ROOM), busy=busy)


@pytest.mark.parametrize("zone", [UTC_ZONE, NEW_YORK, SYDNEY])
@pytest.mark.parametrize("seed", range(25))
def test_the_plan_is_the_one_that_comparing_every_free_time_finds(seed: int, zone: ZoneInfo) -> None:
    draw = Random(seed)  # noqa: S311  no secret
    board = crowded(draw, zone)
    firsts = [free for n in range(10) for free in board.free_on(MONDAY + n * A_DAY)]
    for first in draw.sample(firsts, min(4, len(firsts))):
        from_hour = draw.randint(7, 18)
        wishes = Preferences(
            WeekTimes(
                mask_of(draw.sample(range(7), draw.randint(0, 3))),
                time(from_hour, draw.choice((0, 7, 30))),
                time(draw.randint(from_hour + 1, 21), 10),
            ),
            same_practitioner=draw.random() < 0.5,
        )
        expected = compared(board, first, 4, WINDOW, wishes)
        if expected is None:
            with pytest.raises(NoRoomInWindow):
                plan_course(board, first, 4, WINDOW, wishes)
            continue
        plan = plan_course(board, first, 4, WINDOW, wishes)
        assert [one.starts_at for one in plan] == expected
        days = [board.day_of(one.starts_at) for one in plan]
        apart = [(after - before).days for before, after in pairwise(days)]
        assert all(WINDOW.min_days <= each <= WINDOW.max_days for each in apart)


def test_without_wishes_the_plan_is_as_it_always_was() -> None:
    board = board_of(zone=UTC_ZONE)
    first = board.free_at(utc(2026, 3, 2, 10))[0]
    assert plan_course(board, first, 4, WINDOW) == plan_course(board, first, 4, WINDOW, AS_USUAL)
    assert plan_course(board, first, 4, WINDOW, AS_USUAL)[1].starts_at == utc(2026, 3, 10, 10)


def test_a_wished_weekday_and_time_of_day_are_kept_near_to_the_target() -> None:
    board = board_of()
    first = board.free_at(utc(2026, 3, 2, 10))[0]
    wishes = wishing(3, 5, from_=time(14), until=time(16))
    plan = plan_course(board, first, 3, Window(21, 28, 42), wishes)
    local = [one.starts_at.astimezone(LONDON) for one in plan]
    assert [(one.weekday(), one.hour) for one in local] == [(0, 10), (5, 14), (5, 14)]
    assert departures_of(board, plan, wishes) == [(), ()]


def test_a_time_nearer_to_the_first_but_not_wished_gives_way_to_a_wished_one() -> None:
    taken = Span(utc(2026, 3, 10, 9), utc(2026, 3, 10, 12))
    board = board_of(
        zone=UTC_ZONE, busy={ROOM: [taken]}, hours=tuple(Hours(day, time(8), time(17)) for day in range(7))
    )
    first = board.free_at(utc(2026, 3, 2, 9))[0]
    wishes = wishing(from_=time(9), until=time(17))
    assert plan_course(board, first, 2, Window(8, 8, 8))[1].starts_at == utc(2026, 3, 10, 8)
    assert plan_course(board, first, 2, Window(8, 8, 8), wishes)[1].starts_at == utc(2026, 3, 10, 12)


def test_whom_departs_in_one_wish_is_taken_before_who_departs_in_two() -> None:
    """Ana alone works on Tuesdays, Ben alone on the wished Mondays."""
    ana, ben = Worker(ANA, (Hours(0, time(9), time(12)), Hours(1, time(9), time(17)))), Worker(BEN, WEEK)
    away = Span(utc(2026, 3, 9), utc(2026, 3, 10))
    board = board_of(
        zone=UTC_ZONE, workers=(ana, ben), busy={ANA: [away], BEN: [Span(utc(2026, 3, 10), utc(2026, 3, 16))]}
    )
    first = next(free for free in board.free_at(utc(2026, 3, 2, 9)) if free.practitioner_id == ANA)
    afternoons = wishing(0, from_=time(13), until=time(15))
    plan = plan_course(board, first, 2, Window(7, 7, 8), afternoons)
    assert departures_of(board, plan, afternoons) == [(Departure.PRACTITIONER,)]
    assert (plan[1].practitioner_id, plan[1].starts_at) == (BEN, utc(2026, 3, 9, 13))
    anyone = wishing(0, from_=time(13), until=time(15), same=False)
    assert departures_of(board, plan_course(board, first, 2, Window(7, 7, 8), anyone), anyone) == [()]


def test_on_one_day_the_practitioner_is_worth_more_than_the_time_of_day() -> None:
    ana, ben = Worker(ANA, tuple(Hours(day, time(9), time(12)) for day in range(7))), Worker(BEN, WEEK)
    board = board_of(zone=UTC_ZONE, workers=(ana, ben))
    first = next(free for free in board.free_at(utc(2026, 3, 2, 9)) if free.practitioner_id == ANA)
    wishes = wishing(from_=time(13), until=time(15))
    plan = plan_course(board, first, 2, WINDOW, wishes)
    assert departures_of(board, plan, wishes) == [(Departure.TIME_OF_DAY,)]
    assert plan[1].starts_at == utc(2026, 3, 10, 11)  # the last at which an hour's visit ends by twelve


def test_anyone_is_whoever_is_nearest_and_at_the_same_time_the_first_one() -> None:
    ben = Worker(BEN, WEEK)
    ana = Worker(ANA, (Hours(0, time(9), time(17)), Hours(2, time(9), time(17))))
    board = board_of(zone=UTC_ZONE, workers=(ben, ana))
    first = next(free for free in board.free_at(utc(2026, 3, 2, 10)) if free.practitioner_id == ANA)
    same, anyone = (
        plan_course(board, first, 2, Window(7, 8, 9), wishing(same=same)) for same in (True, False)
    )
    assert (same[1].practitioner_id, board.day_of(same[1].starts_at)) == (ANA, date(2026, 3, 9))
    assert (anyone[1].practitioner_id, board.day_of(anyone[1].starts_at)) == (BEN, date(2026, 3, 10))
    (_, again) = plan_course(board, first, 2, Window(7, 7, 7), wishing(same=False))
    assert again.practitioner_id == ANA


def test_a_window_in_which_no_wish_can_be_kept_gets_the_nearest_time_and_says_so() -> None:
    board = board_of(zone=UTC_ZONE)
    first = board.free_at(utc(2026, 3, 2, 10))[0]
    wishes = wishing(6, from_=time(20), until=time(21))
    plan = plan_course(board, first, 2, Window(7, 8, 9), wishes)
    assert plan[1].starts_at == utc(2026, 3, 10, 16)
    assert departures_of(board, plan, wishes) == [(Departure.WEEKDAY, Departure.TIME_OF_DAY)]


def test_a_day_is_looked_at_only_when_no_other_can_be_better(monkeypatch: pytest.MonkeyPatch) -> None:
    board, looked = board_of(zone=UTC_ZONE), list[date]()
    nearest_on = board.nearest_on

    def noting(day: date, *given: Any, **more: Any) -> Free | None:
        looked.append(day)
        return nearest_on(day, *given, **more)

    monkeypatch.setattr(board, "nearest_on", noting)
    first = board.free_at(utc(2026, 3, 2, 10))[0]
    for wishes in (AS_USUAL, wishing(2, from_=time(9), until=time(11))):
        looked.clear()
        plan = plan_course(board, first, 4, Window(21, 28, 42), wishes)
        assert looked == [board.day_of(one.starts_at) for one in plan[1:]]


@pytest.mark.parametrize(
    ("at", "departs"), [((9, 0), False), ((12, 0), False), ((8, 59), True), ((12, 1), True)]
)
def test_both_ends_of_a_time_of_day_are_wished(at: tuple[int, int], *, departs: bool) -> None:
    wishes = wishing(from_=time(9), until=time(12))
    expected = (Departure.TIME_OF_DAY,) if departs else ()
    assert wishes.departures(datetime(2026, 3, 2, *at, tzinfo=LONDON), ANA, ANA) == expected


def test_times_are_reversed_only_where_the_last_lies_before_the_first() -> None:
    assert [WeekTimes(127, time(9), time(hour)).is_reversed for hour in (8, 9, 10)] == [True, False, False]


@pytest.mark.parametrize("zone", [LONDON, NEW_YORK, SYDNEY])
@pytest.mark.parametrize("day", [MONDAY, date(2026, 3, 29), date(2026, 3, 8), date(2026, 11, 1)])
def test_the_starts_between_two_minutes_of_a_day_are_those_that_comparing_all_finds(
    zone: ZoneInfo, day: date
) -> None:
    grid = grid_of(day, zone)
    for first, last in ((0, 1439), (60, 180), (61, 179), (540, 540), (541, 544), (700, 600), (1439, 1439)):
        expected = [number for number, minute in enumerate(grid.minutes) if first <= minute <= last]
        assert grid.places(grid.during(first, last)) == expected


def test_times_of_the_whole_day_are_no_wish() -> None:
    assert WeekTimes(weekdays=1).at_any_time
    assert not WeekTimes(from_time=time(0, 1)).at_any_time
    assert not WeekTimes(until_time=time(23, 58)).at_any_time
