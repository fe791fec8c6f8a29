"""The SQL of check-ins."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from services.courses.models import CheckIn
from services.kernel.ids import new_id
from services.kernel.statements import Prepared, given
from services.kernel.tables import table
from services.kernel.work import ClinicWork

_CHECK_INS = table(CheckIn)
_DUE_AT = func.coalesce(_CHECK_INS.c.look_by, _CHECK_INS.c.answered_at)


_WAITS = (_CHECK_INS.c.red_flag, _CHECK_INS.c.handled_at.is_(None))
_COUNT_WAITING = Prepared(
    select(func.count().label("waiting"))
    .select_from(_CHECK_INS)
    .where(_CHECK_INS.c.clinic_id == given(_CHECK_INS.c.clinic_id), *_WAITS)
)


class CheckInRepository:
    """One clinic's check-ins."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic_id = work.scope.clinic_id

    async def add(self, booking_id: UUID, client_id: UUID, day: int, expires_at: datetime) -> UUID | None:
        """The new check-in, or nothing where the visit has one of that day."""
        added: UUID | None = await self._work.scalar(
            insert(_CHECK_INS)
            .values(
                clinic_id=self._clinic_id,
                id=new_id(),
                booking_id=booking_id,
                client_id=client_id,
                day=day,
                asked_at=self._work.now,
                expires_at=expires_at,
                red_flag=False,
            )
            .on_conflict_do_nothing(index_elements=["clinic_id", "booking_id", "day"])
            .returning(_CHECK_INS.c.id)
        )
        return added

    async def one(self, check_in_id: UUID, *, lock: bool = False) -> Row[Any] | None:
        statement = select(_CHECK_INS).where(
            _CHECK_INS.c.clinic_id == self._clinic_id, _CHECK_INS.c.id == check_in_id
        )
        return await self._work.row(statement.with_for_update() if lock else statement)

    async def of_booking(self, booking_id: UUID) -> list[Row[Any]]:
        return await self._work.rows(
            select(_CHECK_INS)
            .where(_CHECK_INS.c.clinic_id == self._clinic_id, _CHECK_INS.c.booking_id == booking_id)
            .order_by(_CHECK_INS.c.day)
        )

    async def open_of_client(self, client_id: UUID) -> list[Row[Any]]:
        """Asked, not answered, and not too late to answer."""
        return await self._work.rows(
            select(_CHECK_INS)
            .where(
                _CHECK_INS.c.clinic_id == self._clinic_id,
                _CHECK_INS.c.client_id == client_id,
                _CHECK_INS.c.answered_at.is_(None),
                _CHECK_INS.c.expires_at > self._work.now,
            )
            .order_by(_CHECK_INS.c.asked_at)
        )

    async def waiting(self, after: tuple[datetime, UUID] | None, limit: int) -> list[Row[Any]]:
        """Answers that the clinic has to look at, and that nobody has dealt with, what is due first, first."""
        statement = select(_CHECK_INS).where(*self._waits()).order_by(_DUE_AT, _CHECK_INS.c.id).limit(limit)
        if after is not None:
            statement = statement.where(tuple_(_DUE_AT, _CHECK_INS.c.id) > tuple_(*after))
        return await self._work.rows(statement)

    async def flagged(self, *, escalated: bool = False) -> list[UUID]:
        """The ids of all of them, or of those that were noted as not looked at in time."""
        found = select(_CHECK_INS.c.id).where(*self._waits())
        late = found.where(_CHECK_INS.c.escalated_at.is_not(None))
        return [row.id for row in await self._work.rows(late if escalated else found)]

    async def count_waiting(self) -> int:
        (row,) = await self._work.fetch(_COUNT_WAITING, clinic_id=self._clinic_id)
        return int(row.waiting)

    def _waits(self) -> tuple[ColumnElement[bool], ...]:
        return (_CHECK_INS.c.clinic_id == self._clinic_id, *_WAITS)

    async def handle(self, check_in_id: UUID, by: str, note: bytes | None) -> None:
        await self._work.execute(
            update(_CHECK_INS)
            .where(_CHECK_INS.c.clinic_id == self._clinic_id, _CHECK_INS.c.id == check_in_id)
            .values(handled_at=self._work.now, handled_by=by, handled_note=note)
        )

    async def end(self, check_in_ids: Collection[UUID], by: str) -> list[UUID]:
        """Ends those without an answer, then closes those that wait for the clinic; gives the ids of the latter.

        In this order: an answer that is being written is waited for, and is closed as well.
        """
        mine = (_CHECK_INS.c.clinic_id == self._clinic_id, _CHECK_INS.c.id.in_(check_in_ids))
        unanswered = update(_CHECK_INS).where(*mine, _CHECK_INS.c.answered_at.is_(None))
        await self._work.execute(unanswered.values(expires_at=self._work.now))
        waiting = update(_CHECK_INS).where(*mine, *_WAITS)
        closed = waiting.values(handled_at=self._work.now, handled_by=by).returning(_CHECK_INS.c.id)
        return [row.id for row in await self._work.rows(closed)]

    async def note_escalated(self, check_in_id: UUID) -> None:
        """The owners are told that nobody has looked."""
        await self._work.execute(
            update(_CHECK_INS)
            .where(_CHECK_INS.c.clinic_id == self._clinic_id, _CHECK_INS.c.id == check_in_id)
            .values(escalated_at=self._work.now)
        )

    async def answer(self, check_in_id: UUID, **values: Any) -> None:
        await self._work.execute(
            update(_CHECK_INS)
            .where(_CHECK_INS.c.clinic_id == self._clinic_id, _CHECK_INS.c.id == check_in_id)
            .values(answered_at=self._work.now, **values)
        )
