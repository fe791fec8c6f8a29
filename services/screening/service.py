"""Use cases of screening: ask, judge, keep sealed; consent; and the recorded look at what was answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from typing import Any
from uuid import UUID

from services.kernel.errors import FieldError, InvalidFields
from services.kernel.vault import Erased, open_for, seal_for
from services.kernel.work import ClinicWork
from services.screening.errors import ScreeningNotNow
from services.screening.models import Outcome
from services.screening.repository import ScreeningRepository
from services.screening.rules import Assessment, assess, unanswered, unknown
from services.screening.schemas import AnsweredScreening, ConsentText, Question, QuestionSet, SignedConsent

TREATMENT = "treatment"


@lru_cache(maxsize=1)
def get_question_set() -> QuestionSet:
    """The question set in force, with the words of consent."""
    raw = json.loads(resources.files("services.screening.data").joinpath("questions.json").read_text("utf-8"))
    sources: dict[str, str] = raw["sources"]
    questions = tuple(Question(**{**item, "source": sources[item["source"]]}) for item in raw["questions"])
    return QuestionSet(raw["version"], raw["dated"], questions, ConsentText(**raw["consent"]))


def check_answers(version: str, answers: Mapping[str, bool], on: date) -> Assessment:
    """What the answers mean on a local date, with nothing kept.

    Raises field errors for a stale version and for each unanswered or unknown question, and `ScreeningNotNow`.
    """
    asked = get_question_set()
    if version != asked.version:
        raise InvalidFields.one(
            "screening.version", "stale", f"The questions have changed. Answer version {asked.version}."
        )
    errors = [
        FieldError(f"screening.answers.{code}", "missing", "Answer this question.")
        for code in unanswered(asked.questions, answers)
    ]
    errors += [
        FieldError(f"screening.answers.{code}", "unknown-code", "This is not one of the questions.")
        for code in unknown(asked.questions, answers)
    ]
    if errors:
        raise InvalidFields(errors)
    found = assess(asked.questions, answers, on)
    if found.outcome == Outcome.NOT_NOW:
        raise _not_now(asked, found)
    return found


def _not_now(asked: QuestionSet, found: Assessment) -> ScreeningNotNow:
    reasons = [
        {"code": question.code, "text": question.text, "why": question.why}
        for question in asked.questions
        if question.code in found.because
    ]
    members: dict[str, Any] = {"because": reasons}
    if found.ask_again_on is not None:
        members["ask_again_on"] = found.ask_again_on.isoformat()
    return ScreeningNotNow(**members)


async def screen(
    work: ClinicWork, client_id: UUID, version: str, answers: Mapping[str, bool], on: date | None = None
) -> Outcome:
    """Judges the answers on a local date (today in UTC where none is given) and keeps them sealed for the client.

    Raises as `check_answers` does, before anything is kept.
    """
    found = check_answers(version, answers, on or work.now.date())
    sealed = await seal_for(work, client_id, json.dumps(dict(answers), sort_keys=True).encode())
    answer_id = ScreeningRepository(work).add_answers(client_id, version, sealed, found.outcome)
    work.audit("screening.answer", "screening_answer", answer_id)
    return Outcome(found.outcome)


def check_consent(version: str) -> None:
    """Raises a field error unless it is the consent in force that was signed."""
    current = get_question_set().consent.version
    if version != current:
        raise InvalidFields.one(
            "consent.version", "stale", f"The words have changed. Read version {current}."
        )


async def record_consent(
    work: ClinicWork, client_id: UUID, version: str, signed_name: str, purpose: str = TREATMENT
) -> None:
    """Adds a consent with the name it was signed with, sealed for the client. Raises a field error if stale."""
    check_consent(version)
    sealed = await seal_for(work, client_id, signed_name.encode())
    consent_id = ScreeningRepository(work).add_consent(client_id, purpose, version, sealed)
    work.audit("consent.record", "consent", consent_id, purpose=purpose)


async def is_fit(work: ClinicWork, client_id: UUID, since: datetime) -> bool:
    """Whether the client's latest answers cleared everything, and the consent in force is signed.

    They count if they are to the questions in force, and were given since then. Nothing of them is opened.
    """
    asked, screenings = get_question_set(), ScreeningRepository(work)
    answers = (await screenings.list_answers(client_id))[:1]
    cleared = [
        row.question_set == asked.version and row.outcome == Outcome.CLEAR and row.answered_at >= since
        for row in answers
    ]
    consents = [row for row in await screenings.list_consents(client_id) if row.purpose == TREATMENT][:1]
    return cleared == [True] and [row.text_version for row in consents] == [asked.consent.version]


async def read_answers(work: ClinicWork, client_id: UUID) -> list[AnsweredScreening]:
    """What the client answered, latest first; the look is recorded. Raises `Erased` when the key was destroyed."""
    found = []
    for row in await ScreeningRepository(work).list_answers(client_id):
        answers = json.loads(await open_for(work, client_id, row.answers))
        found.append(AnsweredScreening(row.id, row.question_set, row.outcome, row.answered_at, answers))
    work.audit("screening.read", "client", client_id, answers=len(found))
    return found


async def list_consents(work: ClinicWork, client_id: UUID) -> list[SignedConsent]:
    """What the client consented to or withdrew, latest first, without names once erased; the look is recorded."""
    found = []
    for row in await ScreeningRepository(work).list_consents(client_id):
        try:
            name = (await open_for(work, client_id, row.signed_name)).decode()
        except Erased:
            name = ""
        found.append(SignedConsent(row.purpose, row.text_version, name, row.signed_at, row.decision))
    work.audit("consent.read", "client", client_id, consents=len(found))
    return found
