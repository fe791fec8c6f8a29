"""A form that makes something must not make it twice: its hidden token keeps the first answer, for a second press."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable

from services.kernel.idempotency import IdempotencyKey, KeyInFlight, Reply, first_reply, keep_reply
from services.kernel.scope import ClinicScope
from services.kernel.work import ClinicWork, Database

SHORTEST_TOKEN, LONGEST_TOKEN = 16, 64
WAIT_SECONDS, TRIES = 0.2, 50


def new_form_token() -> str:
    """A token for one showing of a form."""
    return secrets.token_urlsafe(18)


def kept_form_token(given: str) -> str:
    """The form's own token while it is shown again with errors, or a new one where it has none."""
    return given if SHORTEST_TOKEN <= len(given) <= LONGEST_TOKEN else new_form_token()


async def send_once(
    database: Database, scope: ClinicScope, token: str, do: Callable[[ClinicWork], Awaitable[str]]
) -> str:
    """Does it in one unit of work and gives the address to show; the same form again gives the same address.

    A press that meets the first one still at work waits for it. Refusals are not kept, so a form that was
    corrected can be sent again. Raises `KeyInFlight` after ten seconds, and what the form's work raises.
    """
    key = IdempotencyKey("form", kept_form_token(token), f"form {scope.clinic_id}".encode())

    async def sent(work: ClinicWork) -> str:
        kept = await first_reply(work, key)
        if kept is not None:
            return kept.body.decode()
        address = await do(work)
        keep_reply(work, key, Reply(303, address.encode()))
        return address

    for attempt in range(TRIES):
        try:
            return await database.run(scope, sent)
        except KeyInFlight:
            if attempt == TRIES - 1:
                raise
        await asyncio.sleep(WAIT_SECONDS)
    raise KeyInFlight
