"""Safety answers between a form's flat fields and what screening takes."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.kernel.errors import FieldError, InvalidFields, Refusal
from services.screening.rules import is_another_name
from services.screening.schemas import QuestionSet
from web.locale import gettext

PREFIX = "answer_"
SIGNS_OTHERWISE = "signs_otherwise"
_FIELDS = {
    "client.name": "name",
    "client.email": "email",
    "client.phone": "phone",
    "consent.signed_name": "signed_name",
    "starts_at": "starts_at",
    "reason": "reason",
}
_AS_NAMED = frozenset({"in_person", SIGNS_OTHERWISE, "room_id", "device_id"})
_MISSING = {
    "name": "Enter the full name.",
    "email": "Enter the e-mail address.",
    "signed_name": "Sign with the full name.",
}
_TRUTH = {"true": True, "false": False}


def given_answers(values: dict[str, Any], questions: QuestionSet) -> dict[str, bool]:
    """What was answered, by the code of the question."""
    found = {
        question.code: _TRUTH.get(str(values.get(PREFIX + question.code, "")))
        for question in questions.questions
    }
    return {code: answer for code, answer in found.items() if answer is not None}


def unanswered(values: dict[str, Any], questions: QuestionSet) -> list[FieldError]:
    """An error for each question without an answer."""
    given = given_answers(values, questions)
    return [
        FieldError(f"screening.answers.{question.code}", "missing", _ask(question.text))
        for question in questions.questions
        if question.code not in given
    ]


def _ask(question: str) -> str:
    return gettext("Answer yes or no: {question}").format(question=question)


def unlike_signature(values: dict[str, Any], name: str) -> list[FieldError]:
    """What is asked where a consent is signed with another name than `name`, until it is said that this is meant.

    It is asked, not refused: a parent signs for a child, and people have more than one name. Both names are kept,
    and the clinic reads the signature beside the visit. Programs are not asked: they have shown forms of their own.
    """
    signature = str(values.get("signed_name", ""))
    if not (name and signature) or values.get(SIGNS_OTHERWISE) == "true":
        return []
    if not is_another_name(name, signature):
        return []
    return [
        FieldError("consent.signed_name", "another-name", "This is not the name of the person who comes."),
        FieldError(SIGNS_OTHERWISE, "missing", "Tick this if it is meant so, or correct the signature."),
    ]


def reasons_of(refusal: Refusal) -> list[dict[str, str]]:
    """What was answered that speaks against it now, and why it matters."""
    return list(refusal.extra.get("because", ()))


def booking_errors(refusal: InvalidFields) -> dict[str, str]:
    """A refusal's errors by the form's own field names; the rest is the form's."""
    found: dict[str, str] = {}
    for error in refusal.errors:
        name = _field_of(error.field)
        words = _MISSING.get(name, error.message) if error.code == "missing" else error.message
        found.setdefault(name, words)
    return found


def ask_again_of(refusal: Refusal) -> date | None:
    """The date from which a refusal of screening may be asked again."""
    given = refusal.extra.get("ask_again_on")
    return date.fromisoformat(given) if isinstance(given, str) else given


def _field_of(path: str) -> str:
    if path.startswith("screening.answers."):
        return PREFIX + path.removeprefix("screening.answers.")
    return _FIELDS.get(path, path if path in _AS_NAMED else "form")
