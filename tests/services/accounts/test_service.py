"""Signing up, and reading accounts."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from services.accounts import service
from services.accounts.models import Account, SignIn
from services.accounts.schemas import NewAccount, OwnDetails, SignedIn
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.ids import new_id
from services.kernel.models import AuditEvent
from services.kernel.scope import PublicScope
from services.kernel.tables import table
from services.kernel.work import Database
from tests.services.accounts.people import PASSWORD, announced, sign_up

ACCOUNTS, SIGN_INS = table(Account), table(SignIn)


async def test_signing_up_keeps_a_hash_and_announces_it(database: Database) -> None:
    account = await sign_up(database, "Ana@Example.com")
    assert (account.email, account.email_verified, account.is_moderator) == ("ana@example.com", False, False)
    assert await announced(database) == [("account.signed_up", {"account_id": str(account.account_id)})]
    async with database.begin(PublicScope()) as work:
        row = await work.row(select(ACCOUNTS))
        audit = await work.rows(select(table(AuditEvent)))
    assert row is not None
    assert row.password_hash.startswith("$argon2id$")
    assert [(event.action, event.detail) for event in audit] == [("account.sign_up", {})]


async def test_an_address_has_one_account_in_any_case(database: Database) -> None:
    await sign_up(database)
    with pytest.raises(InvalidFields) as refusal:
        await sign_up(database, "ANA@example.com")
    assert [(e.field, e.code) for e in refusal.value.errors] == [("email", "taken")]


async def test_two_who_sign_up_at_once_with_one_address_make_one_account(database: Database) -> None:
    found = await asyncio.gather(*(sign_up(database) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(item, SignedIn) for item in found) == 1
    assert sum(isinstance(item, InvalidFields) for item in found) == 3


async def test_control_signs_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be shown"):
        NewAccount(email="ana@example.com", name="Ana\x00", password=PASSWORD)


async def test_accounts_are_found_by_id_and_address(database: Database) -> None:
    account = await sign_up(database)
    async with database.begin(PublicScope()) as work:
        assert await service.find_by_email(work, " ANA@example.com") == account
        assert await service.find_by_email(work, "bo@example.com") is None
        assert await service.list_accounts(work, [account.account_id, new_id()]) == {
            account.account_id: account
        }
        assert await service.list_accounts(work, []) == {}
        with pytest.raises(NotFound):
            await service.get_account(work, new_id())


async def test_name_and_language_are_changed(database: Database) -> None:
    account = await sign_up(database)
    async with database.begin(PublicScope()) as work:
        await service.change_details(work, account.account_id, OwnDetails(name=" Ana T. ", language="es"))
        found = await service.get_account(work, account.account_id)
    assert (found.name, found.language) == ("Ana T.", "es")
