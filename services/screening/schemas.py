"""What screening gives: the question set, the consent's words, the outcome of answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Question:
    """A question for which `no` clears; `outcome` is what a `yes` means; `wait_days` from when to ask again."""

    code: str
    text: str
    why: str
    outcome: str
    source: str
    wait_days: int | None = None


@dataclass(frozen=True, slots=True)
class ConsentText:
    """The words of a consent in one language."""

    version: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A dated version of questions, and the words that are consented to, in one language."""

    version: str
    dated: str
    questions: tuple[Question, ...]
    consent: ConsentText
    language: str


@dataclass(frozen=True, slots=True)
class AnsweredScreening:
    """Answers that were given, opened for those who treat; `language` is that in which the questions were shown."""

    id: UUID
    question_set: str
    language: str
    outcome: str
    answered_at: datetime
    answers: dict[str, bool]


@dataclass(frozen=True, slots=True)
class SignedConsent:
    """What a person consented to, and the name they signed with.

    `text` is what they were shown, in `language`; where that was not kept yet (null), the English words.
    """

    purpose: str
    text_version: str
    language: str | None
    text: str
    signed_name: str
    signed_at: datetime
    decision: str = "given"


@dataclass(frozen=True, slots=True)
class ConsentState:
    """What holds for a purpose: given, withdrawn, or (null) never asked; with the words in force."""

    purpose: str
    decision: str | None
    since: datetime | None
    version: str
    text: str


@dataclass(frozen=True, slots=True)
class ConsentLog:
    """What holds, and everything that led there, latest first."""

    states: tuple[ConsentState, ...]
    entries: tuple[SignedConsent, ...]


@dataclass(frozen=True, slots=True)
class MarketingWord:
    """A client's last word on messages that are not about their visits."""

    allowed: bool
    made_at: datetime
