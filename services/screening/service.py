"""Use cases of screening: ask, judge, keep sealed; consent; and the recorded look at what was answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.kernel.errors import FieldError, InvalidFields
from services.kernel.language import current_language, gettext
from services.kernel.vault import Erased, open_for, seal_for
from services.kernel.work import ClinicWork
from services.screening.errors import ScreeningNotNow
from services.screening.models import Outcome
from services.screening.repository import ScreeningRepository
from services.screening.rules import Assessment, assess, unanswered, unknown
from services.screening.schemas import AnsweredScreening, QuestionSet, SignedConsent
from services.screening.wording import TREATMENT, agreed_words, consent_text, get_question_set


def check_answers(
    version: str, answers: Mapping[str, bool], on: date, language: str | None = None
) -> Assessment:
    """What the answers mean on a local date, with nothing kept; `language` is that in which the questions were shown.

    Raises field errors for a stale version and for each unanswered or unknown question, and `ScreeningNotNow`.
    """
    asked = get_question_set(language)
    if version != asked.version:
        words = gettext("The questions have changed. Answer version {version}.", version=asked.version)
        raise InvalidFields.one("screening.version", "stale", words)
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
    work: ClinicWork,
    client_id: UUID,
    version: str,
    answers: Mapping[str, bool],
    on: date | None = None,
    *,
    language: str | None = None,
) -> Outcome:
    """Judges the answers on a local date (today in UTC where none is given) and keeps them sealed for the client.

    `language` is that in which the questions were shown: that which is spoken, where none is given. Raises as
    `check_answers` does, before anything is kept.
    """
    shown = language or current_language()
    found = check_answers(version, answers, on or work.now.date(), shown)
    sealed = await seal_for(work, client_id, json.dumps(dict(answers), sort_keys=True).encode())
    answer_id = ScreeningRepository(work).add_answers(client_id, version, shown, sealed, found.outcome)
    work.audit("screening.answer", "screening_answer", answer_id)
    return Outcome(found.outcome)


def check_consent(version: str) -> None:
    """Raises a field error unless it is the consent in force that was signed."""
    current = consent_text(TREATMENT).version
    if version != current:
        words = gettext("The words have changed. Read version {version}.", version=current)
        raise InvalidFields.one("consent.version", "stale", words)


async def record_consent(
    work: ClinicWork, client_id: UUID, version: str, signed_name: str, language: str | None = None
) -> None:
    """Adds a consent to treatment with the name it was signed with, sealed for the client.

    `language` is that of the words that were shown: that which is spoken, where none is given. Raises a field error if
    they are stale.
    """
    check_consent(version)
    sealed = await seal_for(work, client_id, signed_name.encode())
    words = consent_text(TREATMENT, language)
    consent_id = ScreeningRepository(work).add_consent(client_id, TREATMENT, words, sealed)
    work.audit("consent.record", "consent", consent_id, purpose=TREATMENT)


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
        found.append(
            AnsweredScreening(row.id, row.question_set, row.language, row.outcome, row.answered_at, answers)
        )
    work.audit("screening.read", "client", client_id, answers=len(found))
    return found


async def list_consents(work: ClinicWork, client_id: UUID) -> list[SignedConsent]:
    """What the client consented to or withdrew, latest first, without names once erased; the look is recorded."""
    rows = await ScreeningRepository(work).list_consents(client_id)
    work.audit("consent.read", "client", client_id, consents=len(rows))
    return [await read_consent(work, client_id, row) for row in rows]


async def read_consent(work: ClinicWork, client_id: UUID, row: Row[Any]) -> SignedConsent:
    """An entry of the log with the words that were shown, and its name opened."""
    try:
        name = (await open_for(work, client_id, row.signed_name)).decode()
    except Erased:
        name = ""
    return SignedConsent(
        purpose=row.purpose,
        text_version=row.text_version,
        language=row.language,
        text=agreed_words(row.purpose, row.text_version, row.language),
        signed_name=name,
        signed_at=row.signed_at,
        decision=row.decision,
    )
