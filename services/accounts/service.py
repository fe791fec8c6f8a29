"""Use cases of accounts: sign up, sign in, prove the address, sign out."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from typing import Any
from uuid import UUID

import pyotp
from pydantic import ValidationError
from sqlalchemy import Row

from services.accounts import rules
from services.accounts.errors import SecondFactorNeeded, SignInFailed
from services.accounts.events import SIGNED_UP, VERIFICATION_ASKED
from services.accounts.models import SignInKind
from services.accounts.passwords import hash_password, needs_new_hash, password_matches
from services.accounts.repository import AccountRepository
from services.accounts.schemas import (
    Credentials,
    NewAccount,
    NewName,
    NewPassword,
    SetPassword,
    SignedIn,
)
from services.kernel.errors import InvalidFields, NotFound, TooManyRequests
from services.kernel.ids import new_id
from services.kernel.links import LinkInvalid
from services.kernel.work import AnyWork, PlatformWork, PublicWork

VERIFY_EMAIL = "verify-email"
ISSUER = "Needlewise"
_QUARTER, _HOUR = 15 * 60, 60 * 60
TRIES_BY_EMAIL_AND_ADDRESS, TRIES_BY_EMAIL, TRIES_BY_ADDRESS = 10, 100, 100
SIGN_UPS_BY_ADDRESS, VERIFICATIONS_BY_ACCOUNT = 20, 5
_LONGEST_USER_AGENT = 300


async def sign_up(work: PublicWork, new: NewAccount, *, address: str = "") -> SignedIn:
    """Makes an account; its e-mail is not proved yet. `address` is the caller's IP address, for the throttle.

    Raises `InvalidFields` for a taken address or a password that is easily guessed, `TooManyRequests`.
    """
    if address:
        await _throttle(work, f"sign-up:{_digest(address)}", SIGN_UPS_BY_ADDRESS, _HOUR)
    _refuse_guessable(new.password, email=new.email, name=new.name)
    account_id = new_id()
    added = await AccountRepository(work).add(
        id=account_id, email=new.email, name=new.name, password_hash=await hash_password(new.password)
    )
    if not added:
        raise InvalidFields.one("email", "taken", "There is an account with this address. Sign in instead.")
    work.audit("account.sign_up", "account", account_id)
    work.announce(SIGNED_UP(account_id=account_id))
    return await get_account(work, account_id)


async def sign_in(
    work: PublicWork, given: Credentials, *, kind: SignInKind, user_agent: str = "", address: str = ""
) -> str:
    """A fresh token: a browser's session (14 days, sliding) or a program's (30 days). Only its hash is kept.

    Raises `SignInFailed`, `SecondFactorNeeded` (password right, code missing), `TooManyRequests`.
    """
    email = rules.normal_email(given.email)
    await _throttle_sign_in(work, email, address)
    accounts = AccountRepository(work)
    found = await accounts.by_email(email)
    if not await password_matches(found.password_hash if found else None, given.password) or found is None:
        raise SignInFailed
    second_factor = await _second_factor(work, found, given.totp)
    if needs_new_hash(found.password_hash):
        await accounts.change(found.id, password_hash=await hash_password(given.password))
    await accounts.remove_expired(found.id)
    return await _open_sign_in(work, found.id, kind, user_agent, second_factor=second_factor)


async def sign_in_after_sign_up(work: PublicWork, account_id: UUID, *, user_agent: str = "") -> str:
    """The session of someone who has just signed up, without asking for the password again."""
    return await _open_sign_in(work, account_id, SignInKind.SESSION, user_agent, second_factor=False)


async def _open_sign_in(
    work: PublicWork, account_id: UUID, kind: SignInKind, user_agent: str, *, second_factor: bool
) -> str:
    token = secrets.token_urlsafe(32)
    await AccountRepository(work).add_sign_in(
        token_hash=rules.token_hash(token),
        account_id=account_id,
        kind=kind.value,
        second_factor=second_factor,
        user_agent=user_agent[:_LONGEST_USER_AGENT],
        expires_at=work.now + rules.lasts(kind),
    )
    work.audit("account.sign_in", "account", account_id, kind=kind.value, second_factor=second_factor)
    return token


async def _second_factor(work: PublicWork, found: Row[Any], code: str | None) -> bool:
    if found.totp_secret is None:
        return False
    if not code:
        raise SecondFactorNeeded
    secret = work.tools.keyring.open(found.totp_secret, found.id.bytes).decode()
    now = rules.totp_step(work.now)
    otp = pyotp.TOTP(secret, interval=rules.TOTP_SECONDS)
    codes = {step: otp.generate_otp(step) for step in (now - 1, now, now + 1)}
    step = rules.accepted_step(code, codes, found.totp_last_used)
    if step is None or not await AccountRepository(work).use_totp_step(found.id, step):
        raise SignInFailed
    return True


async def find_signed_in(work: AnyWork, token: str, *, api: bool) -> SignedIn | None:
    """Who holds the token, while it lasts; a session's token opens no API and the other way round."""
    kind = SignInKind.API if api else SignInKind.SESSION
    accounts, kept = AccountRepository(work), rules.token_hash(token)
    found = await accounts.find_sign_in(kept, kind.value)
    if found is None:
        return None
    if rules.slides(kind, found.last_seen_at, work.now):
        await accounts.slide(kept, work.now + rules.lasts(kind))
    return _signed_in(found, second_factor=found.second_factor)


async def sign_out(work: AnyWork, token: str) -> None:
    """Ends one sign-in; an unknown token is no error."""
    await AccountRepository(work).remove_sign_in(rules.token_hash(token))


async def verify_email(work: PublicWork, token: str) -> SignedIn:
    """Notes that the address is proved; opening the link twice changes nothing.

    Raises `LinkInvalid` (also when the address has changed since), `LinkExpired` after three days.
    """
    link = work.tools.links.read(VERIFY_EMAIL, token, work.now)
    accounts = AccountRepository(work)
    found = await accounts.by_id(link.subject_id)
    if found is None or found.email != link.version:
        raise LinkInvalid
    if found.email_verified_at is None:
        await accounts.change(found.id, email_verified_at=work.now)
        work.audit("account.verify_email", "account", found.id)
    return await get_account(work, found.id)


async def verification_link(work: AnyWork, account_id: UUID) -> str:
    """The address that proves the e-mail, good for three days, for the message. Raises `NotFound`."""
    account = await get_account(work, account_id)
    token = work.tools.links.sign(
        VERIFY_EMAIL, account_id, version=account.email, expires_at=work.now + rules.VERIFICATION_LASTS
    )
    return f"{work.tools.base_url}/verify-email/{token}"


async def ask_verification_again(work: PublicWork, account_id: UUID) -> None:
    """Has the message sent once more, unless the address is proved. Raises `TooManyRequests`."""
    account = await get_account(work, account_id)
    if account.email_verified:
        return
    await _throttle(work, f"verify-email:{account_id}", VERIFICATIONS_BY_ACCOUNT, _HOUR)
    work.announce(VERIFICATION_ASKED(account_id=account_id))


async def get_account(work: AnyWork, account_id: UUID) -> SignedIn:
    """The account. Raises `NotFound`."""
    found = await AccountRepository(work).by_id(account_id)
    if found is None:
        raise NotFound
    return _signed_in(found)


async def list_accounts(work: AnyWork, ids: Collection[UUID]) -> dict[UUID, SignedIn]:
    """The accounts of those ids that exist."""
    return {row.id: _signed_in(row) for row in await AccountRepository(work).by_ids(ids)} if ids else {}


async def find_by_email(work: AnyWork, email: str) -> SignedIn | None:
    """The account with that address, without regard to case."""
    found = await AccountRepository(work).by_email(rules.normal_email(email))
    return None if found is None else _signed_in(found)


async def rename(work: PublicWork, account_id: UUID, new: NewName) -> None:
    """Another name."""
    await AccountRepository(work).change(account_id, name=new.name)
    work.audit("account.rename", "account", account_id)


async def change_password(work: PublicWork, account_id: UUID, new: NewPassword, *, token: str) -> None:
    """Another password; every other sign-in of the account ends, that of `token` stays.

    Raises `InvalidFields` when the present password is wrong or the new one is easily guessed.
    """
    await _throttle(work, f"password:{account_id}", TRIES_BY_EMAIL_AND_ADDRESS, _QUARTER)
    accounts = AccountRepository(work)
    found = await accounts.by_id(account_id)
    if found is None:
        raise NotFound
    if not await password_matches(found.password_hash, new.current):
        raise InvalidFields.one("current", "wrong", "This is not your present password.")
    _refuse_guessable(new.password, email=found.email, name=found.name)
    await accounts.change(account_id, password_hash=await hash_password(new.password))
    await accounts.remove_sign_ins(account_id, but=rules.token_hash(token))
    work.audit("account.change_password", "account", account_id)


async def set_password(work: PlatformWork, given: SetPassword) -> bool:
    """An operator gives an account this password, and its sign-ins end; false where it has that one already.

    Raises `NotFound`, and `InvalidFields` when it is easily guessed.
    """
    accounts = AccountRepository(work)
    found = await accounts.by_email(given.email)
    if found is None:
        raise NotFound
    if await password_matches(found.password_hash, given.password):
        return False
    _refuse_guessable(given.password, email=found.email, name=found.name)
    await accounts.change(found.id, password_hash=await hash_password(given.password))
    await accounts.remove_sign_ins(found.id)
    work.audit("account.set_password", "account", found.id)
    return True


async def create_moderator(
    work: PublicWork | PlatformWork, email: str, name: str, password: str, *, second_factor: bool = True
) -> str:
    """A moderator with a second factor from the start; gives the `otpauth` address for an authenticator app.

    Without `second_factor` (demo data) the answer is empty. Raises `InvalidFields`.
    """
    try:
        new = NewAccount(email=email, name=name, password=password)
    except ValidationError as error:
        raise InvalidFields.from_pydantic(error) from error
    _refuse_guessable(new.password, email=new.email, name=new.name)
    account_id, secret = new_id(), pyotp.random_base32()
    sealed = work.tools.keyring.seal(secret.encode(), account_id.bytes) if second_factor else None
    added = await AccountRepository(work).add(
        id=account_id,
        email=new.email,
        name=new.name,
        password_hash=await hash_password(new.password),
        email_verified_at=work.now,
        is_moderator=True,
        totp_secret=sealed,
    )
    if not added:
        raise InvalidFields.one("email", "taken", "There is an account with this address.")
    work.audit("account.create_moderator", "account", account_id)
    return pyotp.TOTP(secret).provisioning_uri(name=new.email, issuer_name=ISSUER) if second_factor else ""


def _signed_in(row: Row[Any], *, second_factor: bool = False) -> SignedIn:
    return SignedIn(
        account_id=row.id,
        email=row.email,
        name=row.name,
        email_verified=row.email_verified_at is not None,
        is_moderator=row.is_moderator,
        second_factor=second_factor,
    )


def _refuse_guessable(password: str, *, email: str, name: str) -> None:
    problem = rules.password_problem(password, email=email, name=name)
    if problem:
        raise InvalidFields.one("password", "too-common", problem)


async def _throttle_sign_in(work: PublicWork, email: str, address: str) -> None:
    both = _digest(f"{email}\n{address}")
    await _throttle(work, f"sign-in:{both}", TRIES_BY_EMAIL_AND_ADDRESS, _QUARTER)
    await _throttle(work, f"sign-in-email:{_digest(email)}", TRIES_BY_EMAIL, _HOUR)
    if address:
        await _throttle(work, f"sign-in-address:{_digest(address)}", TRIES_BY_ADDRESS, _QUARTER)


async def _throttle(work: AnyWork, key: str, limit: int, per_seconds: int) -> None:
    wait = await work.tools.throttle.hit(key, limit, per_seconds)
    if wait is not None:
        raise TooManyRequests(wait)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
