"""The SQL of visits whose day is over and that nobody has closed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, and_, cast, func, literal, select, tuple_

from services.clinics.models import Location
from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.scheduling.models import Booking
from services.scheduling.status_rules import TRANSITIONS, Step

_BOOKING, _LOCATION = table(Booking), table(Location)
_KEY = (_BOOKING.c.starts_at, _BOOKING.c.id)


class UnclosedRepository:
    """One clinic's visits that could still be completed though the day is over where they took place."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work

    async def list_ids(
        self, practitioner_id: UUID | None, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[UUID]:
        """By start and id, after a key."""
        statement = self._chosen(_BOOKING.c.id).order_by(*_KEY).limit(limit)
        if practitioner_id is not None:
            statement = statement.where(_BOOKING.c.practitioner_id == practitioner_id)
        if after is not None:
            statement = statement.where(tuple_(*_KEY) > tuple_(*after))
        return [row.id for row in await self._work.rows(statement)]

    async def count(self) -> int:
        return int(await self._work.scalar(self._chosen(func.count())))

    def _chosen(self, column: Any) -> Select[Any]:
        now, zone = literal(self._work.now, _BOOKING.c.ends_at.type), _LOCATION.c.time_zone
        place = and_(_LOCATION.c.clinic_id == _BOOKING.c.clinic_id, _LOCATION.c.id == _BOOKING.c.location_id)
        return (
            select(column)
            .select_from(_BOOKING.join(_LOCATION, place))
            .where(
                _BOOKING.c.clinic_id == self._work.scope.clinic_id,
                _BOOKING.c.starts_at < now,
                _BOOKING.c.status.in_(TRANSITIONS[Step.COMPLETE].sources),
                cast(func.timezone(zone, _BOOKING.c.ends_at), Date) < cast(func.timezone(zone, now), Date),
            )
        )
