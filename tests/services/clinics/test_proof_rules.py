"""Rules of a business's proofs: last days, what is held, what is given, since when it is checked."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.clinics.proof_rules import checked_at, is_given, is_held, proof_problems

TODAY = date(2026, 11, 23)
YESTERDAY, TOMORROW = date(2026, 11, 22), date(2026, 11, 24)
FIRST, LATER = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "valid_until", "code"),
    [
        ("registration", None, None),
        ("premises", None, None),
        ("insurance", None, "missing"),
        ("insurance", TODAY, None),
        ("insurance", TOMORROW, None),
        ("insurance", YESTERDAY, "in-past"),
        ("premises", YESTERDAY, "in-past"),
        ("registration", YESTERDAY, "in-past"),
    ],
)
def test_insurance_has_a_last_day_and_none_is_over(
    kind: str, valid_until: date | None, code: str | None
) -> None:
    found = proof_problems(kind, valid_until, TODAY)
    assert [(error.field, error.code) for error in found] == ([("valid_until", code)] if code else [])
    words = {
        "missing": "Say until which day you are insured.",
        "in-past": "This day is over. Enter the renewed one.",
    }
    assert [error.message for error in found] == ([words[code]] if code else [])


def test_what_was_checked_once_is_held() -> None:
    states = ("unverified", "verified", "rejected", "lapsed")
    assert [is_held(state) for state in states] == [False, True, False, True]


def test_it_is_given_with_a_file_and_while_it_counts() -> None:
    assert is_given(None, 1, TODAY)
    assert is_given(TODAY, 2, TODAY)
    assert not is_given(TODAY, 0, TODAY)
    assert not is_given(YESTERDAY, 1, TODAY)


def test_business_and_insurance_are_checked_since_the_later_of_both() -> None:
    registered, insured = ("registration", "verified", FIRST), ("insurance", "verified", LATER)
    assert checked_at([registered, insured]) == LATER
    assert checked_at([("insurance", "verified", FIRST), ("registration", "verified", LATER)]) == LATER
    assert (
        checked_at([registered, insured, ("premises", "verified", datetime.max.replace(tzinfo=UTC))]) == LATER
    )
    assert checked_at([registered, insured, ("premises", "unverified", None)]) == LATER
    assert checked_at([registered, insured, ("premises", "lapsed", FIRST)]) is None
    assert checked_at([registered, insured, ("premises", "rejected", None)]) is None
    assert checked_at([registered]) is None
    assert checked_at([registered, ("insurance", "lapsed", LATER)]) is None
    assert checked_at([registered, ("insurance", "verified", None)]) is None
    assert checked_at([]) is None
