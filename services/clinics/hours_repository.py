"""SQL of other hours on single days."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select

from services.clinics.models import HoursException
from services.kernel.tables import table
from services.kernel.work import ClinicWork

_EXCEPTIONS = table(HoursException)


class ExceptionRepository:
    """Exceptions of the clinic's locations, and what it said of public holidays."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic_id = work.scope.clinic_id

    async def list_from(self, location_ids: Collection[UUID], day: date) -> list[Row[Any]]:
        """Those that are not over before the day, in order of days."""
        return await self._work.rows(
            select(_EXCEPTIONS)
            .where(
                _EXCEPTIONS.c.clinic_id == self._clinic_id,
                _EXCEPTIONS.c.location_id.in_(location_ids),
                _EXCEPTIONS.c.last_on >= day,
            )
            .order_by(_EXCEPTIONS.c.first_on, _EXCEPTIONS.c.opens, _EXCEPTIONS.c.id)
        )

    async def list_between(self, location_id: UUID, from_on: date, to_on: date) -> list[Row[Any]]:
        """Those of a location that touch the days, both included, in order of days."""
        return await self._work.rows(
            select(_EXCEPTIONS)
            .where(
                _EXCEPTIONS.c.clinic_id == self._clinic_id,
                _EXCEPTIONS.c.location_id == location_id,
                _EXCEPTIONS.c.last_on >= from_on,
                _EXCEPTIONS.c.first_on <= to_on,
            )
            .order_by(_EXCEPTIONS.c.first_on, _EXCEPTIONS.c.opens, _EXCEPTIONS.c.id)
        )

    async def add(self, **values: Any) -> None:
        await self._work.execute(insert(_EXCEPTIONS).values(clinic_id=self._clinic_id, **values))

    async def remove(self, location_id: UUID, exception_id: UUID) -> bool:
        """Takes one away; false where the location has none of that id."""
        statement = delete(_EXCEPTIONS).where(
            _EXCEPTIONS.c.clinic_id == self._clinic_id,
            _EXCEPTIONS.c.location_id == location_id,
            _EXCEPTIONS.c.id == exception_id,
        )
        return await self._work.scalar(statement.returning(_EXCEPTIONS.c.id)) is not None

    async def forget_holiday(self, location_id: UUID, day: date) -> None:
        """Takes away what was said of the public holiday."""
        await self._work.execute(
            delete(_EXCEPTIONS).where(
                _EXCEPTIONS.c.clinic_id == self._clinic_id,
                _EXCEPTIONS.c.location_id == location_id,
                _EXCEPTIONS.c.first_on == day,
                _EXCEPTIONS.c.holiday.isnot(None),
            )
        )
