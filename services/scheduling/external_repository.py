"""SQL of calendars elsewhere, and of when they say that practitioners are busy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select, union_all, update

from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.practitioners.models import PractitionerException
from services.scheduling.calendar_models import ExternalBusy, ExternalCalendar
from services.scheduling.models import LONGEST_CLAIM_HOURS, BlockedTime, Booking
from services.treatments.models import Treatment

_CALENDAR, _BUSY = table(ExternalCalendar), table(ExternalBusy)
_OURS = tuple(table(one) for one in (Booking, BlockedTime, PractitionerException))
_TREATMENT = table(Treatment)
_LONGEST = timedelta(hours=LONGEST_CLAIM_HOURS)


class ExternalRepository:
    """Calendars elsewhere of one clinic's practitioners."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    async def add(self, **values: Any) -> None:
        await self._work.execute(
            insert(_CALENDAR).values(clinic_id=self._clinic, added_at=self._work.now, **values)
        )

    async def find(self, calendar_id: UUID, *, lock: bool = False) -> Row[Any] | None:
        statement = select(_CALENDAR).where(
            _CALENDAR.c.clinic_id == self._clinic, _CALENDAR.c.id == calendar_id
        )
        return await self._work.row(statement.with_for_update() if lock else statement)

    async def list_of(self, practitioner_id: UUID) -> list[Row[Any]]:
        """A practitioner's calendars, oldest first."""
        return await self._work.rows(
            select(_CALENDAR)
            .where(_CALENDAR.c.clinic_id == self._clinic, _CALENDAR.c.practitioner_id == practitioner_id)
            .order_by(_CALENDAR.c.id)
        )

    async def change(self, calendar_id: UUID, **values: Any) -> None:
        await self._work.execute(
            update(_CALENDAR)
            .where(_CALENDAR.c.clinic_id == self._clinic, _CALENDAR.c.id == calendar_id)
            .values(**values)
        )

    async def remove(self, calendar_id: UUID) -> bool:
        """Takes it away with what it said; false where there is no such calendar."""
        gone = await self._work.scalar(
            delete(_CALENDAR)
            .where(_CALENDAR.c.clinic_id == self._clinic, _CALENDAR.c.id == calendar_id)
            .returning(_CALENDAR.c.id)
        )
        return gone is not None

    async def longest_course(self) -> timedelta:
        """How long after the first session the last one of a course on the menu may lie."""
        days = (_TREATMENT.c.course_sessions - 1) * _TREATMENT.c.max_days
        on_menu = (_TREATMENT.c.clinic_id == self._clinic, _TREATMENT.c.archived_at.is_(None))
        return timedelta(days=await self._work.scalar(select(func.max(days)).where(*on_menu)) or 0)

    async def replace(
        self, calendar_id: UUID, practitioner_id: UUID, spans: Sequence[tuple[datetime, datetime]]
    ) -> bool:
        """What the calendar says from now on; false where it is what it said before."""
        mine = (_BUSY.c.clinic_id == self._clinic, _BUSY.c.calendar_id == calendar_id)
        rows = await self._work.rows(select(_BUSY.c.starts_at, _BUSY.c.ends_at).where(*mine))
        if {(row.starts_at, row.ends_at) for row in rows} == set(spans):
            return False
        await self._work.execute(delete(_BUSY).where(*mine))
        if spans:
            values = [
                {
                    "clinic_id": self._clinic,
                    "calendar_id": calendar_id,
                    "practitioner_id": practitioner_id,
                    "starts_at": starts_at,
                    "ends_at": ends_at,
                }
                for starts_at, ends_at in spans
            ]
            await self._work.execute(insert(_BUSY), values)
        return True

    async def list_held(self, ids: Iterable[UUID]) -> set[UUID]:
        """Those of the ids that are visits, blocked times or time away of this clinic."""
        wanted = list(ids)
        each = (
            select(one.c.id).where(one.c.clinic_id == self._clinic, one.c.id.in_(wanted)) for one in _OURS
        )
        return {row.id for row in await self._work.rows(union_all(*each))} if wanted else set()

    async def list_between(
        self, since: datetime, until: datetime, practitioner_id: UUID | None = None
    ) -> list[Row[Any]]:
        """(practitioner, start, end) of what is busy elsewhere between two instants, in order of time."""
        whose = [] if practitioner_id is None else [_BUSY.c.practitioner_id == practitioner_id]
        return await self._work.rows(
            select(_BUSY.c.practitioner_id, _BUSY.c.starts_at, _BUSY.c.ends_at)
            .where(
                _BUSY.c.clinic_id == self._clinic,
                _BUSY.c.starts_at >= since - _LONGEST,
                _BUSY.c.starts_at < until,
                _BUSY.c.ends_at > since,
                *whose,
            )
            .order_by(_BUSY.c.starts_at, _BUSY.c.practitioner_id)
        )

    async def count(self, practitioner_id: UUID) -> int:
        """How many calendars the practitioner has."""
        found: int = await self._work.scalar(
            select(func.count())
            .select_from(_CALENDAR)
            .where(_CALENDAR.c.clinic_id == self._clinic, _CALENDAR.c.practitioner_id == practitioner_id)
        )
        return found
