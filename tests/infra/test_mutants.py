"""The proof of the rules' tests fails when too many mutants live, and counts nothing as noticed that was not."""

from __future__ import annotations

import pytest

from tests.mutants import Tally, read_results, shortfalls, tally, together

PRINTED = """
    services.clinics.rules.x_allows__mutmut_1: killed
    services.clinics.rules.x_allows__mutmut_2: survived
    services.scheduling.rules.xǁBoardǁday_of__mutmut_1: timeout
    services.scheduling.status_rules.x_may_step__mutmut_1: no tests
"""


def test_mutants_are_counted_by_file() -> None:
    found = tally(read_results(PRINTED), ["services.clinics.rules", "services.reviews.rules"])
    assert found == {
        "services.clinics.rules": Tally(1, 2),
        "services.reviews.rules": Tally(0, 0),
        "services.scheduling.rules": Tally(1, 1),
        "services.scheduling.status_rules": Tally(0, 1),
    }
    assert together(found) == Tally(2, 4)


@pytest.mark.parametrize(
    "state", ["survived", "no tests", "suspicious", "segfault", "skipped", "not checked", "unheard of"]
)
def test_only_what_was_killed_or_never_ended_was_noticed(state: str) -> None:
    assert tally({"a.x_b__mutmut_1": state}, []) == {"a": Tally(0, 1)}
    assert tally({"a.x_b__mutmut_1": "timeout"}, []) == {"a": Tally(1, 1)}


@pytest.mark.parametrize(
    ("tallies", "short"),
    [
        ({"a": Tally(85, 100)}, []),
        ({"a": Tally(84, 100)}, ["all"]),
        ({"a": Tally(3, 4), "b": Tally(96, 96)}, []),
        ({"a": Tally(74, 100), "b": Tally(900, 900)}, ["a"]),
        ({"a": Tally(0, 0), "b": Tally(9, 9)}, ["a"]),
        ({}, ["all"]),
    ],
)
def test_a_file_and_all_together_have_their_limits(tallies: dict[str, Tally], short: list[str]) -> None:
    assert [words.partition(":")[0] for words in shortfalls(tallies)] == short


def test_a_shortfall_names_its_figures() -> None:
    assert shortfalls({"a": Tally(1, 8)}) == [
        "a: 1/8 (12.5%), and 75% of a file's mutants are to be noticed",
        "all: 1/8 (12.5%), and 85% of all mutants are to be noticed",
    ]
