"""The words that people answer and agree to: whole in every language, and never changed once they were shown."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from services.courses.photo_results import release_text, released_words
from services.kernel.language import DEFAULT, LANGUAGES, speaking
from services.screening.consents import consent_texts
from services.screening.wording import (
    QUESTIONS,
    agreed_words,
    get_question_set,
    question_words,
    versions,
)

OTHERS = [code for code in LANGUAGES if code != DEFAULT]
RELEASE = ("photo_release", "services.courses.data")
# What was shown stays as it was: other words are another version, with a line of its own here.
SHOWN = {
    ("marketing", "2026-11", "en"): "9d50d5113c5b70a3",
    ("marketing", "2026-11", "es"): "5433b5ee580025ca",
    ("photo_release", "2026-11", "en"): "8321e6afc36bedbb",
    ("photo_release", "2026-11", "es"): "90ac087ec7f7e09f",
    ("photos", "2026-11", "en"): "54f2527c381acc2c",
    ("photos", "2026-11", "es"): "536c8ba3bbf5865a",
    ("questions", "2026-11", "en"): "31d229d2410d4496",
    ("questions", "2026-11", "es"): "61d8535ce9120bfd",
    ("treatment", "2026-11", "en"): "5113d6b26aa55caf",
    ("treatment", "2026-11", "es"): "58547f8ebd6a79a8",
}


def _kept() -> dict[tuple[str, str, str], list[str]]:
    """All words of a version in a language that somebody may have answered or agreed to."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for version, raw in versions(QUESTIONS).items():
        for code in LANGUAGES:
            words = [[one["code"], one["text"][code], one["why"][code]] for one in raw["questions"]]
            found[QUESTIONS, version, code] = [word for one in words for word in one]
    for name, package in (*((purpose, None) for purpose in consent_texts()), RELEASE):
        known: dict[str, Any] = versions(name, package) if package else versions(name)
        for version, raw in known.items():
            found |= {(name, version, code): [words] for code, words in raw["text"].items()}
    return found


def test_words_that_were_shown_are_not_changed() -> None:
    digests = {
        key: hashlib.sha256(json.dumps(words).encode()).hexdigest()[:16] for key, words in _kept().items()
    }
    assert digests == SHOWN


@pytest.mark.parametrize("code", OTHERS)
def test_every_question_and_consent_has_words_of_its_own_in_every_language(code: str) -> None:
    english, other = get_question_set(DEFAULT), get_question_set(code)
    assert (other.version, other.language, other.consent.language) == (english.version, code, code)
    for asked, said in zip(english.questions, other.questions, strict=True):
        assert (said.code, said.outcome, said.wait_days) == (asked.code, asked.outcome, asked.wait_days)
        assert said.text.endswith("?")
        assert said.text.startswith("¿") or code != "es"
        assert not {said.text, said.why, said.source} & {asked.text, asked.why, asked.source}
    pairs = [(consent_texts(DEFAULT)[purpose], words) for purpose, words in consent_texts(code).items()]
    for before, after in [*pairs, (release_text(DEFAULT), release_text(code))]:
        assert (after.version, after.language) == (before.version, code)
        assert after.text.strip() not in {"", before.text}


def test_words_follow_the_language_that_is_spoken_and_can_be_read_again() -> None:
    asked, spanish = get_question_set(), get_question_set("es")
    assert asked.language == "en"
    with speaking("es"):
        assert get_question_set() == spanish
        assert question_words(asked.version)["keloids"] == spanish.questions[9].text
        assert release_text().language == "es"
    assert question_words(asked.version) == {one.code: one.text for one in asked.questions}
    assert agreed_words("treatment", asked.consent.version, "es") == spanish.consent.text
    assert agreed_words("treatment", asked.consent.version, None) == asked.consent.text
    assert released_words(release_text().version, "es") == release_text("es").text


def test_a_version_that_was_never_ours_has_no_words() -> None:
    assert (question_words("1999-01"), agreed_words("photos", "1999-01", "en")) == ({}, "")
