"""Use cases of the second factor: setting it up, its codes, recovery codes, switching it off.

The secret of a factor that is being set up is derived from the sign-in, so the page shows the same one however
often it is loaded, and nothing is kept until the first code proves that an app has it.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Awaitable
from typing import Any
from uuid import UUID

import pyotp
from argon2.low_level import Type, hash_secret_raw
from sqlalchemy import Row

from services.accounts import rules
from services.accounts.confirming import with_password
from services.accounts.errors import EmailNotProved, SecondFactorOff, SecondFactorOn, SignInFailed
from services.accounts.events import SECOND_FACTOR_CHANGED
from services.accounts.limits import QUARTER, TRIES_BY_ACCOUNT, limit
from services.accounts.repository import AccountRepository
from services.accounts.schemas import NewSecondFactor, SetUp
from services.accounts.sessions import renew_sign_in
from services.kernel.errors import InvalidFields, NotAllowed, NotFound
from services.kernel.ids import new_id
from services.kernel.work import AnyWork, PublicWork

ISSUER = "Needlewise"
# No letters or digits that are taken for others. Ten of 30 signs are 49 bits: a slow hash makes that enough.
_ALPHABET, _CODE_LENGTH, _GROUP = "abcdefghjkmnpqrstvwxyz23456789", 10, 5
# Argon2id as OWASP's least (19 MiB, two passes). Fixed: codes that were hashed otherwise could not be found again.
_PASSES, _KIBIBYTES, _LANES, _SALT_BYTES = 2, 19 * 1024, 1, 16


def otpauth_uri(secret: str, email: str) -> str:
    """The address that an authenticator app reads."""
    return pyotp.TOTP(secret, interval=rules.TOTP_SECONDS).provisioning_uri(name=email, issuer_name=ISSUER)


def seal_secret(work: AnyWork, account_id: UUID, secret: str) -> bytes:
    """The secret as it is kept."""
    return work.tools.keyring.seal(secret.encode(), account_id.bytes)


async def set_up(work: AnyWork, account_id: UUID, token: str) -> SetUp:
    """What an app needs to know. Raises `SecondFactorOn`, `EmailNotProved`."""
    found = await _account(work, account_id)
    _require_ready(found)
    secret = _secret_of(work, account_id, token)
    groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return SetUp(groups, otpauth_uri(secret, found.email))


async def switch_on(
    work: PublicWork, account_id: UUID, given: NewSecondFactor, token: str
) -> tuple[str, list[str]]:
    """Keeps the second factor that `token`'s sign-in was shown, proved by its first code.

    Gives the sign-in's new token, and recovery codes; every other sign-in ends. Raises `InvalidFields` for a wrong
    password or code, `SecondFactorOn`, `EmailNotProved`, `TooManyRequests`.
    """
    found = await with_password(work, account_id, given.current, token)
    _require_ready(found)
    secret = _secret_of(work, account_id, token)
    await _typed(_take_totp(work, account_id, secret, given.code, found.totp_last_used))
    await AccountRepository(work).change(account_id, totp_secret=seal_secret(work, account_id, secret))
    _tell(work, account_id, "on")
    fresh = await renew_sign_in(work, account_id, token, second_factor=True)
    return fresh, await _make_codes(work, account_id)


async def switch_off(work: PublicWork, account_id: UUID, code: str, token: str) -> str:
    """Ends the second factor, for who has a code of it; gives the sign-in's new token. Every other one ends.

    Raises `InvalidFields` for a wrong code, `SecondFactorOff`, `NotAllowed` for moderators, `TooManyRequests`.
    """
    found = await _with_tries(work, account_id)
    if found.is_moderator:
        raise NotAllowed("Moderators always sign in with a second factor. Ask an operator if you lost yours.")
    await _typed(take_code(work, found, code))
    accounts = AccountRepository(work)
    await accounts.change(account_id, totp_secret=None)
    await accounts.set_codes(account_id, [], b"")
    _tell(work, account_id, "off")
    return await renew_sign_in(work, account_id, token)


async def renew_codes(work: PublicWork, account_id: UUID, code: str) -> list[str]:
    """Other recovery codes; the old ones are void.

    Raises `InvalidFields` for a wrong code, `SecondFactorOff`, `TooManyRequests`.
    """
    await _typed(take_code(work, await _with_tries(work, account_id), code))
    _tell(work, account_id, "codes_made")
    return await _make_codes(work, account_id)


async def prove_again(
    work: PublicWork, account_id: UUID, password: str, code: str | None, token: str
) -> None:
    """Who is signed in with `token` proves the password, and the second factor where there is one, once more.

    Raises `InvalidFields` for a wrong or missing one, `TooManyRequests`, `NotSignedIn`.
    """
    try:
        found = await with_password(work, account_id, password, token)
    except InvalidFields as wrong:
        raise InvalidFields.one("password", "wrong", "This is not your password.") from wrong
    if found.totp_secret is not None:
        if not code:
            raise InvalidFields.one("code", "missing", "Type the code that your app shows now.")
        await _typed(take_code(work, found, code))


async def take_code(work: PublicWork, found: Row[Any], code: str) -> None:
    """Uses a code of the app, or a recovery code, up. Raises `SignInFailed`, `SecondFactorOff`."""
    if found.totp_secret is None:
        raise SecondFactorOff
    if code.replace(" ", "").isdigit():
        secret = work.tools.keyring.open(found.totp_secret, found.id.bytes).decode()
        await _take_totp(work, found.id, secret, code, found.totp_last_used)
    else:
        await _take_recovery_code(work, found.id, code)


async def note_asked(work: PublicWork, account_id: UUID) -> None:
    """An owner of a live clinic was asked to set one up: from the first time on, the grace runs."""
    found = await _account(work, account_id, lock=True)
    if found.second_factor_asked_at is None:
        await AccountRepository(work).change(account_id, second_factor_asked_at=work.now)


async def _with_tries(work: PublicWork, account_id: UUID) -> Row[Any]:
    await limit(work, f"second-factor:{account_id}", TRIES_BY_ACCOUNT, QUARTER)
    return await _account(work, account_id, lock=True)


async def _typed(taking: Awaitable[None]) -> None:
    """A wrong code of somebody who is signed in is an error of the field."""
    try:
        await taking
    except SignInFailed as wrong:
        raise InvalidFields.one("code", "wrong", "This is not the code that the app shows now.") from wrong


def _require_ready(found: Row[Any]) -> None:
    if found.totp_secret is not None:
        raise SecondFactorOn
    if found.email_verified_at is None:
        raise EmailNotProved


async def _account(work: AnyWork, account_id: UUID, *, lock: bool = False) -> Row[Any]:
    found = await AccountRepository(work).by_id(account_id, lock=lock)
    if found is None:
        raise NotFound
    return found


def _secret_of(work: AnyWork, account_id: UUID, token: str) -> str:
    about = account_id.bytes + rules.token_hash(token).encode()
    return base64.b32encode(work.tools.keyring.second_factor_secret(about)).decode()


async def _take_totp(
    work: PublicWork, account_id: UUID, secret: str, code: str, last_used: int | None
) -> None:
    now = rules.totp_step(work.now)
    otp = pyotp.TOTP(secret, interval=rules.TOTP_SECONDS)
    codes = {step: otp.generate_otp(step) for step in (now - 1, now, now + 1)}
    step = rules.accepted_step(code, codes, last_used)
    if step is None or not await AccountRepository(work).use_totp_step(account_id, step):
        raise SignInFailed


async def _take_recovery_code(work: PublicWork, account_id: UUID, code: str) -> None:
    accounts, plain = AccountRepository(work), rules.normal_code(code)
    salt = await accounts.salt_of_codes(account_id)
    if salt is None or len(plain) != _CODE_LENGTH:
        raise SignInFailed
    if not await accounts.use_code(account_id, await asyncio.to_thread(_hash_code, plain, salt)):
        raise SignInFailed
    _tell(work, account_id, "code_used")


async def _make_codes(work: PublicWork, account_id: UUID) -> list[str]:
    salt = secrets.token_bytes(_SALT_BYTES)
    codes = [
        "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH)) for _ in range(rules.RECOVERY_CODES)
    ]
    hashes = await asyncio.to_thread(lambda: [_hash_code(code, salt) for code in codes])
    await AccountRepository(work).set_codes(account_id, hashes, salt)
    return [f"{code[:_GROUP]}-{code[_GROUP:]}" for code in codes]


def _hash_code(code: str, salt: bytes) -> str:
    made = hash_secret_raw(
        code.encode(),
        salt,
        time_cost=_PASSES,
        memory_cost=_KIBIBYTES,
        parallelism=_LANES,
        hash_len=32,
        type=Type.ID,
    )
    return made.hex()


def _tell(work: PublicWork, account_id: UUID, change: str) -> None:
    work.audit("account.second_factor", "account", account_id, change=change)
    work.announce(SECOND_FACTOR_CHANGED(account_id=account_id, change_id=new_id(), change=change))
