"""People who sign up and in, for tests of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from infra.platform.assembly import Adapters
from infra.platform.redis import RedisThrottle
from services.accounts import service
from services.accounts.models import SignInKind
from services.accounts.schemas import Credentials, NewAccount, Origin, SignedIn
from services.kernel.models import Outbox
from services.kernel.scope import PlatformScope, PublicScope
from services.kernel.tables import table
from services.kernel.work import Database

PASSWORD, ANOTHER = "a long walk by the sea", "lamps along the quay"
SESSION, API = SignInKind.SESSION, SignInKind.API
EMAIL = "ana@example.com"


async def sign_up(database: Database, email: str = EMAIL, *, address: str = "") -> SignedIn:
    async with database.begin(PublicScope()) as work:
        new = NewAccount(email=email, name="Ana Torres", password=PASSWORD)
        return await service.sign_up(work, new, address=address)


async def proved(database: Database, email: str = EMAIL) -> SignedIn:
    """Somebody who signed up and proved the address."""
    account = await sign_up(database, email)
    async with database.begin(PublicScope()) as work:
        link = await service.verification_link(work, account.account_id)
        return await service.verify_email(work, link.rpartition("/")[2])


async def sign_in(
    database: Database,
    *,
    email: str = EMAIL,
    password: str = PASSWORD,
    kind: SignInKind = SESSION,
    totp: str | None = None,
    origin: Origin | None = None,
    **where: str,
) -> str:
    async with database.begin(PublicScope()) as work:
        given = Credentials(email=email, password=password, totp=totp)
        return await service.sign_in(work, given, kind=kind, origin=origin or Origin(**where))


async def who(database: Database, token: str, *, api: bool = False, address: str = "") -> SignedIn | None:
    async with database.begin(PublicScope()) as work:
        return await service.find_signed_in(work, token, api=api, address=address)


async def announced(database: Database) -> list[tuple[str, Any]]:
    async with database.begin(PlatformScope("a test reads the outbox")) as work:
        rows = await work.rows(select(table(Outbox)).order_by(table(Outbox).c.id))
    return [(row.name, row.payload) for row in rows]


async def account_of(database: Database, account_id: UUID) -> SignedIn:
    async with database.begin(PublicScope()) as work:
        return await service.get_account(work, account_id)


def names(events: Sequence[tuple[str, Any]]) -> list[str]:
    return [name for name, _ in events]


def throttled(database: Database, adapters: Adapters) -> Database:
    """The same database with the throttle on."""
    tools = replace(database.tools, throttle=RedisThrottle(adapters.redis, on=True))
    return Database(adapters.postgres, tools, wake=adapters.signals.wake, movable_clock=True)
