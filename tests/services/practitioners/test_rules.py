"""Rules of practitioners: check digits, dates, hours."""

from __future__ import annotations

from datetime import date

import pytest

from services.practitioners.rules import (
    date_problems,
    is_early_renewal,
    is_npi,
    luhn_holds,
    number_problem,
    since_year_problem,
)

TODAY = date(2026, 11, 23)
YESTERDAY, TOMORROW = date(2026, 11, 22), date(2026, 11, 24)


@pytest.mark.parametrize("digits", ["79927398713", "0", "18", "91", "808401234567893", "59"])
def test_luhn_holds_for_numbers_with_their_check_digit(digits: str) -> None:
    assert luhn_holds(digits)


@pytest.mark.parametrize("digits", ["79927398710", "1", "19", "81", "808401234567890", "50"])
def test_luhn_does_not_hold_for_others(digits: str) -> None:
    assert not luhn_holds(digits)


@pytest.mark.parametrize("number", ["1234567893", "1000000004", "2000000002"])
def test_an_npi_is_ten_digits_with_its_check_digit(number: str) -> None:
    assert is_npi(number)


@pytest.mark.parametrize(
    "number",
    ["1234567890", "123456789", "12345678930", "3000000002", "0000000006", "123456789X", "", "١٢٣٤٥٦٧٨٩٣"],
)
def test_other_numbers_are_no_npi(number: str) -> None:
    assert not is_npi(number)


@pytest.mark.parametrize("issuer", ["NPPES", "US NPI registry", "npi", "National Provider Identifier (CMS)"])
def test_an_npi_is_checked_where_the_issuer_says_so(issuer: str) -> None:
    assert number_problem(issuer, "1234 567-893") is None
    problem = number_problem(issuer, "1234567890")
    assert problem is not None
    assert (problem.field, problem.code) == ("number", "check-digit")
    assert (
        problem.message == "This is not an NPI: check its ten digits, the last one does not fit the others."
    )


@pytest.mark.parametrize("issuer", ["GMC", "Board of Snippets", "Nppesque"])
def test_other_registers_have_numbers_of_their_own(issuer: str) -> None:
    assert number_problem(issuer, "7") is None


@pytest.mark.parametrize(
    ("issued_on", "expires_on", "wrong"),
    [
        (None, None, []),
        (TODAY, None, []),
        (TOMORROW, None, [("issued_on", "in-future")]),
        (None, TODAY, []),
        (None, YESTERDAY, [("expires_on", "in-past")]),
        (YESTERDAY, TODAY, []),
        (TODAY, TODAY, [("expires_on", "before-issue")]),
        (date(2026, 1, 1), YESTERDAY, [("expires_on", "in-past")]),
        (YESTERDAY, date(2026, 1, 1), [("expires_on", "before-issue")]),
        (date(2027, 2, 1), date(2027, 1, 1), [("issued_on", "in-future"), ("expires_on", "before-issue")]),
    ],
)
def test_dates_make_sense(
    issued_on: date | None, expires_on: date | None, wrong: list[tuple[str, str]]
) -> None:
    found = date_problems(issued_on, expires_on, TODAY)
    assert [(error.field, error.code) for error in found] == wrong


def test_date_problems_are_said_in_words() -> None:
    issued, order = date_problems(date(2027, 2, 1), date(2027, 1, 1), TODAY)
    assert issued.message == "The day of issue lies in the future."
    assert order.message == "It must expire after it was issued."
    assert (
        date_problems(None, YESTERDAY, TODAY)[0].message
        == "This credential has expired. Enter the renewed one."
    )


@pytest.mark.parametrize("year", [None, 1990, 2026])
def test_years_of_needling_reach_back_to_1990(year: int | None) -> None:
    assert since_year_problem(year, 2026) is None


@pytest.mark.parametrize("year", [1989, 2027])
def test_other_years_are_refused(year: int) -> None:
    problem = since_year_problem(year, 2026)
    assert problem is not None
    assert (problem.field, problem.code) == ("needling_since_year", "out-of-range")
    assert problem.message == "Give a year from 1990 to 2026."


@pytest.mark.parametrize(
    ("changes", "expires_on", "early"),
    [
        ({"expires_on": date(2027, 11, 26)}, TODAY, True),
        ({"expires_on": date(2027, 11, 26), "issued_on": TODAY}, date(2027, 1, 1), True),
        ({"expires_on": date(2027, 11, 26)}, YESTERDAY, False),
        ({"expires_on": date(2027, 11, 26)}, None, False),
        ({"expires_on": None}, date(2027, 1, 1), False),
        ({"expires_on": date(2027, 1, 1)}, date(2027, 1, 1), False),
        ({"expires_on": date(2026, 12, 1)}, date(2027, 1, 1), False),
        ({"issued_on": TODAY}, date(2027, 1, 1), False),
        ({"expires_on": date(2027, 11, 26), "number": "2"}, date(2027, 1, 1), False),
    ],
)
def test_an_early_renewal_is_a_later_last_day_of_what_still_counts_and_nothing_else(
    changes: dict[str, object], expires_on: date | None, *, early: bool
) -> None:
    assert is_early_renewal(changes, expires_on, TODAY) is early
