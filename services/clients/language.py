"""Use cases of the language in which a client is written to."""

from __future__ import annotations

from uuid import UUID

from services.accounts.schemas import Language
from services.accounts.service import find_language
from services.clients.repository import ClientRepository
from services.clients.service import get_client
from services.kernel.work import ClinicWork


async def choose_language(work: ClinicWork, client_id: UUID, language: Language) -> None:
    """What messages to the client are written in from now on. Raises `NotFound`."""
    client = await get_client(work, client_id)
    if client.language != language:
        await ClientRepository(work).update(client.id, language=language)
        work.audit("client.update", "client", client.id, fields=["language"])


async def follow_language(work: ClinicWork, account_id: UUID) -> None:
    """The records of an account are written to in the language that its owner chose."""
    for client_id in await ClientRepository(work).speak(account_id, await find_language(work, account_id)):
        work.audit("client.update", "client", client_id, fields=["language"])
