"""Free times by subtraction, and local times at the changeovers of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.board_rules import Board, refused_starts
from services.scheduling.course_rules import nearest
from services.scheduling.grid_rules import Grid, edge_of, grid_of, instant_of
from services.scheduling.hours_rules import Hours
from services.scheduling.rules import Free, Span, Use, VisitShape, Worker, shape_of, without
from tests.services.scheduling.boards import (
    ALL,
    ALONE,
    ANA,
    BEN,
    BOTH,
    LONDON,
    MONDAY,
    NEW_YORK,
    OTHER_ROOM,
    PEN,
    ROOM,
    SYDNEY,
    VISIT,
    WEEK,
    board_of,
    minutes,
    taken,
    utc,
)


def test_a_visits_shape_follows_its_phases() -> None:
    assert (
        VisitShape(
            length=minutes(60),
            practitioner=(Use(minutes(0), minutes(10)), Use(minutes(35), minutes(60))),
            room=(Use(minutes(0), minutes(60)),),
            device=(Use(minutes(35), minutes(50)),),
        )
        == VISIT
    )


def test_a_shape_without_numbing_needs_the_practitioner_throughout() -> None:
    assert shape_of([(10, BOTH), (15, ALL)]).practitioner == (Use(minutes(0), minutes(25)),)


# The second Sunday of March and the first of November; the last of March and of October; the first of October and
# of April in the south: the IANA database's rules for 2026.
@pytest.mark.parametrize(
    ("zone", "day", "skipped", "before", "after"),
    [
        (NEW_YORK, date(2026, 3, 8), time(2, 30), utc(2026, 3, 8, 6, 45), utc(2026, 3, 8, 7, 0)),
        (LONDON, date(2026, 3, 29), time(1, 30), utc(2026, 3, 29, 0, 45), utc(2026, 3, 29, 1, 0)),
        (SYDNEY, date(2026, 10, 4), time(2, 30), utc(2026, 10, 3, 15, 45), utc(2026, 10, 3, 16, 0)),
    ],
)
def test_a_skipped_local_time_is_left_out(
    zone: ZoneInfo, day: date, skipped: time, before: datetime, after: datetime
) -> None:
    assert instant_of(day, skipped, zone) is None
    grid = grid_of(day, zone).starts
    assert len(grid) == 92
    at = grid.index(before)
    assert grid[at + 1] == after
    for edge in (edge_of(day, skipped, zone), edge_of(day, time(skipped.hour, 0), zone)):
        assert edge == after
        assert edge.tzinfo is UTC


@pytest.mark.parametrize(
    ("zone", "day", "twice", "first", "resumes"),
    [
        (NEW_YORK, date(2026, 11, 1), time(1, 45), utc(2026, 11, 1, 5, 45), utc(2026, 11, 1, 7, 0)),
        (LONDON, date(2026, 10, 25), time(1, 45), utc(2026, 10, 25, 0, 45), utc(2026, 10, 25, 2, 0)),
        (SYDNEY, date(2026, 4, 5), time(2, 45), utc(2026, 4, 4, 15, 45), utc(2026, 4, 4, 17, 0)),
    ],
)
def test_a_local_time_that_comes_twice_is_taken_once(
    zone: ZoneInfo, day: date, twice: time, first: datetime, resumes: datetime
) -> None:
    instant = instant_of(day, twice, zone)
    assert instant == first
    assert instant.tzinfo is UTC
    grid = grid_of(day, zone).starts
    assert len(grid) == 96
    assert grid[grid.index(first) + 1] == resumes
    assert list(grid) == sorted(set(grid))
    assert edge_of(day, twice, zone) == first


@pytest.mark.parametrize("zone", [NEW_YORK, LONDON, SYDNEY])
def test_nine_in_the_morning_is_nine_on_both_sides_of_a_changeover(zone: ZoneInfo) -> None:
    board = board_of(zone=zone)
    for day in (date(2026, 3, 7), date(2026, 3, 9), date(2026, 10, 31), date(2026, 11, 2), date(2026, 4, 6)):
        starts = [free.starts_at.astimezone(zone) for free in board.free_on(day)]
        assert (starts[0].time(), starts[-1].time()) == (time(9), time(16))
        assert len(starts) == 29


def test_a_night_that_is_an_hour_short_has_an_hour_less_of_times() -> None:
    night = (Hours(6, time(0), time(4)),)
    assert len(board_of(zone=NEW_YORK, hours=night).free_on(date(2026, 3, 8))) == 9
    assert len(board_of(zone=NEW_YORK, hours=night).free_on(date(2026, 3, 1))) == 13


def test_a_visit_may_span_the_hour_that_comes_twice() -> None:
    night = (Hours(6, time(0), time(3)),)
    starts = [free.starts_at for free in board_of(zone=NEW_YORK, hours=night).free_on(date(2026, 11, 1))]
    assert starts[0] == utc(2026, 11, 1, 4, 0)
    assert starts[-1] == utc(2026, 11, 1, 7, 0)
    assert len(starts) == 9


def minute_by_minute(day: date) -> Grid:
    numbers = range(24 * 60)
    return Grid(tuple(utc(day.year, day.month, day.day) + minutes(n) for n in numbers), tuple(numbers))


def times_in(grid: Grid, chosen: int) -> list[time]:
    return [grid.starts[place].time() for place in grid.places(chosen)]


def test_a_start_is_refused_while_any_use_would_overlap() -> None:
    busy = [Span(utc(2026, 3, 2, 10), utc(2026, 3, 2, 11))]
    grid = minute_by_minute(MONDAY)
    refused = times_in(grid, refused_starts(busy, VISIT.device).on(grid))
    assert (refused[0], refused[-1], len(refused)) == (time(9, 11), time(10, 24), 74)


def test_refusals_that_meet_leave_the_time_between_free() -> None:
    busy = [Span(utc(2026, 3, 2, 10), utc(2026, 3, 2, 11)), Span(utc(2026, 3, 2, 12), utc(2026, 3, 2, 13))]
    hour = [Use(minutes(0), minutes(60))]
    grid = minute_by_minute(MONDAY)
    refused = times_in(grid, refused_starts(busy, hour).on(grid))
    assert time(11) not in refused
    assert {time(10, 59), time(11, 1)} <= set(refused)
    nested = refused_starts([*busy, Span(utc(2026, 3, 2, 9), utc(2026, 3, 2, 14))], hour)
    assert (nested.after, nested.before) == ((utc(2026, 3, 2, 8),), (utc(2026, 3, 2, 14),))


def test_sets_of_starts_hold_what_lies_between() -> None:
    hours = range(9, 13)
    grid = Grid(tuple(utc(2026, 3, 2, hour) for hour in hours), tuple(hour * 60 for hour in hours))
    assert times_in(grid, grid.between(utc(2026, 3, 2, 9), utc(2026, 3, 2, 11))) == [time(10)]
    assert times_in(grid, grid.within(utc(2026, 3, 2, 9), utc(2026, 3, 2, 11))) == [
        time(9),
        time(10),
        time(11),
    ]
    assert times_in(grid, grid.within(utc(2026, 3, 2, 11), utc(2026, 3, 2, 9))) == []
    assert times_in(grid, grid.between(utc(2026, 3, 2, 11), utc(2026, 3, 2, 11))) == []
    assert times_in(grid, grid.only(utc(2026, 3, 2, 12))) == [time(12)]
    assert grid.only(utc(2026, 3, 2, 12, 1)) == 0
    assert refused_starts([], VISIT.room).on(Grid((), ())) == 0


def test_a_visit_ends_before_closing() -> None:
    hours = (Hours(0, time(9, 10), time(10, 30)),)
    hour, longer = (shape_of([(length, ALL)]) for length in (60, 90))
    assert starts_of(board_of(hours=hours, shape=hour)) == [time(9, 15), time(9, 30)]
    assert starts_of(board_of(hours=hours, shape=longer)) == []


def starts_of(board: Board) -> list[time]:
    return [free.starts_at.time() for free in board.free_on(MONDAY)]


def test_a_practitioner_is_free_while_another_client_is_numbing() -> None:
    busy = {ANA: [*taken(10, 0, 10), *taken(10, 35, 25)], ROOM: taken(10, 0, 60)}
    assert time(10, 15) not in starts_of(board_of(busy=busy))
    found = board_of(busy=busy, rooms=(ROOM, OTHER_ROOM)).free_on(MONDAY)
    at = {free.starts_at.time(): free.room_id for free in found}
    assert time(10, 15) not in at  # the finish of one and the needling of the other overlap
    short = shape_of([(10, BOTH), (45, ALONE), (10, ALL)])
    found = board_of(busy=busy, rooms=(ROOM, OTHER_ROOM), shape=short).free_on(MONDAY)
    at = {free.starts_at.time(): free.room_id for free in found}
    assert at[time(10, 15)] == OTHER_ROOM
    assert at[time(11, 0)] == ROOM


def test_the_first_free_room_in_order_is_chosen() -> None:
    board = board_of(rooms=(ROOM, OTHER_ROOM), busy={ROOM: taken(9, 0, 60)})
    assert board.free_on(MONDAY)[0].room_id == OTHER_ROOM
    assert board.free_at(utc(2026, 3, 2, 10))[0].room_id == ROOM


def test_without_a_room_or_the_device_there_is_no_time() -> None:
    assert board_of(rooms=()).free_on(MONDAY) == []
    assert starts_of(board_of(busy={PEN: taken(9, 0, 450)})) == [time(16, 0)]


def test_times_come_in_order_then_by_practitioner_and_none_before_the_earliest() -> None:
    workers = (Worker(BEN, WEEK), Worker(ANA, (Hours(0, time(10), time(11)),)))
    board = board_of(workers=workers)
    found = board.free_on(MONDAY, utc(2026, 3, 2, 10))
    assert [free.practitioner_id for free in found[:3]] == [BEN, ANA, BEN]
    assert found[0].starts_at == utc(2026, 3, 2, 10)
    assert board.free_at(utc(2026, 3, 2, 10)) == found[:2]
    assert board.free_at(utc(2026, 3, 2, 10, 5)) == []
    assert board.day_of(utc(2026, 3, 2, 23, 59)) == MONDAY
    assert board_of(zone=NEW_YORK).day_of(utc(2026, 3, 3, 4, 59)) == MONDAY
    assert board_of(zone=SYDNEY).day_of(utc(2026, 3, 1, 13, 0)) == MONDAY


@st.composite
def busy_times(draw: st.DrawFn) -> list[Span]:
    begin = utc(2026, 3, 2, 7)
    spans = draw(st.lists(st.tuples(st.integers(0, 660), st.integers(1, 120)), max_size=6))
    return [Span(begin + minutes(at), begin + minutes(at + length)) for at, length in spans]


@st.composite
def shapes(draw: st.DrawFn) -> VisitShape:
    kinds = st.sampled_from([BOTH, ALL, ALONE])
    return shape_of(draw(st.lists(st.tuples(st.integers(5, 45), kinds), min_size=1, max_size=4)))


@given(shapes(), busy_times(), busy_times(), busy_times(), busy_times())
def test_subtraction_agrees_with_trying_every_minute(
    shape: VisitShape, ana: list[Span], room: list[Span], other: list[Span], pen: list[Span]
) -> None:
    busy = {ANA: ana, ROOM: room, OTHER_ROOM: other, PEN: pen}
    board = board_of(busy=busy, rooms=(ROOM, OTHER_ROOM), shape=shape)

    def clear(resource: UUID, uses: tuple[Use, ...], start: datetime) -> bool:
        wanted = {
            start + minutes(m)
            for use in uses
            for m in range(int(use.begins / minutes(1)), int(use.ends / minutes(1)))
        }
        return not any(span.starts_at <= at < span.ends_at for span in busy[resource] for at in wanted)

    expected = []
    for quarter in range(9 * 4, 17 * 4):
        start = utc(2026, 3, 2) + minutes(15) * quarter
        rooms = [one for one in (ROOM, OTHER_ROOM) if clear(one, shape.room, start)]
        if start + shape.length > utc(2026, 3, 2, 17) or not rooms:
            continue
        if clear(ANA, shape.practitioner, start) and clear(PEN, shape.device, start):
            expected.append(Free(start, ANA, rooms[0], PEN))
    assert board.free_on(MONDAY) == expected
    for earliest in (utc(2026, 3, 2), utc(2026, 3, 2, 13, 5)):
        left = [free.starts_at for free in expected if free.starts_at >= earliest]
        assert board.first_on(MONDAY, earliest) == next(iter(left), None)
        assert board.count_on(MONDAY, earliest) == len(left)


def test_the_nearest_times_are_one_an_instant_in_order_of_time() -> None:
    def free(hour: int, who: UUID = ANA) -> Free:
        return Free(utc(2026, 3, 2, hour), who, ROOM, PEN)

    found = [free(hour, who) for hour in range(9, 17) for who in (BEN, ANA)]
    wanted = utc(2026, 3, 2, 12)
    assert nearest(found, wanted, ANA, 3) == [free(11), free(12), free(13)]
    assert nearest(found, wanted, None, 2) == [free(11, BEN), free(12, BEN)]
    assert nearest([], wanted, None, 5) == []
    assert len(nearest(found, wanted, None, 50)) == 8


def test_the_last_day_is_a_whole_one_and_the_next_is_none() -> None:
    board = board_of(workers=(Worker(ANA, WEEK, until=MONDAY + timedelta(days=1)),))
    free = [
        board.count_on(MONDAY + number * timedelta(days=1), datetime.min.replace(tzinfo=UTC))
        for number in range(4)
    ]
    assert free[0] == free[1] > 0
    assert free[2:] == [0, 0]


@given(
    st.tuples(st.integers(0, 40), st.integers(1, 20)),
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20)), max_size=4),
)
def test_what_is_left_of_a_span_is_every_minute_of_it_that_no_other_has(
    whole: tuple[int, int], others: list[tuple[int, int]]
) -> None:
    start = datetime(2026, 3, 4, 10, tzinfo=UTC)

    def span(begins: int, length: int) -> Span:
        return Span(start + timedelta(minutes=begins), start + timedelta(minutes=begins + length))

    def minutes(one: Span) -> set[datetime]:
        count = int((one.ends_at - one.starts_at) / timedelta(minutes=1))
        return {one.starts_at + timedelta(minutes=number) for number in range(count)}

    left = without(span(*whole), [span(*one) for one in others])
    expected = minutes(span(*whole)) - {at for one in others for at in minutes(span(*one))}
    assert [at for one in left for at in sorted(minutes(one))] == sorted(expected)
    assert all(one.starts_at < one.ends_at for one in left)
    assert without(span(*whole), []) == [span(*whole)]
