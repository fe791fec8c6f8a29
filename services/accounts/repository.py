"""SQL of accounts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from services.accounts.models import Account, SignIn
from services.kernel.tables import table
from services.kernel.work import AnyWork

_ACCOUNTS, _SIGN_INS = table(Account), table(SignIn)


class AccountRepository:
    """People who sign in. They belong to no clinic, so any scope may read them by id or address."""

    def __init__(self, work: AnyWork) -> None:
        self._work = work

    async def add(self, **values: Any) -> bool:
        """Adds an account; false when the address is taken."""
        statement = insert(_ACCOUNTS).values(created_at=self._work.now, **values)
        added = await self._work.scalar(statement.on_conflict_do_nothing().returning(_ACCOUNTS.c.id))
        return added is not None

    async def by_id(self, account_id: UUID) -> Row[Any] | None:
        return await self._work.row(select(_ACCOUNTS).where(_ACCOUNTS.c.id == account_id))

    async def by_ids(self, ids: Collection[UUID]) -> list[Row[Any]]:
        return await self._work.rows(select(_ACCOUNTS).where(_ACCOUNTS.c.id.in_(ids)))

    async def by_email(self, email: str) -> Row[Any] | None:
        return await self._work.row(select(_ACCOUNTS).where(func.lower(_ACCOUNTS.c.email) == email))

    async def change(self, account_id: UUID, **values: Any) -> None:
        await self._work.execute(update(_ACCOUNTS).where(_ACCOUNTS.c.id == account_id).values(**values))

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

    async def add_sign_in(self, **values: Any) -> None:
        now = self._work.now
        await self._work.execute(insert(_SIGN_INS).values(created_at=now, last_seen_at=now, **values))

    async def find_sign_in(self, token_hash: str, kind: str) -> Row[Any] | None:
        """The sign-in with its account, while it lasts."""
        return await self._work.row(
            select(
                _ACCOUNTS.c.id,
                _ACCOUNTS.c.email,
                _ACCOUNTS.c.name,
                _ACCOUNTS.c.email_verified_at,
                _ACCOUNTS.c.is_moderator,
                _SIGN_INS.c.second_factor,
                _SIGN_INS.c.last_seen_at,
            )
            .join(_ACCOUNTS, _ACCOUNTS.c.id == _SIGN_INS.c.account_id)
            .where(
                _SIGN_INS.c.token_hash == token_hash,
                _SIGN_INS.c.kind == kind,
                _SIGN_INS.c.expires_at > self._work.now,
            )
        )

    async def slide(self, token_hash: str, expires_at: datetime) -> None:
        await self._work.execute(
            update(_SIGN_INS)
            .where(_SIGN_INS.c.token_hash == token_hash)
            .values(last_seen_at=self._work.now, expires_at=expires_at)
        )

    async def remove_sign_in(self, token_hash: str) -> None:
        await self._work.execute(delete(_SIGN_INS).where(_SIGN_INS.c.token_hash == token_hash))

    async def remove_sign_ins(self, account_id: UUID, *, but: str = "") -> None:
        """Ends an account's sign-ins, all or all but one."""
        await self._work.execute(
            delete(_SIGN_INS).where(_SIGN_INS.c.account_id == account_id, _SIGN_INS.c.token_hash != but)
        )

    async def remove_expired(self, account_id: UUID) -> None:
        """Forgets an account's sign-ins that are over."""
        await self._work.execute(
            delete(_SIGN_INS).where(
                _SIGN_INS.c.account_id == account_id, _SIGN_INS.c.expires_at <= self._work.now
            )
        )
