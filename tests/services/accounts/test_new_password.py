"""Another password: changed, chosen through a link, set by an operator."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from infra.platform.assembly import Adapters
from services.accounts import limits, service
from services.accounts.errors import LinkUsed, SignInFailed
from services.accounts.schemas import ChosenPassword, Forgotten, NewPassword, SetPassword
from services.kernel.errors import InvalidFields, NotFound, NotSignedIn, TooManyRequests
from services.kernel.ids import new_id
from services.kernel.links import LinkExpired, LinkInvalid
from services.kernel.scope import PlatformScope, PublicScope
from services.kernel.work import Database
from tests.fixtures import MovableClock
from tests.services.accounts.people import (
    ANOTHER,
    API,
    EMAIL,
    PASSWORD,
    account_of,
    announced,
    names,
    proved,
    sign_in,
    sign_up,
    throttled,
    who,
)


async def _set_password(database: Database, password: str, email: str = "ana@example.com") -> bool:
    async with database.begin(PlatformScope("a test sets a password")) as work:
        return await service.set_password(work, SetPassword(email=email, password=password))


async def test_an_operator_sets_a_password_and_the_sign_ins_end(database: Database) -> None:
    await sign_up(database)
    token = await sign_in(database)
    assert not await _set_password(database, PASSWORD)
    assert await who(database, token) is not None
    assert await _set_password(database, "lamps along the quay")
    assert await who(database, token) is None
    with pytest.raises(SignInFailed):
        await sign_in(database)
    await sign_in(database, password="lamps along the quay")


async def test_an_operator_sets_no_guessable_password_and_none_for_nobody(database: Database) -> None:
    await sign_up(database)
    with pytest.raises(InvalidFields):
        await _set_password(database, "password1234")
    with pytest.raises(NotFound):
        await _set_password(database, PASSWORD, "nobody@example.com")
    await sign_in(database)


async def _change(database: Database, account_id: UUID, token: str, current: str = PASSWORD) -> str:
    async with database.begin(PublicScope()) as work:
        new = NewPassword(current=current, password=ANOTHER)
        return await service.change_password(work, account_id, new, token=token)


async def test_a_new_password_ends_every_other_sign_in_and_renews_this_one(database: Database) -> None:
    account = await sign_up(database)
    here, there, program = await sign_in(database), await sign_in(database), await sign_in(database, kind=API)
    fresh = await _change(database, account.account_id, here)
    assert await who(database, fresh) is not None
    assert await who(database, here) is None
    assert await who(database, there) is None
    assert await who(database, program, api=True) is None
    with pytest.raises(SignInFailed):
        await sign_in(database)
    await sign_in(database, password=ANOTHER)
    assert names(await announced(database)) == ["account.signed_up", "account.password_changed"]


@pytest.mark.parametrize(
    ("current", "password", "wrong"),
    [("not it", ANOTHER, ("current", "wrong")), (PASSWORD, "password1234", ("password", "too-common"))],
)
async def test_a_password_is_changed_by_who_knows_it_to_a_good_one(
    database: Database, current: str, password: str, wrong: tuple[str, str]
) -> None:
    account = await sign_up(database)
    token = await sign_in(database)
    new = NewPassword(current=current, password=password)
    async with database.begin(PublicScope()) as work:
        with pytest.raises(InvalidFields) as refusal:
            await service.change_password(work, account.account_id, new, token=token)
    assert [(e.field, e.code) for e in refusal.value.errors] == [wrong]
    assert await who(database, token) is not None
    with pytest.raises(NotSignedIn):
        await _change(database, account.account_id, "no such token")
    with pytest.raises(NotSignedIn):
        await _change(database, new_id(), token)


async def test_two_clicks_on_change_make_one_change(database: Database) -> None:
    account = await sign_up(database)
    token = await sign_in(database)
    tries = (_change(database, account.account_id, token) for _ in range(3))
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(item, str) for item in found) == 1
    assert sum(isinstance(item, NotSignedIn) for item in found) == 2
    assert names(await announced(database)).count("account.password_changed") == 1


async def _ask(database: Database, email: str = EMAIL) -> None:
    async with database.begin(PublicScope()) as work:
        await service.ask_reset(work, Forgotten(email=email))


async def _link(database: Database, account_id: UUID) -> str:
    async with database.begin(PublicScope()) as work:
        link = await service.reset_link(work, account_id)
    assert link is not None
    return link.rpartition("/")[2]


async def _reset(database: Database, link: str, password: str = ANOTHER) -> None:
    async with database.begin(PublicScope()) as work:
        await service.reset_password(work, link, ChosenPassword(password=password))


async def test_a_forgotten_password_is_replaced_through_the_link(database: Database) -> None:
    account = await sign_up(database)
    session, program = await sign_in(database), await sign_in(database, kind=API)
    await _ask(database, "ANA@example.com")
    link = await _link(database, account.account_id)
    async with database.begin(PublicScope()) as work:
        assert await service.open_reset(work, link) == EMAIL
    await _reset(database, link)
    assert await who(database, session) is None
    assert await who(database, program, api=True) is None
    with pytest.raises(SignInFailed):
        await sign_in(database)
    await sign_in(database, password=ANOTHER)
    assert (await account_of(database, account.account_id)).email_verified
    assert names(await announced(database)) == [
        "account.signed_up",
        "account.reset_asked",
        "account.password_changed",
        "account.email_proved",
    ]


async def test_known_and_unknown_addresses_leave_the_same_traces_but_for_the_id(database: Database) -> None:
    account = await sign_up(database)
    await _ask(database)
    await _ask(database, "nobody@example.com")
    (known, first), (unknown, second) = (await announced(database))[1:]
    assert known == unknown == "account.reset_asked"
    assert first == {"account_id": str(account.account_id)}
    assert second.keys() == first.keys()
    async with database.begin(PublicScope()) as work:
        assert await service.reset_link(work, UUID(second["account_id"])) is None


async def test_the_link_works_once_even_for_two_at_once(database: Database) -> None:
    account = await proved(database)
    link = await _link(database, account.account_id)
    tries = (_reset(database, link, f"{ANOTHER} {number}") for number in range(3))
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert found.count(None) == 1
    assert sum(isinstance(item, LinkUsed) for item in found) == 2
    with pytest.raises(LinkUsed):
        await _reset(database, link)


async def test_the_link_ends_after_an_hour(database: Database, clock: MovableClock) -> None:
    link = await _link(database, (await sign_up(database)).account_id)
    await clock.advance(timedelta(minutes=59))
    async with database.begin(PublicScope()) as work:
        await service.open_reset(work, link)
    await clock.advance(timedelta(minutes=1, seconds=2))
    with pytest.raises(LinkExpired):
        await _reset(database, link)


async def test_links_of_other_purposes_and_of_nobody_open_nothing(database: Database) -> None:
    account = await sign_up(database)
    async with database.begin(PublicScope()) as work:
        proof = (await service.verification_link(work, account.account_id)).rpartition("/")[2]
        nobody = work.tools.links.sign("reset-password", new_id(), version="x")
    for link in (proof, nobody, "nonsense", ""):
        with pytest.raises(LinkInvalid):
            await _reset(database, link)


async def test_a_changed_password_voids_the_links_that_were_sent(database: Database) -> None:
    account = await sign_up(database)
    link = await _link(database, account.account_id)
    await _change(database, account.account_id, await sign_in(database))
    with pytest.raises(LinkUsed):
        await _reset(database, link, "another walk by the sea")


async def test_a_link_takes_good_passwords_alone_and_stays_good_meanwhile(database: Database) -> None:
    account = await sign_up(database)
    link = await _link(database, account.account_id)
    with pytest.raises(InvalidFields) as refusal:
        await _reset(database, link, "ana@example.com")
    assert [(e.field, e.code) for e in refusal.value.errors] == [("password", "too-common")]
    await _reset(database, link)


async def test_messages_to_an_address_are_limited_whether_or_not_it_is_known(
    database: Database, adapters: Adapters
) -> None:
    limited = throttled(database, adapters)
    await sign_up(limited)
    for email in (EMAIL, "nobody@example.com"):
        for _ in range(limits.LETTERS_BY_EMAIL):
            await _ask(limited, email)
        with pytest.raises(TooManyRequests):
            await _ask(limited, email)
