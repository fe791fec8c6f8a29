"""The packaged rules of check-ins: each with its source, each about something that is asked; and emergency numbers."""

from __future__ import annotations

import re

import pycountry
import pytest

from services.courses import red_flags
from services.courses.followup_rules import MOST_DISCOMFORT, SCALES, SIGNS, met


def test_each_rule_is_about_one_thing_that_is_asked_and_says_why() -> None:
    for code, flag in red_flags.red_flags().items():
        assert flag.code == code
        assert flag.words
        assert flag.source
        assert bool(flag.sign) != bool(flag.scale)
        assert flag.sign in {"", *SIGNS}
        assert flag.scale in {"", "discomfort", *SCALES}
        assert 0 <= flag.at_least <= MOST_DISCOMFORT
    assert re.fullmatch(r"\d{4}-\d{2}", red_flags.rules_version())


@pytest.mark.parametrize("sign", SIGNS)
def test_each_sign_alone_is_a_red_flag_on_any_day(sign: str) -> None:
    assert met(red_flags.red_flags().values(), {sign: True}, {}, 0) == [sign]


@pytest.mark.parametrize(
    ("scale", "value", "day", "flagged"),
    [
        ("pain", 7, 2, False),
        ("pain", 7, 3, True),
        ("pain", 6, 28, False),
        ("discomfort", 8, 2, False),
        ("discomfort", 8, 3, True),
        ("redness", 10, 3, False),
        ("redness", 7, 4, True),
        ("redness", 3, 28, False),
        ("swelling", 6, 3, True),
        ("swelling", 2, 28, False),
    ],
)
def test_a_number_is_a_red_flag_when_it_should_have_gone_down(
    scale: str, value: int, day: int, *, flagged: bool
) -> None:
    assert bool(met(red_flags.red_flags().values(), {}, {scale: value}, day)) is flagged


@pytest.mark.parametrize(
    ("country", "number"),
    [("US", "911"), ("CA", "911"), ("GB", "999"), ("ES", "112"), ("IE", "112"), ("AU", "000"), ("NZ", "111")],
)
def test_who_is_called_in_an_emergency_depends_on_the_country(country: str, number: str) -> None:
    assert red_flags.emergency_numbers(country)[0] == number


def test_a_country_of_which_we_are_not_sure_has_no_number() -> None:
    assert red_flags.emergency_numbers("AQ") == ()
    known = {one.alpha_2 for one in pycountry.countries}
    assert set(red_flags._numbers()) <= known
