"""The second factor: set up, used, renewed, switched off; its recovery codes."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pyotp
import pytest
from sqlalchemy import select

from infra.platform.assembly import Adapters
from services.accounts import service
from services.accounts.errors import (
    EmailNotProved,
    SecondFactorNeeded,
    SecondFactorOff,
    SecondFactorOn,
    SignInFailed,
)
from services.accounts.models import Account, RecoveryCode
from services.accounts.schemas import ChosenPassword, Credentials, NewSecondFactor, SignedIn
from services.kernel.errors import InvalidFields, NotAllowed, NotSignedIn, TooManyRequests
from services.kernel.links import LinkExpired, LinkInvalid
from services.kernel.scope import PlatformScope, PublicScope
from services.kernel.tables import table
from services.kernel.work import Database
from tests.fixtures import MovableClock
from tests.services.accounts.people import (
    ANOTHER,
    API,
    EMAIL,
    PASSWORD,
    account_of,
    announced,
    proved,
    sign_in,
    sign_up,
    throttled,
    who,
)

A_STEP = timedelta(seconds=30)


async def _app(database: Database, account: SignedIn, token: str) -> pyotp.TOTP:
    """What the authenticator app holds after reading the page."""
    async with database.begin(PublicScope()) as work:
        shown = await service.set_up(work, account.account_id, token)
    app = pyotp.parse_uri(shown.uri)
    assert isinstance(app, pyotp.TOTP)
    assert app.secret == shown.secret.replace(" ", "")
    return app


async def _switch_on(
    database: Database, account_id: UUID, code: str, token: str, password: str = PASSWORD
) -> tuple[str, list[str]]:
    async with database.begin(PublicScope()) as work:
        given = NewSecondFactor(current=password, code=code)
        return await service.switch_on(work, account_id, given, token)


async def _with_factor(
    database: Database, clock: MovableClock
) -> tuple[SignedIn, pyotp.TOTP, list[str], str]:
    account = await proved(database)
    token = await sign_in(database)
    app = await _app(database, account, token)
    fresh, codes = await _switch_on(database, account.account_id, app.at(await clock.now()), token)
    await clock.advance(A_STEP)
    return account, app, codes, fresh


async def _changes(database: Database) -> list[str]:
    return [
        ids["change"] for name, ids in await announced(database) if name == "account.second_factor_changed"
    ]


async def test_the_first_code_switches_it_on_and_every_other_sign_in_ends(
    database: Database, clock: MovableClock
) -> None:
    account = await proved(database)
    here, there = await sign_in(database), await sign_in(database)
    app = await _app(database, account, here)
    assert (await _app(database, account, here)).secret == app.secret
    assert (await _app(database, account, there)).secret != app.secret
    code = app.at(await clock.now())
    fresh, codes = await _switch_on(database, account.account_id, code, here)
    assert len(set(codes)) == 10
    for token in (here, there):
        assert await who(database, token) is None
    found = await who(database, fresh)
    assert found is not None
    assert (found.second_factor, found.has_second_factor) == (True, True)
    assert await _changes(database) == ["on"]
    with pytest.raises(SecondFactorNeeded):
        await sign_in(database)
    with pytest.raises(SignInFailed):
        await sign_in(database, totp=code)
    await sign_in(database, totp=app.at(await clock.advance(A_STEP)))


async def test_the_secret_and_the_codes_are_not_kept_as_they_are(
    database: Database, clock: MovableClock
) -> None:
    _, app, codes, _ = await _with_factor(database, clock)
    async with database.begin(PublicScope()) as work:
        sealed = await work.scalar(select(table(Account).c.totp_secret))
        kept = str(await work.rows(select(table(RecoveryCode))))
    assert app.secret.encode() not in sealed
    assert not [code for code in codes if code in kept or code.replace("-", "") in kept]


async def test_it_takes_the_password_and_a_right_code_to_switch_it_on(
    database: Database, clock: MovableClock
) -> None:
    account = await proved(database)
    token, other = await sign_in(database), await sign_in(database)
    app = await _app(database, account, token)
    right = app.at(await clock.now())
    elsewhere = (await _app(database, account, other)).at(await clock.now())
    for password, code, field in (
        ("wrong", right, ("current", "wrong")),
        (PASSWORD, "000000" if right != "000000" else "000001", ("code", "wrong")),
        (PASSWORD, elsewhere, ("code", "wrong")),
    ):
        with pytest.raises(InvalidFields) as refusal:
            await _switch_on(database, account.account_id, code, token, password)
        assert [(e.field, e.code) for e in refusal.value.errors] == [field]
    with pytest.raises(NotSignedIn):
        await _switch_on(database, account.account_id, right, "no such token")
    assert not (await account_of(database, account.account_id)).has_second_factor


async def test_an_address_is_proved_before_a_second_factor_is_set_up(database: Database) -> None:
    account = await sign_up(database)
    token = await sign_in(database)
    async with database.begin(PublicScope()) as work:
        with pytest.raises(EmailNotProved):
            await service.set_up(work, account.account_id, token)
    with pytest.raises(EmailNotProved):
        await _switch_on(database, account.account_id, "123456", token)


async def test_two_clicks_switch_it_on_once(database: Database, clock: MovableClock) -> None:
    account = await proved(database)
    token = await sign_in(database)
    code = (await _app(database, account, token)).at(await clock.now())
    tries = (_switch_on(database, account.account_id, code, token) for _ in range(3))
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(item, tuple) for item in found) == 1
    assert sum(isinstance(item, NotSignedIn) for item in found) == 2
    (fresh, _) = next(item for item in found if isinstance(item, tuple))
    with pytest.raises(SecondFactorOn):
        await _switch_on(database, account.account_id, code, fresh)


async def test_each_recovery_code_lets_in_once(database: Database, clock: MovableClock) -> None:
    account, _, codes, _ = await _with_factor(database, clock)
    await sign_in(database, totp=codes[0])
    await sign_in(database, kind=API, totp=codes[1].replace("-", "").upper())
    for spent in codes[:2]:
        with pytest.raises(SignInFailed):
            await sign_in(database, totp=spent)
    async with database.begin(PublicScope()) as work:
        assert (await service.get_own_account(work, account.account_id)).codes_left == 8
    assert await _changes(database) == ["on", "code_used", "code_used"]


async def test_one_recovery_code_used_by_many_at_once_lets_one_in(
    database: Database, clock: MovableClock
) -> None:
    _, _, codes, _ = await _with_factor(database, clock)
    found = await asyncio.gather(
        *(sign_in(database, totp=codes[0]) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(item, str) for item in found) == 1
    assert sum(isinstance(item, SignInFailed) for item in found) == 3


@pytest.mark.parametrize("code", ["abcde-fghjk", "abcde", "not a code at all", "x"])
async def test_what_is_no_code_lets_nobody_in(database: Database, clock: MovableClock, code: str) -> None:
    await _with_factor(database, clock)
    with pytest.raises(SignInFailed):
        await sign_in(database, totp=code)


async def test_another_accounts_codes_let_nobody_in(database: Database, clock: MovableClock) -> None:
    _, app, codes, _ = await _with_factor(database, clock)
    other = await proved(database, "bo@example.com")
    token = await sign_in(database, email="bo@example.com")
    theirs = await _app(database, other, token)
    await _switch_on(database, other.account_id, theirs.at(await clock.now()), token)
    for code in (codes[0], app.at(await clock.advance(A_STEP))):
        with pytest.raises(SignInFailed):
            await sign_in(database, email="bo@example.com", totp=code)


async def test_new_recovery_codes_void_the_old_ones(database: Database, clock: MovableClock) -> None:
    account, app, codes, _ = await _with_factor(database, clock)
    async with database.begin(PublicScope()) as work:
        fresh = await service.renew_codes(work, account.account_id, app.at(work.now))
    assert not set(fresh) & set(codes)
    with pytest.raises(SignInFailed):
        await sign_in(database, totp=codes[0])
    await sign_in(database, totp=fresh[0])
    async with database.begin(PublicScope()) as work:
        with pytest.raises(InvalidFields) as refusal:
            await service.renew_codes(work, account.account_id, codes[1])
    assert [(e.field, e.code) for e in refusal.value.errors] == [("code", "wrong")]


async def test_a_code_switches_it_off_and_every_other_sign_in_ends(
    database: Database, clock: MovableClock
) -> None:
    account, app, codes, here = await _with_factor(database, clock)
    there = await sign_in(database, totp=codes[0])
    async with database.begin(PublicScope()) as work:
        with pytest.raises(InvalidFields):
            await service.switch_off(work, account.account_id, "abcde-fghjk", here)
    async with database.begin(PublicScope()) as work:
        fresh = await service.switch_off(work, account.account_id, app.at(work.now), here)
    for token in (here, there):
        assert await who(database, token) is None
    found = await who(database, fresh)
    assert found is not None
    assert (found.second_factor, found.has_second_factor) == (False, False)
    await sign_in(database)
    assert await _changes(database) == ["on", "code_used", "off"]
    async with database.begin(PublicScope()) as work:
        assert await work.rows(select(table(RecoveryCode))) == []
        with pytest.raises(SecondFactorOff):
            await service.switch_off(work, account.account_id, codes[1], fresh)


async def test_moderators_cannot_switch_it_off(database: Database, clock: MovableClock) -> None:
    async with database.begin(PlatformScope("a test makes a moderator")) as work:
        app = pyotp.parse_uri(await service.create_moderator(work, EMAIL, "Mo", PASSWORD))
    assert isinstance(app, pyotp.TOTP)
    token = await sign_in(database, totp=app.at(await clock.now()))
    found = await who(database, token)
    assert found is not None
    code = app.at(await clock.advance(A_STEP))
    async with database.begin(PublicScope()) as work:
        with pytest.raises(NotAllowed):
            await service.switch_off(work, found.account_id, code, token)
    async with database.begin(PublicScope()) as work:
        assert len(await service.renew_codes(work, found.account_id, code)) == 10


async def test_codes_are_not_tried_without_end(
    database: Database, clock: MovableClock, adapters: Adapters
) -> None:
    account, _, _, here = await _with_factor(database, clock)
    limited = throttled(database, adapters)
    for _ in range(10):
        async with limited.begin(PublicScope()) as work:
            with pytest.raises(InvalidFields):
                await service.switch_off(work, account.account_id, "abcde-fghjk", here)
    async with limited.begin(PublicScope()) as work:
        with pytest.raises(TooManyRequests):
            await service.switch_off(work, account.account_id, "abcde-fghjk", here)


async def test_another_password_is_no_way_round_it(database: Database, clock: MovableClock) -> None:
    account, app, _, _ = await _with_factor(database, clock)
    async with database.begin(PublicScope()) as work:
        link = await service.reset_link(work, account.account_id)
        assert link is not None
        chosen = ChosenPassword(password=ANOTHER)
        await service.reset_password(work, link.rpartition("/")[2], chosen)
    with pytest.raises(SecondFactorNeeded):
        await sign_in(database, password=ANOTHER)
    await sign_in(database, password=ANOTHER, totp=app.at(await clock.now()))


async def _ticket(database: Database) -> str:
    async with database.begin(PublicScope()) as work:
        begun = await service.begin_session(work, Credentials(email=EMAIL, password=PASSWORD))
    assert begun.token == ""
    return begun.ticket


async def _finish(database: Database, ticket: str, code: str) -> str:
    async with database.begin(PublicScope()) as work:
        return (await service.finish_session(work, ticket, code)).token


async def test_pages_take_the_code_in_a_second_step(database: Database, clock: MovableClock) -> None:
    _, app, codes, _ = await _with_factor(database, clock)
    ticket = await _ticket(database)
    with pytest.raises(SignInFailed):
        await _finish(database, ticket, "abcde-fghjk")
    for code in (app.at(await clock.now()), codes[0]):
        found = await who(database, await _finish(database, ticket, code))
        assert found is not None
        assert found.second_factor


async def test_a_ticket_ends_after_ten_minutes_and_with_another_password(
    database: Database, clock: MovableClock
) -> None:
    account, _, codes, _ = await _with_factor(database, clock)
    late, void = await _ticket(database), await _ticket(database)
    async with database.begin(PublicScope()) as work:
        assert await service.ticket_is_good(work, late)
        assert not await service.ticket_is_good(work, "nonsense")
        other = work.tools.links.sign("reset-password", account.account_id)
    with pytest.raises(LinkInvalid):
        await _finish(database, other, codes[0])
    async with database.begin(PlatformScope("a test sets a password")) as work:
        await work.execute(table(Account).update().values(password_hash="another"))
    with pytest.raises(LinkInvalid):
        await _finish(database, void, codes[0])
    await clock.advance(timedelta(minutes=10, seconds=2))
    with pytest.raises(LinkExpired):
        await _finish(database, late, codes[0])


async def test_a_ticket_is_slowed_down_like_a_password(
    database: Database, clock: MovableClock, adapters: Adapters
) -> None:
    await _with_factor(database, clock)
    limited = throttled(database, adapters)
    ticket = await _ticket(limited)
    for _ in range(9):
        with pytest.raises(SignInFailed):
            await _finish(limited, ticket, "abcde-fghjk")
    with pytest.raises(TooManyRequests):
        await _finish(limited, ticket, "abcde-fghjk")


async def test_an_owner_who_was_asked_is_overdue_after_two_weeks_until_it_is_set_up(
    database: Database, clock: MovableClock
) -> None:
    account = await proved(database)
    token = await sign_in(database)

    async def overdue(now: datetime) -> bool:
        found = await who(database, token)
        assert found is not None, now
        return found.second_factor_overdue

    assert not await overdue(await clock.advance(timedelta(days=10)))
    for _ in range(2):
        async with database.begin(PublicScope()) as work:
            await service.note_asked(work, account.account_id)
        assert not await overdue(await clock.advance(timedelta(days=7) - timedelta(minutes=1)))
    assert await overdue(await clock.advance(timedelta(minutes=2)))
    code = (await _app(database, account, token)).at(await clock.now())
    token, _ = await _switch_on(database, account.account_id, code, token)
    assert not await overdue(await clock.now())
