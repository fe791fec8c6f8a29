"""Idempotent replies: the first reply under a key is kept, sealed, in the transaction that made it.

An advisory lock for the transaction marks a key as running, so a crash leaves nothing behind
(IETF draft `Idempotency-Key`: 400 missing, 409 in flight, 422 reused with another body).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from services.kernel.adding import Adding
from services.kernel.errors import BadRequest, Refusal
from services.kernel.models import IdempotentReply
from services.kernel.tables import table
from services.kernel.work import AnyWork

_REPLIES = table(IdempotentReply)
_TAKE = "SELECT * FROM take_key($1)"
_KEEP = Adding(_REPLIES, "ON CONFLICT DO NOTHING")


class KeyMissing(BadRequest):
    code = "idempotency-key-missing"
    message = "This request needs an Idempotency-Key header of 1 to 255 characters."


class KeyInFlight(Refusal):
    code = "idempotency-key-in-flight"
    message = "The first request with this Idempotency-Key is still running."


class KeyReused(Refusal):
    status = 422
    code = "idempotency-key-reused"
    message = "This Idempotency-Key was used with another request."


@dataclass(frozen=True, slots=True)
class Reply:
    """A status and a body as they went out."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's key for one request: who, which call, which body."""

    caller: str
    key: str
    request: bytes

    @property
    def key_hash(self) -> str:
        return hashlib.sha256(f"{self.caller}\n{self.key}".encode()).hexdigest()

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.request).hexdigest()


async def first_reply(work: AnyWork, key: IdempotencyKey) -> Reply | None:
    """Takes the key for this transaction. Gives the kept reply where there is one.

    Raises `KeyInFlight` while another transaction holds the key, `KeyReused` for another request under it.
    """
    kept = await work.ask(_TAKE, key.key_hash)
    if not kept["taken"]:
        raise KeyInFlight
    if kept["reply"] is None:
        return None
    if kept["fingerprint"] != key.fingerprint:
        raise KeyReused
    return Reply(kept["status"], work.tools.keyring.open(kept["reply"], key.key_hash.encode()))


def keep_reply(work: AnyWork, key: IdempotencyKey, reply: Reply) -> None:
    """Keeps the reply with this transaction; the first one stays."""
    work.later(
        _KEEP,
        {
            "key_hash": key.key_hash,
            "fingerprint": key.fingerprint,
            "status": reply.status,
            "reply": work.tools.keyring.seal(reply.body, key.key_hash.encode()),
            "created_at": work.now,
        },
    )
