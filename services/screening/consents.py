"""Use cases of consents apart from a booking: what holds for each purpose, giving and withdrawing, and the whole log.

Rows are only added. A withdrawal holds from the moment it is written: who acts on a consent asks `holds` at that time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.clients.service import get_living_client
from services.kernel.errors import InvalidFields
from services.kernel.vault import seal_for
from services.kernel.work import ClinicWork
from services.screening import rules
from services.screening.errors import ConsentWithdrawn
from services.screening.events import CONSENT_WITHDRAWN
from services.screening.models import ConsentDecision, Purpose
from services.screening.repository import ScreeningRepository
from services.screening.schemas import ConsentLog, ConsentState, ConsentText
from services.screening.service import read_consent
from services.screening.wording import consent_text


def consent_texts(language: str | None = None) -> dict[str, ConsentText]:
    """The words in force for each purpose, in a language: that which is spoken, where none is given."""
    return {purpose.value: consent_text(purpose, language) for purpose in Purpose}


async def get_log(work: ClinicWork, client_id: UUID) -> ConsentLog:
    """What holds for each purpose, and everything that was given or withdrawn, latest first. The look is recorded."""
    rows = await ScreeningRepository(work).list_consents(client_id)
    work.audit("consent.read", "client", client_id, consents=len(rows))
    return ConsentLog(_states(rows), tuple([await read_consent(work, client_id, row) for row in rows]))


async def holds(work: ClinicWork, client_id: UUID, purpose: str) -> bool:
    """Whether the person has given this consent and not withdrawn it since."""
    rows = await ScreeningRepository(work).list_consents(client_id)
    return rules.decision_of(rows, purpose) == ConsentDecision.GIVEN


async def list_withdrawn(work: ClinicWork, since: datetime) -> list[UUID]:
    """The withdrawals since then, of the clinic's clients, that still hold."""
    rows = await ScreeningRepository(work).list_last_words(since)
    return [row.id for row in rows if row.decision == ConsentDecision.WITHDRAWN]


async def require_not_withdrawn(work: ClinicWork, client_id: UUID, purpose: str) -> None:
    """Raises `ConsentWithdrawn` where the last word on a purpose is that it is withdrawn."""
    rows = await ScreeningRepository(work).list_consents(client_id)
    if rules.decision_of(rows, purpose) == ConsentDecision.WITHDRAWN:
        raise ConsentWithdrawn


async def decide(
    work: ClinicWork,
    client_id: UUID,
    purpose: str,
    decision: str,
    signed_name: str,
    *,
    language: str | None = None,
) -> None:
    """Gives or withdraws a consent to the words in force; what holds already is not written twice.

    `language` is that of the words that were shown: that which is spoken, where none is given. Raises `InvalidFields`
    for an unknown purpose or decision, and for giving without a name; `Erased`.
    """
    text = consent_texts(language).get(purpose)
    if text is None or decision not in set(ConsentDecision):
        raise InvalidFields.one("purpose" if text is None else "decision", "unknown-code", "Choose one.")
    name = signed_name.strip()
    if decision == ConsentDecision.GIVEN and not name:
        raise InvalidFields.one("signed_name", "missing", "Sign with your name.")
    consents = ScreeningRepository(work)
    rows = await consents.list_consents(client_id)
    before = rules.decision_of(rows, purpose)
    if decision == before or (decision == ConsentDecision.WITHDRAWN and before is None):
        return
    await get_living_client(work, client_id)
    sealed = await seal_for(work, client_id, name.encode())
    consent_id = consents.add_consent(client_id, purpose, text, sealed, decision)
    work.audit(f"consent.{_DEEDS[ConsentDecision(decision)]}", "consent", consent_id, purpose=purpose)
    if decision == ConsentDecision.WITHDRAWN:
        work.announce(CONSENT_WITHDRAWN(client_id=client_id, consent_id=consent_id, purpose=purpose))


_DEEDS = {ConsentDecision.GIVEN: "record", ConsentDecision.WITHDRAWN: "withdraw"}


def _states(rows: list[Row[Any]]) -> tuple[ConsentState, ...]:
    texts = consent_texts()
    return tuple(
        ConsentState(
            purpose=purpose,
            decision=rules.decision_of(rows, purpose),
            since=next((row.signed_at for row in rows if row.purpose == purpose), None),
            version=text.version,
            text=text.text,
        )
        for purpose, text in texts.items()
    )
