"""The SQL of visits that lie on days from which time was taken away."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, or_, select

from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.scheduling.models import Booking
from services.scheduling.status_rules import TRANSITIONS, Step

_BOOKING = table(Booking)
_WHEN_AND_WHERE = ("id", "location_id", "practitioner_id", "starts_at", "ends_at")
_A_DAY = timedelta(days=1)


class DisplacedRepository:
    """One clinic's visits that are still to come and could still be called off."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work

    async def list_ids(
        self, days: Iterable[tuple[date, date]], people: Collection[UUID] | None, limit: int
    ) -> list[UUID]:
        """By start, with those people or anyone, of days a day wider at both ends: what is local is for the rules."""
        ranges = [and_(_BOOKING.c.starts_at >= _at(a, -1), _BOOKING.c.starts_at < _at(b, 2)) for a, b in days]
        statement = self._ahead(_BOOKING.c.id).where(or_(*ranges)).limit(limit)
        if people is not None:
            statement = statement.where(_BOOKING.c.practitioner_id.in_(people))
        return [row.id for row in await self._work.rows(statement)]

    async def list_ahead(
        self, location_id: UUID | None, practitioner_id: UUID | None, limit: int
    ) -> list[Row[Any]]:
        """By start, where, with whom and when they are: at that location, with that person, or all of them."""
        statement = self._ahead(*(_BOOKING.c[name] for name in _WHEN_AND_WHERE)).limit(limit)
        for column, wanted in (("location_id", location_id), ("practitioner_id", practitioner_id)):
            if wanted is not None:
                statement = statement.where(_BOOKING.c[column] == wanted)
        return await self._work.rows(statement)

    def _ahead(self, *columns: Any) -> Select[Any]:
        return (
            select(*columns)
            .where(
                _BOOKING.c.clinic_id == self._work.scope.clinic_id,
                _BOOKING.c.starts_at > self._work.now,
                _BOOKING.c.status.in_(TRANSITIONS[Step.CANCEL].sources),
            )
            .order_by(_BOOKING.c.starts_at, _BOOKING.c.id)
        )


def _at(day: date, days: int) -> datetime:
    return datetime.combine(day, time.min, UTC) + days * _A_DAY
