"""Working time of a day: the week's hours, changed by extra time, taken time and closures; and days of a jump."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from services.clinics.week_rules import week_of
from services.scheduling.hours_rules import Change, Hours, hours_on, in_common
from services.scheduling.rules import Worker
from tests.services.scheduling.boards import ANA, BEN, LONDON, MONDAY, NEW_YORK, SYDNEY, WEEK, board_of, utc

SUNDAY, TUESDAY = date(2026, 3, 1), date(2026, 3, 3)
NINE_TO_FIVE = (time(9), time(17))


def _change(kind: str, first: date = MONDAY, last: date = MONDAY, *hours: int) -> Change:
    return Change(kind, first, last, *(time(hour) for hour in hours))


def test_hours_that_touch_or_overlap_are_one_range_of_their_day() -> None:
    hours = [Hours(0, time(12), time(18)), Hours(0, time(9), time(12)), Hours(1, time(8), time(9))]
    assert hours_on(MONDAY, hours) == [(time(9), time(18))]
    assert hours_on(TUESDAY, hours) == [(time(8), time(9))]
    assert hours_on(SUNDAY, hours) == []
    assert hours_on(MONDAY, [Hours(0, time(9), time(17)), Hours(0, time(10), time(11))]) == [NINE_TO_FIVE]


def test_hours_in_common_are_where_both_are_there() -> None:
    assert in_common(
        [(time(9), time(18))], [(time(8), time(10)), (time(11), time(13)), (time(17), time(20))]
    ) == [
        (time(9), time(10)),
        (time(11), time(13)),
        (time(17), time(18)),
    ]
    assert in_common([(time(9), time(10))], [(time(10), time(11))]) == []


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (_change("closed"), []),
        (_change("extra", MONDAY, MONDAY, 17, 20), [(time(9), time(20))]),
        (_change("extra", MONDAY, MONDAY, 18, 20), [NINE_TO_FIVE, (time(18), time(20))]),
        (_change("taken", MONDAY, MONDAY, 12, 13), [(time(9), time(12)), (time(13), time(17))]),
        (_change("taken", MONDAY, MONDAY, 8, 10), [(time(10), time(17))]),
        (_change("taken", MONDAY, MONDAY, 16, 18), [(time(9), time(16))]),
        (_change("taken", MONDAY, MONDAY, 9, 17), []),
        (_change("taken", MONDAY, MONDAY, 17, 18), [NINE_TO_FIVE]),
        (_change("taken", MONDAY, MONDAY, 8, 9), [NINE_TO_FIVE]),
    ],
)
def test_a_change_counts_on_its_day(change: Change, left: list[tuple[time, time]]) -> None:
    assert hours_on(MONDAY, WEEK, [change]) == left
    assert hours_on(TUESDAY, WEEK, [change]) == [NINE_TO_FIVE]


def test_a_closure_counts_from_its_first_day_to_its_last() -> None:
    closed = [_change("closed", MONDAY, TUESDAY)]
    days = (SUNDAY, MONDAY, TUESDAY, date(2026, 3, 4))
    assert [bool(hours_on(day, WEEK, closed)) for day in days] == [True, False, False, True]


def test_extra_time_is_there_on_a_closed_day_and_taken_time_goes_last() -> None:
    changes = [
        _change("taken", MONDAY, MONDAY, 11, 12),
        _change("closed"),
        _change("extra", MONDAY, MONDAY, 10, 14),
    ]
    assert hours_on(MONDAY, WEEK, changes) == [(time(10), time(11)), (time(12), time(14))]


def _hours(**more: Worker | tuple[Change, ...]) -> list[tuple[int, int]]:
    """The first and last hour that can be begun on Monday by each worker."""
    workers = tuple(value for value in more.values() if isinstance(value, Worker))
    changes = tuple(c for value in more.values() if isinstance(value, tuple) for c in value)
    free = board_of(workers=workers, changes=changes).free_on(MONDAY)
    starts = {w.id: [one.starts_at.hour for one in free if one.practitioner_id == w.id] for w in workers}
    return [(min(found), max(found)) if found else (0, 0) for found in starts.values()]


def test_extra_time_of_the_place_is_everyones_but_of_those_who_are_away() -> None:
    evening = (_change("extra", MONDAY, MONDAY, 18, 20),)
    ana, away = Worker(ANA, WEEK), Worker(BEN, WEEK, (_change("closed"),))
    assert _hours(ana=ana, away=away, changes=evening) == [(9, 19), (0, 0)]
    assert _hours(ana=ana, away=Worker(BEN, WEEK, (_change("closed", TUESDAY, TUESDAY),)), c=evening) == [
        (9, 19),
        (9, 19),
    ]


@pytest.mark.parametrize(
    ("first", "last", "evening"),
    [
        (date.min, MONDAY - timedelta(days=1), False),
        (date.min, MONDAY, True),
        (MONDAY, date.max, True),
        (TUESDAY, date.max, False),
    ],
)
def test_extra_time_of_the_place_is_nobodys_who_has_ended_there_or_not_begun(
    first: date, last: date, *, evening: bool
) -> None:
    """What counts is when the hours hold: they are of another weekday, and yet they belong to the place by then."""
    extra = (_change("extra", MONDAY, MONDAY, 18, 20),)
    wednesdays = Worker(ANA, (Hours(2, time(9), time(12), valid_from=first, valid_until=last),))
    assert _hours(ana=wednesdays, changes=extra) == [(18, 19) if evening else (0, 0)]


def test_extra_time_of_a_person_counts_while_the_place_is_open() -> None:
    mornings = tuple(Hours(day, time(9), time(12)) for day in range(7))
    longer = Worker(ANA, mornings, (_change("extra", MONDAY, MONDAY, 15, 20),))
    assert _hours(ana=longer) == [(9, 16)]
    back = Worker(ANA, mornings, (_change("closed"), _change("extra", MONDAY, MONDAY, 15, 20)))
    assert _hours(ana=back) == [(15, 16)]


# The days on which the clock jumps: taken and extra time are local, on both sides of the jump.
@pytest.mark.parametrize(
    ("zone", "day", "first", "last"),
    [
        (NEW_YORK, date(2026, 3, 8), utc(2026, 3, 8, 14), utc(2026, 3, 8, 23)),
        (LONDON, date(2026, 10, 25), utc(2026, 10, 25, 10), utc(2026, 10, 25, 19)),
        (SYDNEY, date(2026, 10, 4), utc(2026, 10, 3, 23), utc(2026, 10, 4, 8)),
    ],
)
def test_changes_are_local_on_days_when_the_clock_jumps(
    zone: object, day: date, first: datetime, last: datetime
) -> None:
    changes = (_change("taken", day, day, 9, 10), _change("extra", day, day, 17, 20))
    found = [free.starts_at for free in board_of(zone=zone, changes=changes).free_on(day)]  # type: ignore[arg-type]
    assert (found[0], found[-1]) == (first, last)


def test_a_closure_over_the_night_of_the_jump_leaves_out_the_local_day_alone() -> None:
    night = (_change("taken", date(2026, 3, 8), date(2026, 3, 8), 0, 4),)
    all_day = tuple(Hours(day, time(0), time(23)) for day in range(7))
    board = board_of(zone=NEW_YORK, hours=all_day, changes=night)
    assert board.free_on(date(2026, 3, 8))[0].starts_at == utc(2026, 3, 8, 8)
    assert board.free_on(date(2026, 3, 9))[0].starts_at == utc(2026, 3, 9, 4)


def test_hours_hold_from_a_day_to_a_day_both_included() -> None:
    monday = date(2026, 3, 2)
    spring = Hours(0, time(9), time(12), valid_from=monday, valid_until=monday + timedelta(days=7))
    held = [hours_on(monday + timedelta(days=7 * week), [spring]) for week in (-1, 0, 1, 2)]
    assert held == [[], [(time(9), time(12))], [(time(9), time(12))], []]


def test_weeks_alternate_through_years_of_fifty_three_weeks() -> None:
    monday = date(2026, 12, 21)
    kinds = [week_of(monday + timedelta(days=7 * number)) for number in range(4)]
    assert kinds in (["a", "b", "a", "b"], ["b", "a", "b", "a"])
    assert (week_of(date(2024, 1, 1)), week_of(date(2024, 1, 7)), week_of(date(2024, 1, 8))) == (
        "a",
        "a",
        "b",
    )
    every_other = Hours(0, time(9), time(12), weeks="b")
    assert hours_on(date(2024, 1, 1), [every_other]) == []
    assert hours_on(date(2024, 1, 8), [every_other]) == [(time(9), time(12))]
