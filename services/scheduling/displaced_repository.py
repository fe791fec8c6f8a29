"""The SQL of visits that lie on days from which time was taken away."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select

from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.scheduling.models import Booking
from services.scheduling.status_rules import TRANSITIONS, Step

_BOOKING = table(Booking)
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
        statement = (
            select(_BOOKING.c.id)
            .where(
                _BOOKING.c.clinic_id == self._work.scope.clinic_id,
                _BOOKING.c.starts_at > self._work.now,
                _BOOKING.c.status.in_(TRANSITIONS[Step.CANCEL].sources),
                or_(*ranges),
            )
            .order_by(_BOOKING.c.starts_at, _BOOKING.c.id)
            .limit(limit)
        )
        if people is not None:
            statement = statement.where(_BOOKING.c.practitioner_id.in_(people))
        return [row.id for row in await self._work.rows(statement)]


def _at(day: date, days: int) -> datetime:
    return datetime.combine(day, time.min, UTC) + days * _A_DAY
