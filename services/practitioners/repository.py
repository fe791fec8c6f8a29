"""All SQL of practitioners: people, hours, credentials. What is archived is not found unless asked for."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or

from services.clinics.models import Location
from services.kernel.statements import Prepared, given, is_among
from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.practitioners.models import (
    Credential,
    Practitioner,
    PractitionerException,
    PractitionerHours,
)

_PEOPLE, _HOURS = table(Practitioner), table(PractitionerHours)
_EXCEPTIONS = table(PractitionerException)
_CREDENTIALS, _PLACES = table(Credential), table(Location)
# Where a credential counts, it does through its last day there.
_ZONES = (
    select(func.coalesce(func.array_agg(_PLACES.c.time_zone), []))
    .where(_PLACES.c.clinic_id == _CREDENTIALS.c.clinic_id, _PLACES.c.archived_at.is_(None))
    .scalar_subquery()
    .label("zones")
)


_TEAM = Prepared(
    select(_PEOPLE)
    .where(_PEOPLE.c.clinic_id == given(_PEOPLE.c.clinic_id), _PEOPLE.c.archived_at.is_(None))
    .order_by(_PEOPLE.c.created_at, _PEOPLE.c.id)
)
_HOURS_OF = Prepared(
    select(_HOURS).where(
        _HOURS.c.clinic_id == given(_HOURS.c.clinic_id), is_among(_HOURS.c.practitioner_id, "ids")
    )
)
_CREDENTIALS_OF = Prepared(
    select(*_CREDENTIALS.c, _ZONES)
    .where(
        _CREDENTIALS.c.clinic_id == given(_CREDENTIALS.c.clinic_id),
        is_among(_CREDENTIALS.c.practitioner_id, "ids"),
    )
    .order_by(_CREDENTIALS.c.created_at, _CREDENTIALS.c.id)
)


class PractitionerRepository:
    """The clinic's practitioners and their hours."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic_id = work.scope.clinic_id

    async def list_all(self) -> list[Row[Any]]:
        """Those who are not archived, oldest first."""
        return await self._work.fetch(_TEAM, clinic_id=self._clinic_id)

    async def find(
        self, practitioner_id: UUID, *, archived: bool = False, lock: bool = False
    ) -> Row[Any] | None:
        """One of them; with `lock`, nobody else changes the row until this transaction ends."""
        statement = select(_PEOPLE).where(
            _PEOPLE.c.clinic_id == self._clinic_id, _PEOPLE.c.id == practitioner_id
        )
        if not archived:
            statement = statement.where(_PEOPLE.c.archived_at.is_(None))
        # Against changes alone: bookings, which point to the row, do not wait for whoever edits it.
        return await self._work.row(statement.with_for_update(key_share=True) if lock else statement)

    async def add(self, **values: Any) -> None:
        await self._work.execute(
            insert(_PEOPLE).values(clinic_id=self._clinic_id, created_at=self._work.now, **values)
        )

    async def change(self, practitioner_id: UUID, **values: Any) -> None:
        await self._work.execute(
            update(_PEOPLE)
            .where(_PEOPLE.c.clinic_id == self._clinic_id, _PEOPLE.c.id == practitioner_id)
            .values(**values)
        )

    async def unlink(self, account_id: UUID) -> list[UUID]:
        """Whoever was linked to the account is not any more; gives who that was."""
        rows = await self._work.rows(
            update(_PEOPLE)
            .where(_PEOPLE.c.clinic_id == self._clinic_id, _PEOPLE.c.account_id == account_id)
            .values(account_id=None)
            .returning(_PEOPLE.c.id)
        )
        return [row.id for row in rows]

    async def hours(self, practitioner_ids: list[UUID]) -> list[Row[Any]]:
        """The hours of those people."""
        return await self._work.fetch(_HOURS_OF, clinic_id=self._clinic_id, ids=practitioner_ids)

    async def set_hours(self, practitioner_id: UUID, spans: list[dict[str, Any]]) -> None:
        """Replaces all hours of a person."""
        await self._work.execute(
            delete(_HOURS).where(
                _HOURS.c.clinic_id == self._clinic_id, _HOURS.c.practitioner_id == practitioner_id
            )
        )
        if spans:
            owner = {"clinic_id": self._clinic_id, "practitioner_id": practitioner_id}
            await self._work.execute(insert(_HOURS), [owner | span for span in spans])

    async def exceptions(self, practitioner_id: UUID, day: date) -> list[Row[Any]]:
        """Other hours that are not over before the day, in order of days."""
        return await self._work.rows(
            select(_EXCEPTIONS)
            .where(
                _EXCEPTIONS.c.clinic_id == self._clinic_id,
                _EXCEPTIONS.c.practitioner_id == practitioner_id,
                _EXCEPTIONS.c.last_on >= day,
            )
            .order_by(_EXCEPTIONS.c.first_on, _EXCEPTIONS.c.opens, _EXCEPTIONS.c.id)
        )

    async def exceptions_between(self, from_on: date, to_on: date) -> list[Row[Any]]:
        """Everyone's other hours that touch the days, both included, in order of days."""
        return await self._work.rows(
            select(_EXCEPTIONS)
            .where(
                _EXCEPTIONS.c.clinic_id == self._clinic_id,
                _EXCEPTIONS.c.last_on >= from_on,
                _EXCEPTIONS.c.first_on <= to_on,
            )
            .order_by(_EXCEPTIONS.c.first_on, _EXCEPTIONS.c.opens, _EXCEPTIONS.c.id)
        )

    async def exception(self, exception_id: UUID) -> Row[Any] | None:
        """One of anybody's other hours."""
        return await self._work.row(
            select(_EXCEPTIONS).where(
                _EXCEPTIONS.c.clinic_id == self._clinic_id, _EXCEPTIONS.c.id == exception_id
            )
        )

    async def add_exception(self, **values: Any) -> None:
        await self._work.execute(insert(_EXCEPTIONS).values(clinic_id=self._clinic_id, **values))

    async def remove_exception(self, practitioner_id: UUID, exception_id: UUID) -> bool:
        """Takes one away; false where the person has none of that id."""
        statement = delete(_EXCEPTIONS).where(
            _EXCEPTIONS.c.clinic_id == self._clinic_id,
            _EXCEPTIONS.c.practitioner_id == practitioner_id,
            _EXCEPTIONS.c.id == exception_id,
        )
        return await self._work.scalar(statement.returning(_EXCEPTIONS.c.id)) is not None

    async def working_at(self, location_id: UUID) -> list[Row[Any]]:
        """The hours there of everyone who works at the location."""
        return await self._work.rows(
            select(_HOURS)
            .join(
                _PEOPLE,
                (_PEOPLE.c.clinic_id == _HOURS.c.clinic_id) & (_PEOPLE.c.id == _HOURS.c.practitioner_id),
            )
            .where(
                _HOURS.c.clinic_id == self._clinic_id,
                _HOURS.c.location_id == location_id,
                _PEOPLE.c.archived_at.is_(None),
            )
            .order_by(_HOURS.c.practitioner_id, _HOURS.c.weekday, _HOURS.c.opens)
        )


class CredentialRepository:
    """Credentials."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic_id = work.scope.clinic_id

    async def list_of(self, practitioner_ids: list[UUID]) -> list[Row[Any]]:
        """The credentials of those people, oldest first, each with the `zones` of the clinic's places."""
        return await self._work.fetch(_CREDENTIALS_OF, clinic_id=self._clinic_id, ids=practitioner_ids)

    async def find(self, credential_id: UUID, *, lock: bool = False) -> Row[Any] | None:
        """A credential of somebody who is not archived, with the `zones` of the clinic's places."""
        statement = (
            select(*_CREDENTIALS.c, _ZONES)
            .join(
                _PEOPLE,
                (_PEOPLE.c.clinic_id == _CREDENTIALS.c.clinic_id)
                & (_PEOPLE.c.id == _CREDENTIALS.c.practitioner_id),
            )
            .where(
                _CREDENTIALS.c.clinic_id == self._clinic_id,
                _CREDENTIALS.c.id == credential_id,
                _PEOPLE.c.archived_at.is_(None),
            )
        )
        return await self._work.row(statement.with_for_update(of=_CREDENTIALS) if lock else statement)

    async def add(self, **values: Any) -> bool:
        """Adds a credential; false when the person has one of that kind and number already."""
        statement = insert_or(_CREDENTIALS).values(
            clinic_id=self._clinic_id, created_at=self._work.now, **values
        )
        added = await self._work.scalar(statement.on_conflict_do_nothing().returning(_CREDENTIALS.c.id))
        return added is not None

    async def has_number(self, practitioner_id: UUID, kind: str, number: str, but: UUID) -> bool:
        """Whether another credential of the person has that kind and number."""
        found = await self._work.scalar(
            select(_CREDENTIALS.c.id).where(
                _CREDENTIALS.c.clinic_id == self._clinic_id,
                _CREDENTIALS.c.practitioner_id == practitioner_id,
                _CREDENTIALS.c.credential_kind == kind,
                _CREDENTIALS.c.number == number,
                _CREDENTIALS.c.id != but,
            )
        )
        return found is not None

    async def change(self, credential_id: UUID, **values: Any) -> None:
        await self._work.execute(
            update(_CREDENTIALS)
            .where(_CREDENTIALS.c.clinic_id == self._clinic_id, _CREDENTIALS.c.id == credential_id)
            .values(**values)
        )

    async def remove(self, credential_id: UUID) -> None:
        await self._work.execute(
            delete(_CREDENTIALS).where(
                _CREDENTIALS.c.clinic_id == self._clinic_id, _CREDENTIALS.c.id == credential_id
            )
        )
