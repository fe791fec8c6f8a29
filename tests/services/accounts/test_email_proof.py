"""Proving the address, and another one in its place."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from services.accounts import service
from services.accounts.email_proof import VERIFY_EMAIL
from services.accounts.errors import EmailTaken, LinkUsed
from services.accounts.models import Account
from services.accounts.schemas import NewEmail, NewPassword
from services.kernel.errors import InvalidFields, NotSignedIn
from services.kernel.ids import new_id
from services.kernel.links import LinkExpired, LinkInvalid
from services.kernel.models import AuditEvent
from services.kernel.scope import PublicScope
from services.kernel.tables import table
from services.kernel.work import Database
from tests.fixtures import MovableClock
from tests.services.accounts.people import (
    ANOTHER,
    EMAIL,
    PASSWORD,
    account_of,
    announced,
    names,
    proved,
    sign_in,
    sign_up,
    who,
)

ACCOUNTS = table(Account)


async def _link(database: Database, account_id: UUID) -> str:
    async with database.begin(PublicScope()) as work:
        return (await service.verification_link(work, account_id)).rsplit("/", 1)[1]


async def test_the_link_proves_the_address_once_and_for_all(database: Database, clock: MovableClock) -> None:
    account = await sign_up(database)
    token = await _link(database, account.account_id)
    for _ in range(2):
        async with database.begin(PublicScope()) as work:
            assert (await service.verify_email(work, token)).email_verified
        await clock.advance(timedelta(days=1))
    async with database.begin(PublicScope()) as work:
        audit = await work.rows(select(table(AuditEvent)))
    assert [event.action for event in audit].count("account.verify_email") == 1


async def test_the_link_ends_after_three_days(database: Database, clock: MovableClock) -> None:
    token = await _link(database, (await sign_up(database)).account_id)
    await clock.advance(timedelta(days=3, seconds=2))
    async with database.begin(PublicScope()) as work:
        with pytest.raises(LinkExpired):
            await service.verify_email(work, token)


async def test_a_link_to_another_address_or_nobody_proves_nothing(database: Database) -> None:
    account = await sign_up(database)
    token = await _link(database, account.account_id)
    async with database.begin(PublicScope()) as work:
        await work.execute(update(ACCOUNTS).values(email="new@example.com"))
        with pytest.raises(LinkInvalid):
            await service.verify_email(work, token)
        nobody = work.tools.links.sign(VERIFY_EMAIL, new_id(), version="ana@example.com")
        with pytest.raises(LinkInvalid):
            await service.verify_email(work, nobody)


async def test_the_message_is_asked_for_again_until_the_address_is_proved(database: Database) -> None:
    account = await sign_up(database)
    for _ in range(2):
        async with database.begin(PublicScope()) as work:
            await service.ask_verification_again(work, account.account_id)
        async with database.begin(PublicScope()) as work:
            token = (await service.verification_link(work, account.account_id)).rsplit("/", 1)[1]
            await service.verify_email(work, token)
    ids = {"account_id": str(account.account_id)}
    assert await announced(database) == [
        ("account.signed_up", ids),
        ("account.verification_asked", ids),
        ("account.email_proved", ids),
    ]


async def _ask(database: Database, account_id: UUID, token: str, email: str = "new@example.com") -> None:
    async with database.begin(PublicScope()) as work:
        new = NewEmail(email=email, current=PASSWORD)
        await service.ask_new_email(work, account_id, new, token=token)


async def _new_link(database: Database, account_id: UUID) -> str:
    async with database.begin(PublicScope()) as work:
        found = await service.new_email_link(work, account_id)
    assert found is not None
    return found[1].rpartition("/")[2]


async def _take(database: Database, account_id: UUID, link: str, token: str) -> str:
    async with database.begin(PublicScope()) as work:
        return await service.take_new_email(work, account_id, link, token)


async def test_another_address_waits_until_its_link_is_opened(database: Database) -> None:
    account = await proved(database)
    here, there = await sign_in(database), await sign_in(database)
    await _ask(database, account.account_id, here)
    assert (await account_of(database, account.account_id)).email == EMAIL
    link = await _new_link(database, account.account_id)
    async with database.begin(PublicScope()) as work:
        assert await service.open_new_email(work, account.account_id, link) == "new@example.com"
    fresh = await _take(database, account.account_id, link, here)
    changed = await account_of(database, account.account_id)
    assert (changed.email, changed.email_verified) == ("new@example.com", True)
    assert await who(database, fresh) is not None
    assert await who(database, here) is None
    assert await who(database, there) is None
    await sign_in(database, email="new@example.com")
    assert names(await announced(database))[-2:] == ["account.email_change_asked", "account.email_proved"]


async def test_a_link_to_another_address_works_once(database: Database) -> None:
    account = await proved(database)
    token = await sign_in(database)
    await _ask(database, account.account_id, token)
    link = await _new_link(database, account.account_id)
    fresh = await _take(database, account.account_id, link, token)
    with pytest.raises(LinkUsed):
        await _take(database, account.account_id, link, fresh)
    await _ask(database, account.account_id, fresh, "third@example.com")
    with pytest.raises(LinkUsed):
        await _take(database, account.account_id, link, fresh)


async def test_a_link_to_another_address_ends_after_an_hour(database: Database, clock: MovableClock) -> None:
    account = await proved(database)
    token = await sign_in(database)
    await _ask(database, account.account_id, token)
    link = await _new_link(database, account.account_id)
    await clock.advance(timedelta(hours=1, seconds=2))
    with pytest.raises(LinkExpired):
        await _take(database, account.account_id, link, token)


async def test_a_link_to_another_address_opens_nothing_for_another_account(database: Database) -> None:
    account, other = await proved(database), await proved(database, "bo@example.com")
    token, others = await sign_in(database), await sign_in(database, email="bo@example.com")
    await _ask(database, account.account_id, token)
    await _ask(database, other.account_id, others)
    link = await _new_link(database, account.account_id)
    with pytest.raises(LinkInvalid):
        await _take(database, other.account_id, link, others)
    async with database.begin(PublicScope()) as work:
        proof = (await service.verification_link(work, account.account_id)).rpartition("/")[2]
        with pytest.raises(LinkInvalid):
            await service.open_new_email(work, account.account_id, proof)


async def test_a_new_password_and_a_change_of_mind_void_the_link(database: Database) -> None:
    account = await proved(database)
    token = await sign_in(database)
    await _ask(database, account.account_id, token)
    link = await _new_link(database, account.account_id)
    async with database.begin(PublicScope()) as work:
        await service.drop_new_email(work, account.account_id)
        assert await service.new_email_link(work, account.account_id) is None
    with pytest.raises(LinkUsed):
        await _take(database, account.account_id, link, token)
    await _ask(database, account.account_id, token)
    async with database.begin(PublicScope()) as work:
        new = NewPassword(current=PASSWORD, password=ANOTHER)
        token = await service.change_password(work, account.account_id, new, token=token)
    with pytest.raises(LinkUsed):
        await _take(database, account.account_id, link, token)
    assert (await account_of(database, account.account_id)).email == EMAIL


async def test_whether_another_account_has_the_address_is_not_told(database: Database) -> None:
    account = await proved(database)
    token = await sign_in(database)
    await sign_up(database, "bo@example.com")
    await _ask(database, account.account_id, token, "bo@example.com")
    async with database.begin(PublicScope()) as work:
        assert await service.new_email_link(work, account.account_id) is None
        assert (await service.get_own_account(work, account.account_id)).new_email == "bo@example.com"


async def test_an_address_that_was_taken_meanwhile_is_refused(database: Database) -> None:
    account = await proved(database)
    token = await sign_in(database)
    await _ask(database, account.account_id, token)
    link = await _new_link(database, account.account_id)
    await sign_up(database, "NEW@example.com")
    with pytest.raises(EmailTaken):
        await _take(database, account.account_id, link, token)
    assert (await account_of(database, account.account_id)).email == EMAIL
    assert await who(database, token) is not None


async def test_an_address_is_changed_by_who_knows_the_password_and_is_signed_in(database: Database) -> None:
    account, other = await proved(database), await proved(database, "bo@example.com")
    token, others = await sign_in(database), await sign_in(database, email="bo@example.com")
    for given, field in (
        (NewEmail(email="new@example.com", current="wrong"), ("current", "wrong")),
        (NewEmail(email="Ana@Example.com", current=PASSWORD), ("email", "same")),
    ):
        async with database.begin(PublicScope()) as work:
            with pytest.raises(InvalidFields) as refusal:
                await service.ask_new_email(work, account.account_id, given, token=token)
        assert [(e.field, e.code) for e in refusal.value.errors] == [field]
    for stranger in ("", others):
        with pytest.raises(NotSignedIn):
            await _ask(database, account.account_id, stranger)
    with pytest.raises(NotSignedIn):
        await _ask(database, other.account_id, token)
