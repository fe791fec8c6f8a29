"""The words that people answer and agree to, by version and language: what somebody saw can be shown ever after.

Each version is a file of its own in `data`, with the words of all languages side by side, and the latest is in force.
Words that anybody may have seen are not changed: other words are another file (docs/adr/0033).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

from services.kernel.language import DEFAULT, LANGUAGES, current_language
from services.screening.schemas import ConsentText, Question, QuestionSet

DATA = "services.screening.data"
TREATMENT, QUESTIONS = "treatment", "questions"


@lru_cache(maxsize=16)
def versions(name: str, package: str = DATA) -> dict[str, dict[str, Any]]:
    """Every version there is of some words, the latest last."""
    files = [file for file in resources.files(package).iterdir() if file.name.startswith(f"{name}-")]
    found = sorted((json.loads(file.read_text("utf-8")) for file in files), key=lambda one: one["dated"])
    return {one["version"]: one for one in found}


def consent_text(purpose: str, language: str | None = None, package: str = DATA) -> ConsentText:
    """The words of consent in force, in a language: that which is spoken, where none is given."""
    return _consent_text(purpose, language or current_language(), package)


@lru_cache(maxsize=32)
def _consent_text(purpose: str, language: str, package: str) -> ConsentText:
    version, raw = list(versions(purpose, package).items())[-1]
    return ConsentText(version, raw["text"][language], language)


def agreed_words(purpose: str, version: str, language: str | None, package: str = DATA) -> str:
    """The words of a consent as they were signed; nothing of a version that was never ours.

    English ones where nobody kept in which language they were shown.
    """
    raw = versions(purpose, package).get(version)
    return "" if raw is None else _said(raw["text"], language or DEFAULT)


def get_question_set(language: str | None = None) -> QuestionSet:
    """The question set in force, with the words of consent, in a language: that which is spoken, if none is given."""
    return _question_set(language or current_language())


@lru_cache(maxsize=len(LANGUAGES))
def _question_set(language: str) -> QuestionSet:
    raw = list(versions(QUESTIONS).values())[-1]
    questions = tuple(
        Question(
            **{
                **item,
                "text": item["text"][language],
                "why": item["why"][language],
                "source": raw["sources"][item["source"]][language],
            }
        )
        for item in raw["questions"]
    )
    consent = consent_text(TREATMENT, language)
    return QuestionSet(raw["version"], raw["dated"], questions, consent, language)


def question_words(version: str, language: str | None = None) -> dict[str, str]:
    """A version's questions by code, in their order, in a language; none of a version that was never ours."""
    raw = versions(QUESTIONS).get(version)
    asked = [] if raw is None else raw["questions"]
    return {one["code"]: _said(one["text"], language or current_language()) for one in asked}


def _said(words: Mapping[str, str], language: str) -> str:
    """Words of an earlier version may not have been in every language of today."""
    return words.get(language, words[DEFAULT])
