"""Asking for the password again before what matters is changed: a session that was left open is not enough."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.accounts.limits import QUARTER, TRIES_BY_ACCOUNT, limit
from services.accounts.passwords import password_matches
from services.accounts.repository import AccountRepository
from services.accounts.rules import token_hash
from services.accounts.sign_in_repository import SignInRepository
from services.kernel.errors import InvalidFields, NotSignedIn
from services.kernel.work import PublicWork


async def with_password(work: PublicWork, account_id: UUID, typed: str, token: str) -> Row[Any]:
    """The account's row, locked, for who knows its password and is signed in with `token`.

    Raises `InvalidFields` for a wrong password, `TooManyRequests`, and `NotSignedIn` where the sign-in has ended or
    was renewed in the meantime, as by the first of two clicks.
    """
    await limit(work, f"password:{account_id}", TRIES_BY_ACCOUNT, QUARTER)
    found = await AccountRepository(work).by_id(account_id, lock=True)
    if found is None or not await SignInRepository(work).belongs(token_hash(token), account_id):
        raise NotSignedIn
    if not await password_matches(found.password_hash, typed):
        raise InvalidFields.one("current", "wrong", "This is not your present password.")
    return found
