"""Signing in, what a sign-in is, signing out."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import select, update

from services.accounts import service
from services.accounts.errors import SecondFactorNeeded, SignInFailed
from services.accounts.models import Account, SignIn
from services.kernel.errors import InvalidFields
from services.kernel.scope import PlatformScope, PublicScope
from services.kernel.tables import table
from services.kernel.work import Database
from tests.fixtures import MovableClock
from tests.services.accounts.people import API, PASSWORD, sign_in, sign_up, who

ACCOUNTS, SIGN_INS = table(Account), table(SignIn)


async def test_a_session_opens_pages_and_a_token_the_api(database: Database) -> None:
    await sign_up(database)
    session, token = await sign_in(database), await sign_in(database, kind=API)
    assert session != token
    assert await who(database, session) is not None
    assert await who(database, token, api=True) is not None
    assert await who(database, session, api=True) is None
    assert await who(database, token) is None
    assert await who(database, "nonsense") is None


async def test_only_hashes_of_tokens_are_kept(database: Database) -> None:
    await sign_up(database)
    token = await sign_in(database, user_agent="x" * 500)
    async with database.begin(PublicScope()) as work:
        row = await work.row(select(SIGN_INS))
    assert row is not None
    assert token not in str(row)
    assert (len(row.user_agent), row.kind) == (300, "session")


@pytest.mark.parametrize(("email", "password"), [("ana@example.com", "wrong"), ("bo@example.com", PASSWORD)])
async def test_a_wrong_password_and_an_unknown_address_fail_alike(
    database: Database, email: str, password: str
) -> None:
    await sign_up(database)
    with pytest.raises(SignInFailed) as refusal:
        await sign_in(database, email=email, password=password)
    assert (refusal.value.status, refusal.value.code) == (401, "sign-in-failed")


async def test_a_hash_of_older_parameters_is_made_anew(database: Database) -> None:
    from argon2 import PasswordHasher  # noqa: PLC0415  only this test makes a weak hash

    account = await sign_up(database)
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    async with database.begin(PublicScope()) as work:
        await work.execute(update(ACCOUNTS).values(password_hash=weak))
    await sign_in(database)
    async with database.begin(PublicScope()) as work:
        kept = await work.scalar(select(ACCOUNTS.c.password_hash))
    assert kept != weak
    assert account.account_id
    await sign_in(database)


async def test_a_damaged_hash_lets_nobody_in(database: Database) -> None:
    await sign_up(database)
    async with database.begin(PublicScope()) as work:
        await work.execute(update(ACCOUNTS).values(password_hash="damaged"))
    with pytest.raises(SignInFailed):
        await sign_in(database)


async def test_a_session_slides_with_use_and_ends_without(database: Database, clock: MovableClock) -> None:
    await sign_up(database)
    token = await sign_in(database)
    for _ in range(3):
        await clock.advance(timedelta(days=10))
        assert await who(database, token) is not None
    await clock.advance(timedelta(days=14, seconds=1))
    assert await who(database, token) is None


async def test_an_api_token_ends_after_a_month_in_spite_of_use(
    database: Database, clock: MovableClock
) -> None:
    await sign_up(database)
    token = await sign_in(database, kind=API)
    await clock.advance(timedelta(days=29))
    assert await who(database, token, api=True) is not None
    await clock.advance(timedelta(days=1, seconds=1))
    assert await who(database, token, api=True) is None


async def test_sign_ins_that_are_over_are_forgotten_at_the_next(
    database: Database, clock: MovableClock
) -> None:
    await sign_up(database)
    await sign_in(database)
    await clock.advance(timedelta(days=15))
    await sign_in(database)
    async with database.begin(PublicScope()) as work:
        assert len(await work.rows(select(SIGN_INS))) == 1


async def test_signing_out_ends_one_sign_in(database: Database) -> None:
    await sign_up(database)
    here, there = await sign_in(database), await sign_in(database)
    async with database.begin(PublicScope()) as work:
        await service.sign_out(work, here)
        await service.sign_out(work, "unknown")
    assert await who(database, here) is None
    assert await who(database, there) is not None


async def _moderator(database: Database, **more: Any) -> str:
    async with database.begin(PlatformScope("a test makes a moderator")) as work:
        return await service.create_moderator(work, "Mo@example.com", "Mo", PASSWORD, **more)


async def test_a_moderator_signs_in_with_each_code_once(database: Database, clock: MovableClock) -> None:
    totp = pyotp.parse_uri(await _moderator(database))
    assert isinstance(totp, pyotp.TOTP)
    assert totp.issuer == "Needlewise"
    with pytest.raises(SecondFactorNeeded) as needed:
        await sign_in(database, email="mo@example.com")
    assert (needed.value.status, needed.value.code) == (401, "second-factor-needed")
    with pytest.raises(SignInFailed):
        await sign_in(database, email="mo@example.com", password="wrong", totp=totp.at(await clock.now()))
    code = totp.at(await clock.now())
    found = await who(database, await sign_in(database, email="mo@example.com", totp=code))
    assert found is not None
    assert (found.second_factor, found.is_moderator, found.email_verified) == (True, True, True)
    with pytest.raises(SignInFailed):
        await sign_in(database, email="mo@example.com", totp=code)
    later = totp.at(await clock.advance(timedelta(minutes=1)))
    await sign_in(database, email="mo@example.com", totp=later)


async def test_a_code_of_another_time_is_refused(database: Database, clock: MovableClock) -> None:
    totp = pyotp.parse_uri(await _moderator(database))
    assert isinstance(totp, pyotp.TOTP)
    now = await clock.now()
    for minutes in (-2, 2):
        with pytest.raises(SignInFailed):
            await sign_in(database, email="mo@example.com", totp=totp.at(now + timedelta(minutes=minutes)))


async def test_one_code_used_twice_at_once_lets_one_in(database: Database, clock: MovableClock) -> None:
    totp = pyotp.parse_uri(await _moderator(database))
    assert isinstance(totp, pyotp.TOTP)
    code = totp.at(await clock.now())
    tries = (sign_in(database, email="mo@example.com", totp=code) for _ in range(4))
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(item, str) for item in found) == 1
    assert sum(isinstance(item, SignInFailed) for item in found) == 3


async def test_the_second_factors_secret_is_sealed(database: Database) -> None:
    totp = pyotp.parse_uri(await _moderator(database))
    async with database.begin(PublicScope()) as work:
        sealed = await work.scalar(select(ACCOUNTS.c.totp_secret))
    assert totp.secret.encode() not in sealed


async def test_a_demo_moderator_may_be_made_without_a_second_factor(database: Database) -> None:
    assert await _moderator(database, second_factor=False) == ""
    found = await who(database, await sign_in(database, email="mo@example.com"))
    assert found is not None
    assert (found.is_moderator, found.second_factor) == (True, False)
    with pytest.raises(InvalidFields):
        await _moderator(database)
