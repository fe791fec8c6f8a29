"""SQL of clients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, exists, func, or_, select, true, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from services.clients.models import Client
from services.clients.schemas import ClientView
from services.kernel.ids import new_id
from services.kernel.language import DEFAULT
from services.kernel.statements import Prepared, given
from services.kernel.tables import table
from services.kernel.work import ClinicWork, PlatformWork

_CLIENT = table(Client)
_OTHER = _CLIENT.alias("other")
_COLUMNS = (
    _CLIENT.c.id,
    _CLIENT.c.name,
    _CLIENT.c.email,
    _CLIENT.c.phone,
    _CLIENT.c.account_id,
    _CLIENT.c.created_at,
    _CLIENT.c.language,
)
_SORT_NAME = func.lower(_CLIENT.c.name)
_KEYS = ("email_key", "phone_key", "name_key")
MOST_ALIKE = 20
_ADD = Prepared(
    insert(_CLIENT).on_conflict_do_nothing().returning(*_COLUMNS),
    ("clinic_id", "id", "name", "email", "phone", "account_id", "language", "created_at"),
)


def view_of(row: Row[Any]) -> ClientView:
    return ClientView(
        id=row.id,
        name=row.name,
        email=row.email,
        phone=row.phone,
        account_id=row.account_id,
        created_at=row.created_at,
        language=row.language,
    )


def _view(row: Row[Any] | None) -> ClientView | None:
    return None if row is None else view_of(row)


def _kept(condition: ColumnElement[bool]) -> Prepared:
    mine = _CLIENT.c.clinic_id == given(_CLIENT.c.clinic_id)
    found = (
        select(func.coalesce(_CLIENT.c.merged_into, _CLIENT.c.id)).where(mine, condition).scalar_subquery()
    )
    kept = _CLIENT.alias("kept")
    return Prepared(select(kept).where(kept.c.clinic_id == given(kept.c.clinic_id), kept.c.id == found))


_KEPT_BY_ID = _kept(_CLIENT.c.id == given(_CLIENT.c.id))
_KEPT_BY_EMAIL = _kept(func.lower(_CLIENT.c.email) == given(_CLIENT.c.email))


def _is_alike() -> ColumnElement[bool]:
    """Another record with one of the same keys. Each is asked by its own index: a disjunction would ask none."""
    return or_(
        *(
            exists().where(
                _OTHER.c.clinic_id == _CLIENT.c.clinic_id,
                _OTHER.c[key] == _CLIENT.c[key],
                _OTHER.c.id != _CLIENT.c.id,
                _OTHER.c.merged_into.is_(None),
                _CLIENT.c[key] != "",
            )
            for key in _KEYS
        )
    )


class ClientRepository:
    """Clients of one clinic. A record that was merged is read as the one that was kept."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    async def find(self, client_id: UUID) -> ClientView | None:
        return _view(await self._work.fetch_one(_KEPT_BY_ID, clinic_id=self._clinic, id=client_id))

    async def find_by_email(self, email: str) -> ClientView | None:
        return _view(await self._work.fetch_one(_KEPT_BY_EMAIL, clinic_id=self._clinic, email=email.lower()))

    async def add(
        self, *, name: str, email: str, phone: str, account_id: UUID | None, language: str = DEFAULT
    ) -> ClientView | None:
        """Adds a client; nothing where there is one of that e-mail."""
        added = await self._work.fetch_one(
            _ADD,
            clinic_id=self._clinic,
            id=new_id(),
            name=name,
            email=email,
            phone=phone,
            account_id=account_id,
            language=language,
            created_at=self._work.now,
        )
        return _view(added)

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

    async def speak(self, account_id: UUID, language: str) -> list[UUID]:
        """The language of an account's records; gives those in which it is another one now."""
        statement = (
            update(_CLIENT)
            .where(
                _CLIENT.c.clinic_id == self._clinic,
                _CLIENT.c.account_id == account_id,
                _CLIENT.c.language != language,
            )
            .values(language=language)
            .returning(_CLIENT.c.id)
        )
        return [row.id for row in await self._work.rows(statement)]

    async def change(self, client_id: UUID, **values: Any) -> bool:
        """The same; false when another record has the address."""
        try:
            async with self._work.savepoint():
                await self.update(client_id, **values)
        except IntegrityError:
            return False
        return True

    async def search(
        self, q: str, after: Sequence[str] | None, limit: int, *, alike: bool
    ) -> list[tuple[ClientView, bool]]:
        """Clients by name and id, whose name, e-mail or phone contains the text, and whether another is like them.

        An address of a record that was merged finds the one that was kept. With `alike`, only those that have one.
        """
        is_alike = _is_alike()
        statement = select(*_COLUMNS, true().label("alike") if alike else is_alike.label("alike")).where(
            _CLIENT.c.clinic_id == self._clinic, _CLIENT.c.merged_into.is_(None)
        )
        if q:
            statement = statement.where(self._contains(q))
        if alike:
            statement = statement.where(is_alike)
        if after is not None:
            statement = statement.where(tuple_(_SORT_NAME, _CLIENT.c.id) > tuple_(after[0], UUID(after[1])))
        rows = await self._work.rows(statement.order_by(_SORT_NAME, _CLIENT.c.id).limit(limit))
        return [(view_of(row), row.alike) for row in rows]

    async def known_as(self, client_id: UUID) -> list[Row[Any]]:
        """The id and the address of a record and of those that were merged into it."""
        own = or_(_CLIENT.c.id == client_id, _CLIENT.c.merged_into == client_id)
        return await self._work.rows(
            select(_CLIENT.c.id, func.lower(_CLIENT.c.email).label("email")).where(
                _CLIENT.c.clinic_id == self._clinic, own
            )
        )

    async def keyed(self, client_id: UUID) -> Row[Any] | None:
        """A record that was not merged, with its keys."""
        return await self._work.row(
            select(_CLIENT).where(
                _CLIENT.c.clinic_id == self._clinic,
                _CLIENT.c.id == client_id,
                _CLIENT.c.merged_into.is_(None),
            )
        )

    async def list_alike(self, one: Row[Any]) -> list[Row[Any]]:
        """Other records with one of the same keys."""
        same = [_CLIENT.c[key] == getattr(one, key) for key in _KEYS if getattr(one, key)]
        return await self._work.rows(
            select(_CLIENT)
            .where(
                _CLIENT.c.clinic_id == self._clinic,
                _CLIENT.c.id != one.id,
                _CLIENT.c.merged_into.is_(None),
                or_(*same),
            )
            .order_by(_CLIENT.c.created_at, _CLIENT.c.id)
            .limit(MOST_ALIKE)
        )

    def _contains(self, q: str) -> ColumnElement[bool]:
        columns = (_CLIENT.c.name, _CLIENT.c.email, _CLIENT.c.phone)
        merged = select(_OTHER.c.merged_into).where(
            _OTHER.c.clinic_id == self._clinic,
            _OTHER.c.merged_into.isnot(None),
            _OTHER.c.email.icontains(q, autoescape=True),
        )
        return or_(*(column.icontains(q, autoescape=True) for column in columns), _CLIENT.c.id.in_(merged))


async def clinics_of_email(work: PlatformWork, email: str) -> list[UUID]:
    """The clinics that have a client of that e-mail."""
    rows = await work.rows(
        select(_CLIENT.c.clinic_id)
        .where(func.lower(_CLIENT.c.email) == email.lower())
        .order_by(_CLIENT.c.clinic_id)
    )
    return [row.clinic_id for row in rows]
