"""Hours that come back: in which weeks, on which days, and which of them meet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from services.clinics.models import Weeks
from services.clinics.week_rules import EVERY, WEEK_A, WEEK_B, Weekly, week_of, week_problems

MORNING = Weekly(0, time(9), time(12))  # Mondays
A_MONDAY, B_MONDAY = date(2026, 11, 16), date(2026, 11, 23)


def problems(*spans: Weekly) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in week_problems(spans)]


def test_the_weeks_have_the_names_of_the_table() -> None:
    assert {EVERY, WEEK_A, WEEK_B} == set(Weeks)
    assert [week_of(day) for day in (A_MONDAY, date(2026, 11, 22), B_MONDAY, date(2026, 11, 29))] == [
        *(WEEK_A, WEEK_A),
        *(WEEK_B, WEEK_B),
    ]


@pytest.mark.parametrize(
    ("changed", "meets"),
    [
        ({}, True),
        ({"weekday": 1}, False),
        ({"place": "elsewhere"}, False),
        ({"opens": time(12), "closes": time(13)}, False),
        ({"opens": time(8), "closes": time(9)}, False),
        ({"opens": time(11, 59), "closes": time(13)}, True),
        ({"opens": time(8), "closes": time(9, 1)}, True),
        ({"weeks": WEEK_B}, True),
        ({"valid_from": A_MONDAY}, True),
        ({"valid_until": A_MONDAY}, True),
    ],
)
def test_hours_of_a_day_meet_where_their_times_do(changed: dict[str, object], meets: object) -> None:
    other = replace(MORNING, **changed)  # type: ignore[arg-type]
    assert (MORNING.meet(other), other.meet(MORNING)) == (meets, meets)


def test_hours_of_other_weeks_do_not_meet() -> None:
    a, b = replace(MORNING, weeks=WEEK_A), replace(MORNING, weeks=WEEK_B)
    assert a.meet(a)
    assert not a.meet(b)
    assert a.meet(MORNING)
    assert MORNING.meet(b)


@pytest.mark.parametrize(
    ("until", "begins", "weeks", "meets"),
    [
        (date(2026, 11, 16), date(2026, 11, 16), EVERY, True),
        (date(2026, 11, 16), date(2026, 11, 17), EVERY, False),
        (date(2026, 11, 22), date(2026, 11, 17), EVERY, False),
        (date(2026, 11, 23), date(2026, 11, 17), EVERY, True),
        (date(2026, 11, 23), date(2026, 11, 17), WEEK_A, False),
        (date(2026, 11, 29), date(2026, 11, 17), WEEK_A, False),
        (date(2026, 11, 30), date(2026, 11, 17), WEEK_A, True),
        (date(2026, 11, 23), date(2026, 11, 17), WEEK_B, True),
    ],
)
def test_hours_meet_where_a_day_of_both_lies_in_both_times(
    until: date, begins: date, weeks: str, meets: object
) -> None:
    earlier = replace(MORNING, valid_until=until)
    later = replace(MORNING, valid_from=begins, weeks=weeks)
    assert (earlier.meet(later), later.meet(earlier)) == (meets, meets)


def test_hours_hold_from_their_first_day_to_their_last() -> None:
    span = replace(MORNING, valid_from=A_MONDAY, valid_until=B_MONDAY)
    assert span.hold_on(A_MONDAY)
    assert span.hold_on(B_MONDAY)
    assert not span.hold_on(date(2026, 11, 9))
    assert not span.hold_on(date(2026, 11, 30))
    assert not span.hold_on(date(2026, 11, 17))
    assert not replace(span, weeks=WEEK_B).hold_on(A_MONDAY)


def test_what_is_wrong_with_a_week_is_said_at_its_entry() -> None:
    never = Weekly(4, time(9), time(12), WEEK_A, A_MONDAY, date(2026, 11, 19))
    assert problems() == []
    assert problems(MORNING, replace(MORNING, opens=time(12), closes=time(15))) == []
    assert problems(MORNING, replace(MORNING, weekday=1), MORNING) == [("hours.2.opens", "overlap")]
    assert problems(MORNING, never) == [("hours.1.valid_until", "never")]
    assert problems(replace(never, valid_until=date(2026, 11, 20))) == []
    assert problems(replace(never, weeks=WEEK_B, valid_until=date(2026, 11, 26))) == [
        ("hours.0.valid_until", "never")
    ]
    assert problems(replace(never, weeks=WEEK_B, valid_until=date(2026, 11, 27))) == []
