"""What answers mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from services.screening.rules import Assessment, assess, decision_of, is_another_name, unanswered, unknown

TODAY = date(2026, 3, 2)


@dataclass(frozen=True)
class Asked:
    code: str
    outcome: str
    wait_days: int | None = None


QUESTIONS = (
    Asked("pregnant", "not_now"),
    Asked("sunburn", "not_now", 14),
    Asked("filler", "not_now", 20),
    Asked("isotretinoin", "ask_clinician"),
    Asked("keloids", "ask_clinician", 5),
)


def judged(*yes: str) -> Assessment:
    return assess(QUESTIONS, {question.code: question.code in yes for question in QUESTIONS}, TODAY)


def test_no_to_everything_clears() -> None:
    assert judged() == Assessment("clear", (), None)


def test_a_yes_means_what_its_question_says() -> None:
    assert judged("pregnant") == Assessment("not_now", ("pregnant",), None)
    assert judged("isotretinoin") == Assessment("ask_clinician", ("isotretinoin",), None)
    assert judged("keloids") == Assessment("ask_clinician", ("keloids",), None)


def test_the_gravest_answer_counts() -> None:
    assert judged("isotretinoin", "sunburn") == Assessment("not_now", ("sunburn",), date(2026, 3, 16))


def test_the_longest_wait_counts_and_none_where_waiting_does_not_settle_it() -> None:
    assert judged("sunburn", "filler").ask_again_on == date(2026, 3, 22)
    assert judged("sunburn", "pregnant") == Assessment("not_now", ("pregnant", "sunburn"), None)


def test_what_is_missing_and_what_was_not_asked_are_named() -> None:
    answers = {"pregnant": False, "filler": True, "zodiac": True, "colour": False}
    assert unanswered(QUESTIONS, answers) == ["sunburn", "isotretinoin", "keloids"]
    assert unknown(QUESTIONS, answers) == ["colour", "zodiac"]


@dataclass(frozen=True)
class _Entry:
    purpose: str
    decision: str


def test_the_last_word_on_a_purpose_counts() -> None:
    log = [_Entry("photos", "withdrawn"), _Entry("treatment", "given"), _Entry("photos", "given")]
    assert decision_of(log, "photos") == "withdrawn"
    assert decision_of(log, "treatment") == "given"
    assert decision_of(log, "marketing") is None
    assert decision_of([], "photos") is None


@pytest.mark.parametrize(
    ("name", "signature", "another"),
    [
        ("Jo Ellis", "Jo Ellis", False),
        ("Jo Ellis", "JO", False),
        ("María José Núñez", "Nunez, Maria", False),
        ("Jo Ellis", "Ana Torres", True),
        ("Jo Ellis", "Joanna Ellison", True),
        ("Jo Ellis", "...", True),
    ],
)
def test_a_signature_without_a_word_of_the_name_is_another_name(
    name: str, signature: str, *, another: bool
) -> None:
    assert is_another_name(name, signature) is another
