"""SQL of sign-ins: browser sessions and API tokens, by the hash of their token."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select, update

from services.accounts.models import Account, SignIn
from services.kernel.adding import Adding
from services.kernel.statements import Prepared, given
from services.kernel.tables import table
from services.kernel.work import AnyWork

_ACCOUNTS, _SIGN_INS = table(Account), table(SignIn)
_LASTING = Prepared(
    select(
        _ACCOUNTS.c.id,
        _ACCOUNTS.c.email,
        _ACCOUNTS.c.name,
        _ACCOUNTS.c.email_verified_at,
        _ACCOUNTS.c.is_moderator,
        _ACCOUNTS.c.totp_secret,
        _ACCOUNTS.c.language,
        _ACCOUNTS.c.second_factor_asked_at,
        _SIGN_INS.c.second_factor,
        _SIGN_INS.c.last_seen_at,
        _SIGN_INS.c.last_address,
    )
    .join(_ACCOUNTS, _ACCOUNTS.c.id == _SIGN_INS.c.account_id)
    .where(
        _SIGN_INS.c.token_hash == given(_SIGN_INS.c.token_hash),
        _SIGN_INS.c.kind == given(_SIGN_INS.c.kind),
        _SIGN_INS.c.expires_at > given(_SIGN_INS.c.expires_at, "now"),
    )
)
_ADD = Adding(_SIGN_INS)
_REMOVE_EXPIRED = Prepared(
    delete(_SIGN_INS).where(
        _SIGN_INS.c.account_id == given(_SIGN_INS.c.account_id),
        _SIGN_INS.c.expires_at <= given(_SIGN_INS.c.expires_at, "now"),
    )
)


class SignInRepository:
    """Sign-ins of any account. They belong to no clinic."""

    def __init__(self, work: AnyWork) -> None:
        self._work = work

    async def add(self, **values: Any) -> None:
        now = self._work.now
        await self._work.add((_ADD, [{"created_at": now, "last_seen_at": now, **values}]))

    async def find(self, token_hash: str, kind: str) -> Row[Any] | None:
        """The sign-in with its account, while it lasts."""
        return await self._work.fetch_one(_LASTING, token_hash=token_hash, kind=kind, now=self._work.now)

    async def list_of(self, account_id: UUID) -> list[Row[Any]]:
        """The account's sign-ins that last, latest used first."""
        return await self._work.rows(
            select(_SIGN_INS)
            .where(_SIGN_INS.c.account_id == account_id, _SIGN_INS.c.expires_at > self._work.now)
            .order_by(_SIGN_INS.c.last_seen_at.desc(), _SIGN_INS.c.id.desc())
        )

    async def belongs(self, token_hash: str, account_id: UUID) -> bool:
        """Whether the account has such a sign-in."""
        statement = select(_SIGN_INS.c.id).where(
            _SIGN_INS.c.token_hash == token_hash, _SIGN_INS.c.account_id == account_id
        )
        return await self._work.scalar(statement) is not None

    async def note_use(self, token_hash: str, address: str, expires_at: datetime | None) -> None:
        """Seen now, from there; with another end where one is given."""
        values: dict[str, Any] = {"last_seen_at": self._work.now, "last_address": address}
        if expires_at is not None:
            values["expires_at"] = expires_at
        await self._work.execute(
            update(_SIGN_INS).where(_SIGN_INS.c.token_hash == token_hash).values(**values)
        )

    async def renew(self, token_hash: str, account_id: UUID, new_hash: str, *, second_factor: bool) -> bool:
        """Gives the account's sign-in another token; false when there is no such sign-in."""
        statement = (
            update(_SIGN_INS)
            .where(_SIGN_INS.c.token_hash == token_hash, _SIGN_INS.c.account_id == account_id)
            .values(token_hash=new_hash, second_factor=second_factor)
            .returning(_SIGN_INS.c.id)
        )
        return await self._work.scalar(statement) is not None

    async def remove(self, token_hash: str) -> None:
        await self._work.execute(delete(_SIGN_INS).where(_SIGN_INS.c.token_hash == token_hash))

    async def remove_one(self, account_id: UUID, sign_in_id: UUID) -> bool:
        """Ends one of the account's sign-ins; false when it is not one of them."""
        statement = (
            delete(_SIGN_INS)
            .where(_SIGN_INS.c.account_id == account_id, _SIGN_INS.c.id == sign_in_id)
            .returning(_SIGN_INS.c.id)
        )
        return await self._work.scalar(statement) is not None

    async def remove_all(self, account_id: UUID, *, but: str = "") -> int:
        """Ends an account's sign-ins, all or all but the one of that token; gives their number."""
        result = await self._work.execute(
            delete(_SIGN_INS).where(_SIGN_INS.c.account_id == account_id, _SIGN_INS.c.token_hash != but)
        )
        return result.rowcount

    async def remove_expired(self, account_id: UUID) -> None:
        """Forgets an account's sign-ins that are over."""
        await self._work.put(_REMOVE_EXPIRED, {"account_id": account_id, "now": self._work.now})
