"""When a client is asked after a visit, and which answers the clinic hears of at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.courses import followup_rules as rules


def test_check_ins_are_due_whole_days_after_the_visit() -> None:
    at = datetime(2026, 3, 1, 15, 30, tzinfo=UTC)
    assert rules.check_ins_due(at, (2, 14)) == {day: at + timedelta(days=day) for day in (2, 14)}
    assert rules.check_ins_due(at, ()) == {}


@pytest.mark.parametrize("code", ["spreading_redness", "fever", "blisters", "lasting_dark_spots"])
def test_each_sign_alone_is_a_red_flag(code: str) -> None:
    assert rules.is_red_flag({code: True})
    assert not rules.is_red_flag({code: False})


def test_other_answers_are_no_red_flag() -> None:
    assert not rules.is_red_flag({})
    assert not rules.is_red_flag({"something_else": True})


def test_a_check_in_can_be_answered_for_two_weeks() -> None:
    assert timedelta(days=14) == rules.ANSWER_WITHIN
