"""Rules of treatments: phases, intervals, labels, money as it is typed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.money import LARGEST_AMOUNT
from services.treatments.rules import (
    Phase,
    PlannedSession,
    clearance_number,
    course_plan,
    default_course_price,
    first_step_problem,
    interval_problems,
    label_of,
    label_uses,
    major_units,
    minor_units,
    on_label,
    phases,
    phases_within,
    repeated,
    visit_minutes,
)

SCARS = frozenset({("face", "acne_scars")})
NECK = frozenset({("neck", "fine_lines")})


def test_a_patch_test_says_how_many_hours_before() -> None:
    problem = first_step_problem("patch_test", 0)
    assert problem is not None
    assert (problem.field, problem.code) == ("first_step_hours", "missing")
    assert problem.message == "Say how many hours before the first session, such as 48."
    assert first_step_problem("patch_test", 1) is None
    assert first_step_problem("consultation", 0) is None
    assert first_step_problem("none", 0) is None


def test_each_phase_takes_its_own_resources() -> None:
    assert phases(10, 25, 20, 5) == (
        Phase("preparation", 10, frozenset({"practitioner", "room"})),
        Phase("numbing", 25, frozenset({"room"})),
        Phase("needling", 20, frozenset({"practitioner", "room", "device"})),
        Phase("finish", 5, frozenset({"practitioner", "room"})),
    )


def test_phases_of_no_length_are_left_out() -> None:
    assert [phase.name for phase in phases(0, 0, 1, 0)] == ["needling"]
    assert [phase.name for phase in phases(1, 0, 5, 1)] == ["preparation", "needling", "finish"]
    assert phases(0, 0, 0, 0) == ()


@pytest.mark.parametrize(
    ("length", "names"),
    [
        (41, ["preparation", "numbing", "needling", "finish"]),
        (40, ["needling"]),
        (15, ["needling"]),
    ],
)
def test_a_visit_is_as_long_as_it_was_booked_whatever_the_menu_says_by_now(
    length: int, names: list[str]
) -> None:
    found = phases_within(length, 10, 20, 10)
    assert [phase.name for phase in found] == names
    assert sum(phase.minutes for phase in found) == length
    assert any("device" in phase.needs for phase in found)


def test_a_visit_takes_all_its_phases() -> None:
    assert visit_minutes(1, 20, 300, 4000) == 4321


@pytest.mark.parametrize(
    ("days", "wrong"),
    [
        ((28, 28, 28), []),
        ((28, 28, 42), []),
        ((29, 28, 42), ["course.target_days"]),
        ((28, 43, 42), ["course.max_days"]),
        ((50, 40, 30), ["course.target_days", "course.max_days"]),
    ],
)
def test_intervals_are_in_order(days: tuple[int, int, int], wrong: list[str]) -> None:
    found = interval_problems(*days)
    assert [(error.field, error.code) for error in found] == [(field, "out-of-order") for field in wrong]


def test_interval_problems_say_which_is_shorter() -> None:
    least, most = interval_problems(50, 40, 30)
    assert least.message == "The usual interval cannot be shorter than the shortest."
    assert most.message == "The longest interval cannot be shorter than the usual one."


def test_a_course_has_its_sessions_on_usual_days_inside_windows() -> None:
    assert course_plan(1, 28, 28, 42) == (PlannedSession(1, 0, None),)
    assert course_plan(3, 20, 28, 42) == (
        PlannedSession(1, 0, None),
        PlannedSession(2, 28, (20, 42)),
        PlannedSession(3, 56, (48, 70)),
    )


def test_amounts_fit_their_column() -> None:
    assert LARGEST_AMOUNT == 2_000_000_000


@pytest.mark.parametrize(
    ("codes", "index"),
    [([], None), (["a"], None), (["a", "b"], None), (["a", "a"], 1), (["a", "b", "a", "b"], 2)],
)
def test_the_first_repeated_code_is_found(codes: list[str], index: int | None) -> None:
    assert repeated(codes) == index


def test_a_course_costs_its_sessions_unless_it_has_a_price_of_its_own() -> None:
    assert default_course_price(6, 18000) == 108000
    assert default_course_price(1, 0) == 0


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("K202243", "K202243"),
        ("fda k202243, 2021", "K202243"),
        ("510(k) K 202243", "K202243"),
        ("De Novo DEN160029", "DEN160029"),
        ("den 160029", "DEN160029"),
        ("K20224", None),
        ("K2022433", None),
        ("XK202243", None),
        ("7K202243", None),
        ("FDA cleared", None),
        ("", None),
    ],
)
def test_the_clearance_number_is_found_in_words(text: str, number: str | None) -> None:
    assert clearance_number(text) == number


def test_the_stated_number_decides_which_label_holds() -> None:
    numbers, models = {"K1": NECK, "K202243": SCARS}, {"skinpen": NECK}
    assert label_uses("FDA K202243", "SkinPen", numbers, models) == SCARS
    assert label_uses("FDA K999999", "SkinPen", numbers, models) is None
    assert label_uses("FDA cleared", " SkinPen ", numbers, models) == NECK
    assert label_uses("FDA cleared", "Else", numbers, models) is None
    assert label_uses("  ", "SkinPen", numbers, models) is None


def test_a_use_is_on_the_label_when_it_names_area_and_concern() -> None:
    assert on_label(SCARS, "face", "acne_scars") is True
    assert on_label(SCARS, "neck", "acne_scars") is False
    assert on_label(SCARS, "face", "fine_lines") is False
    assert on_label(None, "face", "acne_scars") is None


@pytest.mark.parametrize(
    ("states", "label"),
    [
        ([True], "on_label"),
        ([True, True], "on_label"),
        ([True, False], "off_label"),
        ([False], "off_label"),
        ([True, None], "unknown"),
        ([None], "unknown"),
        ([], "unknown"),
    ],
)
def test_several_uses_are_on_label_when_all_are(states: list[bool | None], label: str) -> None:
    assert label_of(iter(states)) == label


@pytest.mark.parametrize(
    ("typed", "digits", "amount"),
    [
        ("180", 2, 18000),
        (" 180.00 ", 2, 18000),
        ("180,50", 2, 18050),
        ("180.5", 2, 18050),
        ("0", 2, 0),
        ("0.29", 2, 29),
        ("9999999999", 0, 9999999999),
        ("5000", 0, 5000),
        ("1.234", 3, 1234),
    ],
)
def test_money_is_read_exactly(typed: str, digits: int, amount: int) -> None:
    assert minor_units(typed, digits) == amount


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("", 2),
        ("abc", 2),
        ("1,200", 2),
        ("1,200.00", 2),
        ("180.", 2),
        (".50", 2),
        ("-1", 2),
        ("1e3", 2),
        ("٣", 2),
        ("180.٣", 2),
        ("180.005", 2),
        ("180.0", 0),
        ("12345678901", 2),
        ("NaN", 2),
    ],
)
def test_money_that_cannot_be_read_is_refused(typed: str, digits: int) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(typed) + "$"):
        minor_units(typed, digits)


@pytest.mark.parametrize(
    ("amount", "digits", "typed"), [(18050, 2, "180.50"), (5, 2, "0.05"), (5000, 0, "5000")]
)
def test_money_is_shown_as_it_is_typed(amount: int, digits: int, typed: str) -> None:
    assert major_units(amount, digits) == typed


@given(st.integers(min_value=0, max_value=2_000_000_000), st.integers(min_value=0, max_value=3))
def test_what_is_shown_reads_back_as_the_same_money(amount: int, digits: int) -> None:
    assert minor_units(major_units(amount, digits), digits) == amount
