"""Sign-ins: opened, found again with every request, renewed, listed, ended. Only the hash of a token is kept."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.accounts import rules
from services.accounts.device_rules import device_words
from services.accounts.limits import forgive
from services.accounts.models import SignInKind
from services.accounts.schemas import Origin, SignedIn, SignInView
from services.accounts.sign_in_repository import SignInRepository
from services.kernel.errors import NotFound
from services.kernel.ids import new_id
from services.kernel.work import AnyWork, PublicWork

_LONGEST_USER_AGENT = 300


async def open_sign_in(work: PublicWork, found: Row[Any], kind: SignInKind, origin: Origin) -> str:
    """A fresh token for the account of the row, by whatever way it was proved."""
    token, sign_ins = secrets.token_urlsafe(32), SignInRepository(work)
    second_factor = found.totp_secret is not None
    await forgive(work, found.email, origin, found.id)
    await sign_ins.remove_expired(found.id)
    await sign_ins.add(
        token_hash=rules.token_hash(token),
        id=new_id(),
        account_id=found.id,
        kind=kind.value,
        second_factor=second_factor,
        user_agent=origin.user_agent[:_LONGEST_USER_AGENT],
        first_address=origin.address,
        last_address=origin.address,
        expires_at=work.now + rules.lasts(kind),
    )
    work.audit("account.sign_in", "account", found.id, kind=kind.value, second_factor=second_factor)
    return token


async def find_signed_in(
    work: AnyWork, token: str, *, api: bool, address: str = "", noted: bool = True
) -> SignedIn | None:
    """Who holds the token, while it lasts; a session's token opens no API and the other way round.

    Not `noted`: it is no use that makes the sign-in last longer.
    """
    kind = SignInKind.API if api else SignInKind.SESSION
    sign_ins, kept = SignInRepository(work), rules.token_hash(token)
    found = await sign_ins.find(kept, kind.value)
    if found is None:
        return None
    elsewhere = address and found.last_address != address
    if noted and (rules.is_worth_noting(found.last_seen_at, work.now) or elsewhere):
        slides = rules.slides(kind, found.last_seen_at, work.now)
        until = work.now + rules.lasts(kind) if slides else None
        await sign_ins.note_use(kept, address or found.last_address, until)
    return signed_in(work, found, second_factor=found.second_factor)


async def sign_out(work: AnyWork, token: str) -> None:
    """Ends one sign-in; an unknown token is no error."""
    await SignInRepository(work).remove(rules.token_hash(token))


async def renew_sign_in(
    work: PublicWork, account_id: UUID, token: str, *, second_factor: bool = False
) -> str:
    """Another token for the same sign-in, after what it may do has changed; every other one of the account ends.

    Raises `NotFound` where the token is none of the account's.
    """
    fresh, sign_ins = secrets.token_urlsafe(32), SignInRepository(work)
    kept = rules.token_hash(fresh)
    if not await sign_ins.renew(rules.token_hash(token), account_id, kept, second_factor=second_factor):
        raise NotFound
    await sign_ins.remove_all(account_id, but=kept)
    return fresh


async def list_sign_ins(work: AnyWork, account_id: UUID, token: str) -> list[SignInView]:
    """Where a person is signed in, latest used first; the one of `token` is the current one."""
    kept = rules.token_hash(token)
    return [
        SignInView(
            id=row.id,
            kind=row.kind,
            device=device_words(row.user_agent),
            first_address=row.first_address,
            last_address=row.last_address,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            current=row.token_hash == kept,
        )
        for row in await SignInRepository(work).list_of(account_id)
    ]


async def end_sign_in(work: PublicWork, account_id: UUID, sign_in_id: UUID) -> None:
    """Signs one device out. Raises `NotFound` for one that is not the account's, or is over."""
    if not await SignInRepository(work).remove_one(account_id, sign_in_id):
        raise NotFound
    work.audit("account.end_sign_in", "account", account_id, sign_in_id=str(sign_in_id))


async def end_other_sign_ins(work: PublicWork, account_id: UUID, token: str) -> int:
    """Signs every other device out; gives their number."""
    ended = await SignInRepository(work).remove_all(account_id, but=rules.token_hash(token))
    work.audit("account.end_other_sign_ins", "account", account_id, ended=ended)
    return ended


def signed_in(work: AnyWork, row: Row[Any], *, second_factor: bool = False) -> SignedIn:
    """A row of an account as the slices above see it."""
    has_one = row.totp_secret is not None
    return SignedIn(
        account_id=row.id,
        email=row.email,
        name=row.name,
        email_verified=row.email_verified_at is not None,
        is_moderator=row.is_moderator,
        second_factor=second_factor,
        has_second_factor=has_one,
        second_factor_overdue=not has_one
        and rules.second_factor_overdue(row.second_factor_asked_at, work.now),
        language=row.language,
    )
