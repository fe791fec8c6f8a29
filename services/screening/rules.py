"""Rules of screening: what answers mean. It never diagnoses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from services.kernel.words import fold

CLEAR, ASK_CLINICIAN, NOT_NOW = "clear", "ask_clinician", "not_now"


class Decided(Protocol):
    """One entry of the consent log."""

    @property
    def purpose(self) -> str: ...
    @property
    def decision(self) -> str: ...


class Asked(Protocol):
    """A question, as far as its meaning goes."""

    @property
    def code(self) -> str: ...

    @property
    def outcome(self) -> str: ...

    @property
    def wait_days(self) -> int | None: ...


def is_another_name(name: str, signature: str) -> bool:
    """Whether a signature has no word of a name: then somebody else signs, or under another name, or a slip was made.

    One word in common is enough: people leave out or add middle names, take a partner's name, sign in another order.
    """
    return not set(fold(name).split()) & set(fold(signature).split())


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the answers mean, because of which, and (local date) from when to ask again where a wait applies."""

    outcome: str
    because: tuple[str, ...]
    ask_again_on: date | None


def assess(questions: Iterable[Asked], answers: Mapping[str, bool], on: date) -> Assessment:
    """The gravest meaning of the answers. A wait is named only where waiting settles every answer behind it."""
    said = [question for question in questions if answers[question.code]]
    for outcome in (NOT_NOW, ASK_CLINICIAN):
        behind = [question for question in said if question.outcome == outcome]
        if behind:
            waits = [question.wait_days for question in behind if question.wait_days is not None]
            settles = outcome == NOT_NOW and len(waits) == len(behind)
            return Assessment(
                outcome,
                tuple(question.code for question in behind),
                on + timedelta(days=max(waits)) if settles else None,
            )
    return Assessment(CLEAR, (), None)


def unanswered(questions: Iterable[Asked], answers: Mapping[str, bool]) -> list[str]:
    """Codes of questions without an answer, in their order."""
    return [question.code for question in questions if question.code not in answers]


def unknown(questions: Iterable[Asked], answers: Mapping[str, bool]) -> list[str]:
    """Codes that are answered but not asked, in order."""
    return sorted(set(answers) - {question.code for question in questions})


def decision_of(entries: Iterable[Decided], purpose: str) -> str | None:
    """The last word on a purpose, of entries with the latest first; nothing where none was said."""
    return next((entry.decision for entry in entries if entry.purpose == purpose), None)
