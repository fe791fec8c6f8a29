"""SQL of clients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from services.clients.models import Client
from services.clients.schemas import ClientView
from services.kernel.ids import new_id
from services.kernel.tables import table
from services.kernel.work import ClinicWork, PlatformWork

_CLIENT = table(Client)
_VIEW = select(
    _CLIENT.c.id, _CLIENT.c.name, _CLIENT.c.email, _CLIENT.c.phone, _CLIENT.c.account_id, _CLIENT.c.created_at
)
_SORT_NAME = func.lower(_CLIENT.c.name)


class ClientRepository:
    """Clients of one clinic."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    async def find(self, client_id: UUID) -> ClientView | None:
        return await self._one(_CLIENT.c.id == client_id)

    async def find_by_email(self, email: str) -> ClientView | None:
        return await self._one(func.lower(_CLIENT.c.email) == email.lower())

    async def add(self, *, name: str, email: str, phone: str, account_id: UUID | None) -> bool:
        """Adds a client unless there is one of that e-mail."""
        result = await self._work.execute(
            insert(_CLIENT)
            .values(
                clinic_id=self._clinic,
                id=new_id(),
                name=name,
                email=email,
                phone=phone,
                account_id=account_id,
                created_at=self._work.now,
            )
            .on_conflict_do_nothing()
        )
        return result.rowcount == 1

    async def update(self, client_id: UUID, **values: Any) -> None:
        await self._work.execute(
            update(_CLIENT)
            .where(_CLIENT.c.clinic_id == self._clinic, _CLIENT.c.id == client_id)
            .values(**values)
        )

    async def link(self, client_id: UUID, account_id: UUID) -> bool:
        """Links a client who has no account; false where they have one."""
        statement = (
            update(_CLIENT)
            .where(
                _CLIENT.c.clinic_id == self._clinic,
                _CLIENT.c.id == client_id,
                _CLIENT.c.account_id.is_(None),
            )
            .values(account_id=account_id)
            .returning(_CLIENT.c.id)
        )
        return await self._work.scalar(statement) is not None

    async def search(self, q: str, after: Sequence[str] | None, limit: int) -> list[ClientView]:
        """Clients by name and id, whose name, e-mail or phone contains the text."""
        statement = _VIEW.where(_CLIENT.c.clinic_id == self._clinic)
        if q:
            columns = (_CLIENT.c.name, _CLIENT.c.email, _CLIENT.c.phone)
            statement = statement.where(or_(*(column.icontains(q, autoescape=True) for column in columns)))
        if after is not None:
            statement = statement.where(tuple_(_SORT_NAME, _CLIENT.c.id) > tuple_(after[0], UUID(after[1])))
        rows = await self._work.rows(statement.order_by(_SORT_NAME, _CLIENT.c.id).limit(limit))
        return [ClientView(**row._mapping) for row in rows]  # noqa: SLF001  a row's mapping is public

    async def _one(self, condition: Any) -> ClientView | None:
        row = await self._work.row(_VIEW.where(_CLIENT.c.clinic_id == self._clinic, condition))
        return None if row is None else ClientView(**row._mapping)  # noqa: SLF001  a row's mapping is public


async def clinics_of_email(work: PlatformWork, email: str) -> list[UUID]:
    """The clinics that have a client of that e-mail."""
    rows = await work.rows(
        select(_CLIENT.c.clinic_id)
        .where(func.lower(_CLIENT.c.email) == email.lower())
        .order_by(_CLIENT.c.clinic_id)
    )
    return [row.clinic_id for row in rows]
