"""Use cases of a client's word on messages that are not about their visits: one of the consents, with a way of its own.

Given when booking, at the desk or among one's own data; taken back there, by the link in each such message, or at the
desk. Without a word nothing may be sent.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from services.clients.service import get_client, get_living_client
from services.kernel.work import ClinicWork
from services.screening import consents
from services.screening.models import ConsentDecision, Purpose
from services.screening.repository import ScreeningRepository
from services.screening.schemas import MarketingWord

Source = Literal["booking", "desk", "link"]


async def choose_marketing(
    work: ClinicWork, client_id: UUID, source: Source, *, allowed: bool, language: str | None = None
) -> bool:
    """Keeps the client's word; said again it is not kept twice. Gives whether it is new. Raises `NotFound`, `Erased`.

    `language` is that of the words that were shown: that which is spoken, where none is given.
    """
    client = await get_living_client(work, client_id)
    if await consents.holds(work, client.id, Purpose.MARKETING) == allowed:
        return False
    decision = ConsentDecision.GIVEN if allowed else ConsentDecision.WITHDRAWN
    await consents.decide(work, client.id, Purpose.MARKETING, decision, client.name, language=language)
    work.audit("client.choose_marketing", "client", client.id, allowed=allowed, source=source)
    return True


async def find_marketing(work: ClinicWork, client_id: UUID) -> MarketingWord | None:
    """The client's last word, or nothing: then nothing may be sent."""
    rows = await ScreeningRepository(work).list_consents(client_id)
    last = next((row for row in rows if row.purpose == Purpose.MARKETING), None)
    return MarketingWord(last.decision == ConsentDecision.GIVEN, last.signed_at) if last else None


async def may_market(work: ClinicWork, client_id: UUID) -> bool:
    """Whether the client has said yes, and not no since."""
    return await consents.holds(work, (await get_client(work, client_id)).id, Purpose.MARKETING)
