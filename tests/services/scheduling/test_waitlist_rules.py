"""The waitlist's rules over plain values: what suits a wish, and until when an offer stands."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.scheduling.preference_rules import EVERY_DAY, WeekTimes, days_of, mask_of
from services.scheduling.waitlist_rules import Window, night_end, offer_until

MADRID = ZoneInfo("Europe/Madrid")
TWO_HOURS = timedelta(hours=2)
FRIDAY = date(2026, 3, 6)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=MADRID).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "clock", "suits"),
    [
        (6, time(9), True),
        (6, time(12), True),
        (6, time(8, 59), False),
        (6, time(12, 1), False),
        (5, time(10), False),
        (9, time(10), True),
        (8, time(10), False),
        (13, time(10), True),
        (16, time(10), False),
    ],
)
def test_a_time_suits_by_day_weekday_and_time_of_day(day: int, clock: time, *, suits: bool) -> None:
    window = Window(FRIDAY, date(2026, 3, 13), WeekTimes(mask_of([0, 4]), time(9), time(12)))
    assert window.suits(datetime.combine(date(2026, 3, day), clock, MADRID)) is suits


@pytest.mark.parametrize(
    ("last", "weekdays", "day"),
    [(6, [], 6), (6, [4], 6), (6, [3], None), (12, [4], 6), (13, [4], 13), (30, [5, 0], 30), (7, [0], None)],
)
def test_the_last_day_of_a_wish_is_on_one_of_its_weekdays(
    last: int, weekdays: list[int], day: int | None
) -> None:
    window = Window(FRIDAY, date(2026, 3, last), WeekTimes(mask_of(weekdays)))
    assert window.last_day == (date(2026, 3, day) if day else None)


def test_weekdays_are_bits_and_none_stands_for_all() -> None:
    assert mask_of([]) == EVERY_DAY
    assert mask_of([0, 6, 6]) == 65
    assert days_of(65) == [0, 6]
    assert days_of(EVERY_DAY) == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        (local(6, 21, 59), None),
        (local(6, 22), local(7, 7)),
        (local(7, 0), local(7, 7)),
        (local(7, 6, 59), local(7, 7)),
        (local(7, 7), None),
    ],
)
def test_the_night_ends_at_seven(now: datetime, ends: datetime | None) -> None:
    assert night_end(now, MADRID) == ends


@pytest.mark.parametrize(
    ("now", "starts_at", "until"),
    [
        (local(6, 10), local(20, 10), local(6, 12)),
        # The visit is near: an hour before it the offer is over.
        (local(6, 10), local(6, 12), local(6, 11)),
        (local(6, 10), local(6, 11, 15), local(6, 10, 15)),
        (local(6, 10), local(6, 11, 14), None),
        # The night does not count.
        (local(6, 20), local(20, 10), local(6, 22)),
        (local(6, 21, 30), local(20, 10), local(7, 8, 30)),
        (local(6, 21, 30), local(7, 8), local(7, 7)),
        # In the night nothing is offered but what could not wait for the morning.
        (local(6, 23), local(7, 10), None),
        (local(6, 23), local(7, 9, 59), local(7, 8, 59)),
        (local(7, 3), local(7, 9), local(7, 8)),
        (local(7, 5), local(7, 6, 15), local(7, 5, 15)),
        (local(7, 5), local(7, 6, 14), None),
    ],
)
def test_an_offer_stands_until(now: datetime, starts_at: datetime, until: datetime | None) -> None:
    assert offer_until(now, starts_at, MADRID, TWO_HOURS) == until


def test_the_night_of_the_changed_clock_is_left_out_whole() -> None:
    # 29 March 2026: the clock jumps from two to three in Madrid.
    assert offer_until(local(28, 21), local(31, 10), MADRID, TWO_HOURS) == local(29, 8)
    assert local(29, 8) - local(28, 21) == timedelta(hours=10)
