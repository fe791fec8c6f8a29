"""Signing up, signing in, proving the address, signing out."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pyotp
import pytest
from sqlalchemy import select, update

from infra.platform.assembly import Adapters
from infra.platform.redis import RedisThrottle
from services.accounts import service
from services.accounts.errors import SecondFactorNeeded, SignInFailed
from services.accounts.models import Account, SignIn, SignInKind
from services.accounts.schemas import Credentials, NewAccount, NewName, NewPassword, SetPassword, SignedIn
from services.kernel.errors import InvalidFields, NotFound, TooManyRequests
from services.kernel.ids import new_id
from services.kernel.links import LinkExpired, LinkInvalid
from services.kernel.models import AuditEvent, Outbox
from services.kernel.scope import PlatformScope, PublicScope
from services.kernel.tables import table
from services.kernel.work import Database, Tools
from tests.conftest import MovableClock

ACCOUNTS, SIGN_INS = table(Account), table(SignIn)
PASSWORD = "a long walk by the sea"
SESSION, API = SignInKind.SESSION, SignInKind.API


async def _sign_up(database: Database, email: str = "ana@example.com", *, address: str = "") -> SignedIn:
    async with database.begin(PublicScope()) as work:
        new = NewAccount(email=email, name="Ana Torres", password=PASSWORD)
        return await service.sign_up(work, new, address=address)


async def _sign_in(
    database: Database,
    *,
    email: str = "ana@example.com",
    password: str = PASSWORD,
    kind: SignInKind = SESSION,
    **more: Any,
) -> str:
    async with database.begin(PublicScope()) as work:
        given = Credentials(email=email, password=password, totp=more.pop("totp", None))
        return await service.sign_in(work, given, kind=kind, **more)


async def _who(database: Database, token: str, *, api: bool = False) -> SignedIn | None:
    async with database.begin(PublicScope()) as work:
        return await service.find_signed_in(work, token, api=api)


async def _announced(database: Database) -> list[tuple[str, Any]]:
    async with database.begin(PlatformScope("a test reads the outbox")) as work:
        rows = await work.rows(select(table(Outbox)).order_by(table(Outbox).c.id))
    return [(row.name, row.payload) for row in rows]


def _throttled(database: Database, adapters: Adapters) -> Database:
    tools = database.tools
    on = Tools(
        tools.keyring, tools.links, tools.storage, RedisThrottle(adapters.redis, on=True), tools.base_url
    )
    return Database(adapters.postgres, on, wake=adapters.wake, movable_clock=True)


async def test_signing_up_keeps_a_hash_and_announces_it(database: Database) -> None:
    account = await _sign_up(database, "Ana@Example.com")
    assert (account.email, account.email_verified, account.is_moderator) == ("ana@example.com", False, False)
    assert await _announced(database) == [("account.signed_up", {"account_id": str(account.account_id)})]
    async with database.begin(PublicScope()) as work:
        row = await work.row(select(ACCOUNTS))
        audit = await work.rows(select(table(AuditEvent)))
    assert row is not None
    assert row.password_hash.startswith("$argon2id$")
    assert [(event.action, event.detail) for event in audit] == [("account.sign_up", {})]


async def test_an_address_has_one_account_in_any_case(database: Database) -> None:
    await _sign_up(database)
    with pytest.raises(InvalidFields) as refusal:
        await _sign_up(database, "ANA@example.com")
    assert [(e.field, e.code) for e in refusal.value.errors] == [("email", "taken")]


async def test_two_who_sign_up_at_once_with_one_address_make_one_account(database: Database) -> None:
    found = await asyncio.gather(*(_sign_up(database) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(item, SignedIn) for item in found) == 1
    assert sum(isinstance(item, InvalidFields) for item in found) == 3


async def test_control_signs_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be shown"):
        NewAccount(email="ana@example.com", name="Ana\x00", password=PASSWORD)


async def test_a_session_opens_pages_and_a_token_the_api(database: Database) -> None:
    await _sign_up(database)
    session, token = await _sign_in(database), await _sign_in(database, kind=API)
    assert session != token
    assert await _who(database, session) is not None
    assert await _who(database, token, api=True) is not None
    assert await _who(database, session, api=True) is None
    assert await _who(database, token) is None
    assert await _who(database, "nonsense") is None


async def test_only_hashes_of_tokens_are_kept(database: Database) -> None:
    await _sign_up(database)
    token = await _sign_in(database, user_agent="x" * 500)
    async with database.begin(PublicScope()) as work:
        row = await work.row(select(SIGN_INS))
    assert row is not None
    assert token not in str(row)
    assert (len(row.user_agent), row.kind) == (300, "session")


@pytest.mark.parametrize(("email", "password"), [("ana@example.com", "wrong"), ("bo@example.com", PASSWORD)])
async def test_a_wrong_password_and_an_unknown_address_fail_alike(
    database: Database, email: str, password: str
) -> None:
    await _sign_up(database)
    with pytest.raises(SignInFailed) as refusal:
        await _sign_in(database, email=email, password=password)
    assert (refusal.value.status, refusal.value.code) == (401, "sign-in-failed")


async def test_a_hash_of_older_parameters_is_made_anew(database: Database) -> None:
    from argon2 import PasswordHasher  # noqa: PLC0415  only this test makes a weak hash

    account = await _sign_up(database)
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    async with database.begin(PublicScope()) as work:
        await work.execute(update(ACCOUNTS).values(password_hash=weak))
    await _sign_in(database)
    async with database.begin(PublicScope()) as work:
        kept = await work.scalar(select(ACCOUNTS.c.password_hash))
    assert kept != weak
    assert account.account_id
    await _sign_in(database)


async def test_a_damaged_hash_lets_nobody_in(database: Database) -> None:
    await _sign_up(database)
    async with database.begin(PublicScope()) as work:
        await work.execute(update(ACCOUNTS).values(password_hash="damaged"))
    with pytest.raises(SignInFailed):
        await _sign_in(database)


async def test_a_session_slides_with_use_and_ends_without(database: Database, clock: MovableClock) -> None:
    await _sign_up(database)
    token = await _sign_in(database)
    for _ in range(3):
        await clock.advance(timedelta(days=10))
        assert await _who(database, token) is not None
    await clock.advance(timedelta(days=14, seconds=1))
    assert await _who(database, token) is None


async def test_an_api_token_ends_after_a_month_in_spite_of_use(
    database: Database, clock: MovableClock
) -> None:
    await _sign_up(database)
    token = await _sign_in(database, kind=API)
    await clock.advance(timedelta(days=29))
    assert await _who(database, token, api=True) is not None
    await clock.advance(timedelta(days=1, seconds=1))
    assert await _who(database, token, api=True) is None


async def test_sign_ins_that_are_over_are_forgotten_at_the_next(
    database: Database, clock: MovableClock
) -> None:
    await _sign_up(database)
    await _sign_in(database)
    await clock.advance(timedelta(days=15))
    await _sign_in(database)
    async with database.begin(PublicScope()) as work:
        assert len(await work.rows(select(SIGN_INS))) == 1


async def test_signing_out_ends_one_sign_in(database: Database) -> None:
    await _sign_up(database)
    here, there = await _sign_in(database), await _sign_in(database)
    async with database.begin(PublicScope()) as work:
        await service.sign_out(work, here)
        await service.sign_out(work, "unknown")
    assert await _who(database, here) is None
    assert await _who(database, there) is not None


async def _link(database: Database, account_id: UUID) -> str:
    async with database.begin(PublicScope()) as work:
        return (await service.verification_link(work, account_id)).rsplit("/", 1)[1]


async def test_the_link_proves_the_address_once_and_for_all(database: Database, clock: MovableClock) -> None:
    account = await _sign_up(database)
    token = await _link(database, account.account_id)
    for _ in range(2):
        async with database.begin(PublicScope()) as work:
            assert (await service.verify_email(work, token)).email_verified
        await clock.advance(timedelta(days=1))
    async with database.begin(PublicScope()) as work:
        audit = await work.rows(select(table(AuditEvent)))
    assert [event.action for event in audit].count("account.verify_email") == 1


async def test_the_link_ends_after_three_days(database: Database, clock: MovableClock) -> None:
    token = await _link(database, (await _sign_up(database)).account_id)
    await clock.advance(timedelta(days=3, seconds=2))
    async with database.begin(PublicScope()) as work:
        with pytest.raises(LinkExpired):
            await service.verify_email(work, token)


async def test_a_link_to_another_address_or_nobody_proves_nothing(database: Database) -> None:
    account = await _sign_up(database)
    token = await _link(database, account.account_id)
    async with database.begin(PublicScope()) as work:
        await work.execute(update(ACCOUNTS).values(email="new@example.com"))
        with pytest.raises(LinkInvalid):
            await service.verify_email(work, token)
        nobody = work.tools.links.sign(service.VERIFY_EMAIL, new_id(), version="ana@example.com")
        with pytest.raises(LinkInvalid):
            await service.verify_email(work, nobody)


async def test_the_message_is_asked_for_again_until_the_address_is_proved(database: Database) -> None:
    account = await _sign_up(database)
    for _ in range(2):
        async with database.begin(PublicScope()) as work:
            await service.ask_verification_again(work, account.account_id)
        async with database.begin(PublicScope()) as work:
            token = (await service.verification_link(work, account.account_id)).rsplit("/", 1)[1]
            await service.verify_email(work, token)
    ids = {"account_id": str(account.account_id)}
    assert await _announced(database) == [
        ("account.signed_up", ids),
        ("account.verification_asked", ids),
    ]


async def test_accounts_are_found_by_id_and_address(database: Database) -> None:
    account = await _sign_up(database)
    async with database.begin(PublicScope()) as work:
        assert await service.find_by_email(work, " ANA@example.com") == account
        assert await service.find_by_email(work, "bo@example.com") is None
        assert await service.list_accounts(work, [account.account_id, new_id()]) == {
            account.account_id: account
        }
        assert await service.list_accounts(work, []) == {}
        with pytest.raises(NotFound):
            await service.get_account(work, new_id())


async def test_a_new_password_ends_every_other_sign_in(database: Database) -> None:
    account = await _sign_up(database)
    here, there = await _sign_in(database), await _sign_in(database)
    new = NewPassword(current=PASSWORD, password="another walk by the sea")
    async with database.begin(PublicScope()) as work:
        await service.change_password(work, account.account_id, new, token=here)
    assert await _who(database, here) is not None
    assert await _who(database, there) is None
    with pytest.raises(SignInFailed):
        await _sign_in(database)
    await _sign_in(database, password="another walk by the sea")


@pytest.mark.parametrize(
    ("current", "password", "wrong"),
    [
        ("not it", "another walk by the sea", ("current", "wrong")),
        (PASSWORD, "password1234", ("password", "too-common")),
    ],
)
async def test_a_password_is_changed_by_who_knows_it_to_a_good_one(
    database: Database, current: str, password: str, wrong: tuple[str, str]
) -> None:
    account = await _sign_up(database)
    new = NewPassword(current=current, password=password)
    async with database.begin(PublicScope()) as work:
        with pytest.raises(InvalidFields) as refusal:
            await service.change_password(work, account.account_id, new, token="")
        assert [(e.field, e.code) for e in refusal.value.errors] == [wrong]
        with pytest.raises(NotFound):
            await service.change_password(work, new_id(), new, token="")


async def test_a_name_is_changed(database: Database) -> None:
    account = await _sign_up(database)
    async with database.begin(PublicScope()) as work:
        await service.rename(work, account.account_id, NewName(name=" Ana T. "))
        assert (await service.get_account(work, account.account_id)).name == "Ana T."


async def _set_password(database: Database, password: str, email: str = "ana@example.com") -> bool:
    async with database.begin(PlatformScope("a test sets a password")) as work:
        return await service.set_password(work, SetPassword(email=email, password=password))


async def test_an_operator_sets_a_password_and_the_sign_ins_end(database: Database) -> None:
    await _sign_up(database)
    token = await _sign_in(database)
    assert not await _set_password(database, PASSWORD)
    assert await _who(database, token) is not None
    assert await _set_password(database, "lamps along the quay")
    assert await _who(database, token) is None
    with pytest.raises(SignInFailed):
        await _sign_in(database)
    await _sign_in(database, password="lamps along the quay")


async def test_an_operator_sets_no_guessable_password_and_none_for_nobody(database: Database) -> None:
    await _sign_up(database)
    with pytest.raises(InvalidFields):
        await _set_password(database, "password1234")
    with pytest.raises(NotFound):
        await _set_password(database, PASSWORD, "nobody@example.com")
    await _sign_in(database)


async def _moderator(database: Database, **more: Any) -> str:
    async with database.begin(PlatformScope("a test makes a moderator")) as work:
        return await service.create_moderator(work, "Mo@example.com", "Mo", PASSWORD, **more)


async def test_a_moderator_signs_in_with_each_code_once(database: Database, clock: MovableClock) -> None:
    totp = pyotp.parse_uri(await _moderator(database))
    assert isinstance(totp, pyotp.TOTP)
    assert totp.issuer == "Needlewise"
    with pytest.raises(SecondFactorNeeded) as needed:
        await _sign_in(database, email="mo@example.com")
    assert (needed.value.status, needed.value.code) == (401, "second-factor-needed")
    with pytest.raises(SignInFailed):
        await _sign_in(database, email="mo@example.com", password="wrong", totp=totp.at(await clock.now()))
    code = totp.at(await clock.now())
    who = await _who(database, await _sign_in(database, email="mo@example.com", totp=code))
    assert who is not None
    assert (who.second_factor, who.is_moderator, who.email_verified) == (True, True, True)
    with pytest.raises(SignInFailed):
        await _sign_in(database, email="mo@example.com", totp=code)
    later = totp.at(await clock.advance(timedelta(minutes=1)))
    await _sign_in(database, email="mo@example.com", totp=later)


async def test_a_code_of_another_time_is_refused(database: Database, clock: MovableClock) -> None:
    totp = pyotp.parse_uri(await _moderator(database))
    assert isinstance(totp, pyotp.TOTP)
    now = await clock.now()
    for minutes in (-2, 2):
        with pytest.raises(SignInFailed):
            await _sign_in(database, email="mo@example.com", totp=totp.at(now + timedelta(minutes=minutes)))


async def test_one_code_used_twice_at_once_lets_one_in(database: Database, clock: MovableClock) -> None:
    totp = pyotp.parse_uri(await _moderator(database))
    assert isinstance(totp, pyotp.TOTP)
    code = totp.at(await clock.now())
    tries = (_sign_in(database, email="mo@example.com", totp=code) for _ in range(4))
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
    who = await _who(database, await _sign_in(database, email="mo@example.com"))
    assert who is not None
    assert (who.is_moderator, who.second_factor) == (True, False)
    with pytest.raises(InvalidFields):
        await _moderator(database)


async def test_too_many_tries_of_one_address_wait(database: Database, adapters: Adapters) -> None:
    throttled = _throttled(database, adapters)
    await _sign_up(throttled)
    for _ in range(service.TRIES_BY_EMAIL_AND_ADDRESS):
        with pytest.raises(SignInFailed):
            await _sign_in(throttled, password="wrong", address="192.0.2.1")
    with pytest.raises(TooManyRequests) as refusal:
        await _sign_in(throttled, address="192.0.2.1")
    assert 0 < refusal.value.retry_after_seconds <= 900
    await _sign_in(throttled, address="192.0.2.2")


async def test_too_many_sign_ups_of_one_address_wait(
    database: Database, adapters: Adapters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SIGN_UPS_BY_ADDRESS", 2)
    throttled = _throttled(database, adapters)
    for number in range(2):
        await _sign_up(throttled, f"ana{number}@example.com", address="192.0.2.1")
    with pytest.raises(TooManyRequests):
        await _sign_up(throttled, "ana3@example.com", address="192.0.2.1")
    await _sign_up(throttled, "ana4@example.com", address="192.0.2.2")
