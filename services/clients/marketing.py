"""Use cases of a client's word on messages that are not about their visits: given when booking, taken back any time."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from services.clients.marketing_repository import MarketingRepository
from services.clients.schemas import MarketingChoiceView
from services.clients.service import get_client
from services.kernel.work import ClinicWork

Source = Literal["booking", "desk", "link"]


async def choose_marketing(work: ClinicWork, client_id: UUID, source: Source, *, allowed: bool) -> bool:
    """Keeps the client's word; said again it is not kept twice. Gives whether it is new. Raises `NotFound`."""
    client = await get_client(work, client_id)
    choices = MarketingRepository(work)
    last = await choices.last(client.id)
    if (last.allowed if last else False) == allowed:
        return False
    await choices.add(client.id, source, allowed=allowed)
    work.audit("client.choose_marketing", "client", client.id, allowed=allowed, source=source)
    return True


async def find_marketing(work: ClinicWork, client_id: UUID) -> MarketingChoiceView | None:
    """The client's last word, or nothing: then nothing may be sent."""
    return await MarketingRepository(work).last(client_id)


async def may_market(work: ClinicWork, client_id: UUID) -> bool:
    """Whether the client has said yes, and not no since."""
    last = await find_marketing(work, (await get_client(work, client_id)).id)
    return last is not None and last.allowed
