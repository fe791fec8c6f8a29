"""A protocol as it is typed, and what it says for a day."""

from __future__ import annotations

import pytest

from services.treatments import protocol_rules as rules


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("0: Clean hands.", (0, 0, "Clean hands.")),
        (" 1 - 2 :  No make-up: none at all. ", (1, 2, "No make-up: none at all.")),
        ("14\u201328: Sunscreen.", (14, 28, "Sunscreen.")),
        ("No make-up.", None),
        ("1-2:", None),
        ("1000: Later.", None),
        (": Now.", None),
    ],
)
def test_a_line_is_days_and_words(line: str, step: rules.Step | None) -> None:
    assert rules.read_line(line) == step


def test_what_is_left_of_the_days_is_told_from_a_day_on() -> None:
    steps = ((0, 0, "a"), (0, 2, "b"), (3, 5, "c"))
    assert [rules.steps_from(steps, day) for day in (0, 1, 2, 3, 6)] == [
        [*steps],
        [*steps[1:]],
        [*steps[1:]],
        [steps[2]],
        [],
    ]


@pytest.mark.parametrize("step", rules.AFTERCARE)
def test_what_is_usual_reads_as_it_is_written(step: rules.Step) -> None:
    assert rules.read_line(rules.written_line(step)) == step


def test_a_day_has_the_steps_whose_days_hold_it() -> None:
    steps = [(0, 0, "a"), (1, 2, "b"), (2, 5, "c")]
    assert [rules.steps_of_day(steps, day) for day in (-1, 0, 1, 2, 5, 6)] == [
        [],
        ["a"],
        ["b"],
        ["b", "c"],
        ["c"],
        [],
    ]


def test_steps_of_the_same_days_stand_together_in_order() -> None:
    steps = [(1, 2, "b"), (0, 0, "a"), (1, 2, "c"), (1, 3, "d")]
    assert rules.by_days(steps) == [(0, 0, ("a",)), (1, 2, ("b", "c")), (1, 3, ("d",))]
