"""SQL of screening: answers and consents, which are only ever added to."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import distinct_on

from services.kernel.adding import Adding
from services.kernel.ids import new_id
from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.screening.models import Consent, ScreeningAnswer
from services.screening.schemas import ConsentText

_ANSWER, _CONSENT = table(ScreeningAnswer), table(Consent)
_ADD_ANSWER, _ADD_CONSENT = Adding(_ANSWER), Adding(_CONSENT)


class ScreeningRepository:
    """Answers and consents of one clinic's clients."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    def add_answers(self, client_id: UUID, version: str, language: str, sealed: bytes, outcome: str) -> UUID:
        answer_id = new_id()
        row = {
            "clinic_id": self._clinic,
            "id": answer_id,
            "client_id": client_id,
            "question_set": version,
            "language": language,
            "answers": sealed,
            "outcome": outcome,
            "answered_at": self._work.now,
        }
        self._work.later(_ADD_ANSWER, row)
        return answer_id

    def add_consent(
        self, client_id: UUID, purpose: str, words: ConsentText, sealed_name: bytes, decision: str = "given"
    ) -> UUID:
        consent_id = new_id()
        row = {
            "clinic_id": self._clinic,
            "id": consent_id,
            "client_id": client_id,
            "purpose": purpose,
            "text_version": words.version,
            "language": words.language,
            "signed_name": sealed_name,
            "decision": decision,
            "signed_at": self._work.now,
        }
        self._work.later(_ADD_CONSENT, row)
        return consent_id

    async def list_answers(self, client_id: UUID) -> list[Row[Any]]:
        """Latest first."""
        await self._work.write()
        return await self._work.rows(
            select(_ANSWER)
            .where(_ANSWER.c.clinic_id == self._clinic, _ANSWER.c.client_id == client_id)
            .order_by(_ANSWER.c.answered_at.desc(), _ANSWER.c.id.desc())
        )

    async def list_last_words(self, since: datetime) -> list[Row[Any]]:
        """The latest of each client and purpose since then."""
        await self._work.write()
        latest = (_CONSENT.c.client_id, _CONSENT.c.purpose)
        return await self._work.rows(
            select(_CONSENT.c.id, _CONSENT.c.decision)
            .where(_CONSENT.c.clinic_id == self._clinic, _CONSENT.c.signed_at >= since)
            .ext(distinct_on(*latest))
            .order_by(*latest, _CONSENT.c.signed_at.desc(), _CONSENT.c.id.desc())
        )

    async def list_consents(self, client_id: UUID) -> list[Row[Any]]:
        """Latest first."""
        await self._work.write()
        return await self._work.rows(
            select(_CONSENT)
            .where(_CONSENT.c.clinic_id == self._clinic, _CONSENT.c.client_id == client_id)
            .order_by(_CONSENT.c.signed_at.desc(), _CONSENT.c.id.desc())
        )
