"""`Idempotency-Key` on a request: the first answer is kept with the transaction that made it, and replayed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from litestar import Response
from litestar.serialization import encode_json

from services.kernel.errors import Refusal
from services.kernel.idempotency import IdempotencyKey, KeyMissing, Reply, first_reply, keep_reply
from services.kernel.scope import AccountScope, ClinicScope, PlatformScope, PublicScope
from services.kernel.work import Database, UnitOfWork
from web.context import AppRequest, Visitor
from web.problems import on_refusal

LONGEST_KEY = 255
S = TypeVar("S", ClinicScope, AccountScope, PublicScope, PlatformScope)


async def key_of(request: AppRequest, visitor: Visitor, *, required: bool) -> IdempotencyKey | None:
    """The request's key; who calls and what is asked belong to it. Raises `KeyMissing`."""
    given = request.headers.get("idempotency-key", "")
    if not given and not required:
        return None
    if not given or len(given) > LONGEST_KEY:
        raise KeyMissing
    caller = str(visitor.signed_in.account_id) if visitor.signed_in else "guest"
    body = await request.body()
    return IdempotencyKey(caller, given, f"{request.method} {request.url.path}\n".encode() + body)


async def keep_body(request: AppRequest) -> None:
    """Reads a multipart body whole before its parts are taken out, so that a key can cover it."""
    await request.body()


async def answer_once(
    request: AppRequest,
    visitor: Visitor,
    database: Database,
    scope: S,
    do: Callable[[UnitOfWork[S]], Awaitable[Any]],
    *,
    required: bool = False,
    status: int = 201,
) -> Response[bytes]:
    """Does it in one unit of work and keeps the answer; a refusal is kept as well, on its own."""
    key = await key_of(request, visitor, required=required)

    async def replied(work: UnitOfWork[S]) -> Reply:
        kept = await first_reply(work, key) if key else None
        if kept is not None:
            return kept
        reply = Reply(status, encode_json(await do(work)))
        if key:
            keep_reply(work, key, reply)
        return reply

    try:
        reply = await database.run(scope, replied)
    except Refusal as refusal:
        if key is None or not _is_an_outcome(refusal):
            raise
        answer = on_refusal(request, refusal)
        async with database.begin(scope) as work:
            keep_reply(work, key, Reply(refusal.status, bytes(answer.content)))
        raise
    return _response(reply)


def _is_an_outcome(refusal: Refusal) -> bool:
    """Conflicts of the domain are answers; bad fields, throttling and the key's own errors are not."""
    return refusal.status in {403, 409, 410} and not refusal.code.startswith("idempotency")


def _response(reply: Reply) -> Response[bytes]:
    problem = reply.status >= 400  # noqa: PLR2004  where HTTP's errors begin
    return Response(
        reply.body,
        status_code=reply.status,
        media_type="application/problem+json" if problem else "application/json",
    )
