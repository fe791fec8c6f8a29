"""Use cases of signing in, with a password and where there is one with a second factor.

Programs give everything at once (`sign_in`). Pages go in two steps: `begin_session` checks the password and gives a
session, or a ticket with which `finish_session` takes the code.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.accounts import rules
from services.accounts.errors import SecondFactorNeeded, SignInFailed
from services.accounts.limits import limit_sign_in
from services.accounts.models import SignInKind
from services.accounts.passwords import hash_password, needs_new_hash, password_matches
from services.accounts.repository import AccountRepository
from services.accounts.schemas import NOWHERE, Begun, Credentials, Origin
from services.accounts.second_factor import take_code
from services.accounts.sessions import open_sign_in
from services.kernel.errors import NotFound
from services.kernel.links import LinkExpired, LinkInvalid
from services.kernel.work import AnyWork, PublicWork

TICKET = "second-factor"


async def sign_in(work: PublicWork, given: Credentials, *, kind: SignInKind, origin: Origin = NOWHERE) -> str:
    """A fresh token: a browser's session (14 days, sliding) or a program's (30 days). Only its hash is kept.

    Raises `SignInFailed`, `SecondFactorNeeded` (password right, code missing), `TooManyRequests`.
    """
    found = await _with_password(work, given, origin)
    if found.totp_secret is not None:
        if not given.totp:
            raise SecondFactorNeeded
        await take_code(work, found, given.totp)
    return await open_sign_in(work, found, kind, origin)


async def begin_session(work: PublicWork, given: Credentials, *, origin: Origin = NOWHERE) -> Begun:
    """A session, or a ticket for the step in which the code is typed. Raises `SignInFailed`, `TooManyRequests`."""
    found = await _with_password(work, given, origin)
    if found.totp_secret is not None and not given.totp:
        ticket = work.tools.links.sign(
            TICKET, found.id, version=_state(found), expires_at=work.now + rules.TICKET_LASTS
        )
        return Begun(found.id, ticket=ticket)
    if found.totp_secret is not None and given.totp:
        await take_code(work, found, given.totp)
    return Begun(found.id, token=await open_sign_in(work, found, SignInKind.SESSION, origin))


async def finish_session(work: PublicWork, ticket: str, code: str, *, origin: Origin = NOWHERE) -> Begun:
    """The session of somebody who has given the password, and now a code.

    Raises `LinkExpired` or `LinkInvalid` where the password must be given again, `SignInFailed`, `TooManyRequests`.
    """
    found = await read_ticket(work, ticket)
    await limit_sign_in(work, found.email, origin, found.id)
    await take_code(work, found, code)
    return Begun(found.id, token=await open_sign_in(work, found, SignInKind.SESSION, origin))


async def read_ticket(work: AnyWork, ticket: str) -> Row[Any]:
    """The account that a ticket stands for. Raises `LinkExpired` or `LinkInvalid`."""
    link = work.tools.links.read(TICKET, ticket, work.now)
    found = await AccountRepository(work).by_id(link.subject_id)
    if found is None or link.version != _state(found) or found.totp_secret is None:
        raise LinkInvalid
    return found


async def ticket_is_good(work: AnyWork, ticket: str) -> bool:
    """Whether the step of the code can still be taken with it."""
    try:
        await read_ticket(work, ticket)
    except (LinkExpired, LinkInvalid):
        return False
    return True


async def sign_in_after_sign_up(work: PublicWork, account_id: UUID, *, origin: Origin = NOWHERE) -> str:
    """The session of someone who has just signed up, without asking for the password again. Raises `NotFound`."""
    found = await AccountRepository(work).by_id(account_id)
    if found is None:
        raise NotFound
    return await open_sign_in(work, found, SignInKind.SESSION, origin)


async def _with_password(work: PublicWork, given: Credentials, origin: Origin) -> Row[Any]:
    """The account of the address, where the password is its own. An unknown address takes as long."""
    email = rules.normal_email(given.email)
    accounts = AccountRepository(work)
    found = await accounts.by_email(email)
    await limit_sign_in(work, email, origin, found.id if found else None)
    if not await password_matches(found.password_hash if found else None, given.password) or found is None:
        raise SignInFailed
    if not needs_new_hash(found.password_hash):
        return found
    await accounts.change(found.id, password_hash=await hash_password(given.password))
    return await accounts.by_id(found.id) or found


def _state(found: Row[Any]) -> str:
    return rules.state_of(found.email, found.password_hash)
