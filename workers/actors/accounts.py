"""What follows from signing up."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.kernel.work import PublicWork
from services.notices import service as notices
from services.notices.messages import account
from workers.actor import actor


@actor(scope="public")
async def ask_to_verify_email(work: PublicWork, ids: Mapping[str, str]) -> None:
    """The first message to a new account."""
    message = await account.verify_email(work, UUID(ids["account_id"]))
    if message:
        await notices.queue(work, message)


@actor(scope="public")
async def ask_again_to_verify_email(work: PublicWork, ids: Mapping[str, str]) -> None:
    """The same message, because the person asked for it."""
    message = await account.verify_email(work, UUID(ids["account_id"]), asked_again=True)
    if message:
        await notices.queue(work, message)
