"""When a client is asked after a visit, and which answers the clinic hears of at once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.courses import followup_rules as rules
from services.kernel.quiet_rules import QuietHours

AT = datetime(2026, 3, 1, 15, 30, tzinfo=UTC)


def test_check_ins_are_due_whole_days_after_the_visit() -> None:
    assert rules.check_ins_due(AT, (2, 14), AT) == {day: AT + timedelta(days=day) for day in (2, 14)}
    assert rules.check_ins_due(AT, (), AT) == {}


@pytest.mark.parametrize(
    ("days_later", "asked"),
    [
        (0.5, [1, 3, 7, 28]),
        (1.5, [1, 3, 7, 28]),
        (2.5, [3, 7, 28]),
        (8, [7, 28]),
        (13.9, [7, 28]),
        (14.1, [28]),
        (34, [28]),
        (36, []),
    ],
)
def test_of_the_days_that_are_over_the_last_is_asked_while_it_makes_sense(
    days_later: float, asked: list[int]
) -> None:
    due = rules.check_ins_due(AT, (1, 3, 7, 28), AT + timedelta(days=days_later))
    assert due == {day: AT + timedelta(days=day) for day in asked}


@pytest.mark.parametrize(
    ("hours_later", "day"), [(-1, 0), (5, 0), (8, 0), (9, 1), (24, 1), (40, 2), (24 * 8, 8)]
)
def test_aftercare_begins_with_the_first_hours_also_past_midnight(hours_later: int, day: int) -> None:
    late = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
    assert rules.aftercare_day(late, late + timedelta(hours=hours_later), UTC) == day


FLAGS = (
    rules.RedFlag("fever", "Fever", "a source", sign="fever"),
    rules.RedFlag("pain", "Pain", "a source", scale="pain", at_least=7, from_day=3),
)


def test_a_sign_counts_on_any_day_when_it_is_there() -> None:
    assert rules.met(FLAGS, {"fever": True}, {}, 0) == ["fever"]
    assert rules.met(FLAGS, {"fever": False}, {}, 0) == []
    assert rules.met(FLAGS, {"blisters": True}, {}, 9) == []


@pytest.mark.parametrize(
    ("pain", "day", "expected"),
    [(7, 3, True), (10, 28, True), (7, 2, False), (6, 3, False), (None, 3, False), (0, 3, False)],
)
def test_a_number_counts_when_it_is_reached_from_its_day_on(
    pain: int | None, day: int, *, expected: bool
) -> None:
    assert (rules.met(FLAGS, {}, {"pain": pain, "swelling": 10}, day) == ["pain"]) is expected


def test_rules_are_named_in_order() -> None:
    assert rules.met(FLAGS, {"fever": True}, {"pain": 8}, 4) == ["fever", "pain"]


def test_a_number_that_is_nought_can_be_the_bound() -> None:
    always = rules.RedFlag("any", "Any", "a source", scale="pain")
    assert always.is_met({}, {"pain": 0}, 0)
    assert not always.is_met({}, {}, 0)


@pytest.mark.parametrize(("asked", "today", "day"), [(1, 2, 1), (1, 5, 4), (28, 28, 28), (3, 4, 3)])
def test_the_day_of_an_answer_is_when_it_is_given_but_never_before_it_was_asked(
    asked: int, today: int, day: int
) -> None:
    assert rules.day_after(asked, date(2026, 3, 1), date(2026, 3, today)) == day


QUIET = QuietHours(21, 8)
ZONE = "Europe/Madrid"


def _madrid(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "hours", "by"),
    [
        (_madrid(2, 10), 4, _madrid(2, 14)),
        (_madrid(2, 17), 4, _madrid(2, 21)),
        (_madrid(2, 19, 30), 4, _madrid(3, 10, 30)),
        (_madrid(2, 23), 4, _madrid(3, 12)),
        (_madrid(3, 3), 1, _madrid(3, 9)),
        (_madrid(2, 20), 24, _madrid(4, 18)),
        # The night in which the clocks change is a night as well.
        (_madrid(28, 20), 4, _madrid(29, 11)),
    ],
)
def test_hours_of_the_night_do_not_count(at: datetime, hours: int, by: datetime) -> None:
    assert rules.look_by(at, hours, ZONE, QUIET) == by


def test_without_a_night_all_hours_count() -> None:
    assert rules.look_by(_madrid(2, 23), 4, ZONE, None) == _madrid(3, 3)


def test_a_check_in_can_be_answered_for_two_weeks() -> None:
    assert timedelta(days=14) == rules.ANSWER_WITHIN
