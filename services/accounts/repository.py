"""SQL of accounts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from services.accounts.models import Account, RecoveryCode
from services.kernel.statements import Prepared, given, is_among
from services.kernel.tables import table
from services.kernel.work import AnyWork

_ACCOUNTS, _CODES = table(Account), table(RecoveryCode)
_OF_ID = select(_ACCOUNTS).where(_ACCOUNTS.c.id == given(_ACCOUNTS.c.id))
_OF_EMAIL = select(_ACCOUNTS).where(func.lower(_ACCOUNTS.c.email) == given(_ACCOUNTS.c.email))
_BY_ID, _LOCKED_BY_ID = Prepared(_OF_ID), Prepared(_OF_ID.with_for_update())
_BY_IDS = Prepared(select(_ACCOUNTS).where(is_among(_ACCOUNTS.c.id, "ids")))
_BY_EMAIL, _SHARED_BY_EMAIL = Prepared(_OF_EMAIL), Prepared(_OF_EMAIL.with_for_update(read=True))


class AccountRepository:
    """People who sign in. They belong to no clinic, so any scope may read them by id or address."""

    def __init__(self, work: AnyWork) -> None:
        self._work = work

    async def add(self, **values: Any) -> bool:
        """Adds an account; false when the address is taken."""
        statement = insert(_ACCOUNTS).values(created_at=self._work.now, **values)
        added = await self._work.scalar(statement.on_conflict_do_nothing().returning(_ACCOUNTS.c.id))
        return added is not None

    async def by_id(self, account_id: UUID, *, lock: bool = False) -> Row[Any] | None:
        return await self._work.fetch_one(_LOCKED_BY_ID if lock else _BY_ID, id=account_id)

    async def by_ids(self, ids: Collection[UUID]) -> list[Row[Any]]:
        return await self._work.fetch(_BY_IDS, ids=list(ids))

    async def by_email(self, email: str, *, share: bool = False) -> Row[Any] | None:
        """The account of the address; with `share` nobody changes it until the end of the transaction."""
        return await self._work.fetch_one(_SHARED_BY_EMAIL if share else _BY_EMAIL, email=email)

    async def ids_of_name(self, part: str, limit: int) -> list[UUID]:
        """Accounts whose name contains the text."""
        rows = await self._work.rows(
            select(_ACCOUNTS.c.id).where(_ACCOUNTS.c.name.icontains(part, autoescape=True)).limit(limit)
        )
        return [row.id for row in rows]

    async def change(self, account_id: UUID, **values: Any) -> None:
        await self._work.execute(update(_ACCOUNTS).where(_ACCOUNTS.c.id == account_id).values(**values))

    async def take_email(self, account_id: UUID, email: str) -> bool:
        """Makes the address, now proved, the account's; false when another account has it."""
        try:
            async with self._work.savepoint():
                await self.change(account_id, email=email, new_email=None, email_verified_at=self._work.now)
        except IntegrityError:
            return False
        return True

    async def use_totp_step(self, account_id: UUID, step: int) -> bool:
        """Marks the step as used; false when it, or a later one, was used already."""
        statement = (
            update(_ACCOUNTS)
            .where(
                _ACCOUNTS.c.id == account_id,
                or_(_ACCOUNTS.c.totp_last_used.is_(None), _ACCOUNTS.c.totp_last_used < step),
            )
            .values(totp_last_used=step)
            .returning(_ACCOUNTS.c.id)
        )
        return await self._work.scalar(statement) is not None

    async def set_codes(self, account_id: UUID, hashes: Collection[str], salt: bytes) -> None:
        """Replaces the account's recovery codes."""
        await self._work.execute(delete(_CODES).where(_CODES.c.account_id == account_id))
        rows = [
            {"account_id": account_id, "code_hash": one, "salt": salt, "created_at": self._work.now}
            for one in hashes
        ]
        if rows:
            await self._work.execute(insert(_CODES), rows)

    async def salt_of_codes(self, account_id: UUID) -> bytes | None:
        """What the account's recovery codes are hashed with, where it has any."""
        found: bytes | None = await self._work.scalar(
            select(_CODES.c.salt).where(_CODES.c.account_id == account_id).limit(1)
        )
        return found

    async def use_code(self, account_id: UUID, code_hash: str) -> bool:
        """Uses a recovery code up; false when there is none, or it is used."""
        statement = (
            update(_CODES)
            .where(
                _CODES.c.account_id == account_id,
                _CODES.c.code_hash == code_hash,
                _CODES.c.used_at.is_(None),
            )
            .values(used_at=self._work.now)
            .returning(_CODES.c.code_hash)
        )
        return await self._work.scalar(statement) is not None

    async def count_codes(self, account_id: UUID) -> int:
        """How many recovery codes are left."""
        left: int = await self._work.scalar(
            select(func.count()).where(_CODES.c.account_id == account_id, _CODES.c.used_at.is_(None))
        )
        return left
