"""SQL of other times that clients asked for; the holds that keep them are of `hold_repository`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, exists, insert, select, update

from services.clinics.models import Location
from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.practitioners.models import Practitioner
from services.scheduling.asked_models import AskedMove, MoveAnswer
from services.scheduling.models import SlotHold

_MOVE, _HOLD = table(AskedMove), table(SlotHold)
_LOCATION, _WHO = table(Location), table(Practitioner)


def _view() -> Select[Any]:
    there = and_(_LOCATION.c.clinic_id == _MOVE.c.clinic_id, _LOCATION.c.id == _MOVE.c.location_id)
    who = and_(_WHO.c.clinic_id == _MOVE.c.clinic_id, _WHO.c.id == _MOVE.c.practitioner_id)
    return select(
        *(one for one in _MOVE.c if one.name != "clinic_id"),
        _LOCATION.c.name.label("location_name"),
        _LOCATION.c.time_zone,
        _WHO.c.name.label("practitioner_name"),
    ).select_from(_MOVE.join(_LOCATION, there).join(_WHO, who))


class AskedMoveRepository:
    """Moves that were asked for at one clinic."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    async def add(self, **values: Any) -> None:
        """Adds one that is asked."""
        row = {"clinic_id": self._clinic, "answer": MoveAnswer.NONE, "reason": "", **values}
        await self._work.execute(insert(_MOVE).values(asked_at=self._work.now, **row))

    async def find(self, move_id: UUID) -> Row[Any] | None:
        """One, answered or not, with the names around it."""
        return await self._work.row(_view().where(self._mine(), _MOVE.c.id == move_id))

    async def list_open(self, booking_ids: Iterable[UUID] | None = None) -> list[Row[Any]]:
        """What is asked for now, for any of those visits or all, a row a visit that would move: `visit_id`, `visit_at`.

        First what is to be answered first.
        """
        hold = and_(_HOLD.c.clinic_id == _MOVE.c.clinic_id, _HOLD.c.move_id == _MOVE.c.id)
        wanted = [] if booking_ids is None else [self._moves(booking_ids)]
        return await self._work.rows(
            _view()
            .join(_HOLD, hold)
            .add_columns(
                _HOLD.c.booking_id.label("visit_id"),
                _HOLD.c.starts_at.label("visit_at"),
                _HOLD.c.id.label("hold_id"),
            )
            .where(self._mine(), self._is_open(), *wanted)
            .order_by(_MOVE.c.until_at, _MOVE.c.id, _HOLD.c.starts_at)
        )

    async def list_unanswered(self, booking_ids: Iterable[UUID]) -> list[UUID]:
        """The ids of what has no answer yet for any of those visits, its time over or not."""
        rows = await self._work.rows(
            select(_MOVE.c.id)
            .where(self._mine(), _MOVE.c.answer == MoveAnswer.NONE, self._moves(booking_ids))
            .order_by(_MOVE.c.id)
        )
        return [row.id for row in rows]

    async def lock_unanswered(self, booking_ids: Iterable[UUID]) -> None:
        """Locks what has no answer yet for any of those visits, and then what is held for it, in order of id."""
        locked = await self._work.rows(
            select(_MOVE.c.id)
            .where(self._mine(), _MOVE.c.answer == MoveAnswer.NONE, self._moves(booking_ids))
            .order_by(_MOVE.c.id)
            .with_for_update()
        )
        if locked:
            held = and_(_HOLD.c.clinic_id == self._clinic, _HOLD.c.move_id.in_([row.id for row in locked]))
            await self._work.execute(select(_HOLD.c.id).where(held).order_by(_HOLD.c.id).with_for_update())

    async def answer(self, move_id: UUID, answer: MoveAnswer, reason: str = "") -> UUID | None:
        """Answers one that has no answer yet; gives its booking, or nothing where somebody else was first.

        Whoever accepts, declines or takes back does so before its time is over, and it expires after that alone.
        """
        when = {
            MoveAnswer.EXPIRED: (_MOVE.c.until_at <= self._work.now,),
            MoveAnswer.OVER: (),
        }.get(answer, (_MOVE.c.until_at > self._work.now,))
        row = await self._work.row(
            update(_MOVE)
            .where(self._mine(), _MOVE.c.id == move_id, _MOVE.c.answer == MoveAnswer.NONE, *when)
            .values(answer=answer, reason=reason, answered_at=self._work.now)
            .returning(_MOVE.c.booking_id)
        )
        return None if row is None else row.booking_id

    def _moves(self, booking_ids: Iterable[UUID]) -> Any:
        """Whether it would move any of those visits: the one that it was asked of, or one that follows."""
        ids = list(booking_ids)
        follows = exists().where(
            _HOLD.c.clinic_id == _MOVE.c.clinic_id, _HOLD.c.move_id == _MOVE.c.id, _HOLD.c.booking_id.in_(ids)
        )
        return _MOVE.c.booking_id.in_(ids) | follows.correlate(_MOVE)

    def _is_open(self) -> Any:
        return and_(_MOVE.c.answer == MoveAnswer.NONE, _MOVE.c.until_at > self._work.now)

    def _mine(self) -> Any:
        return _MOVE.c.clinic_id == self._clinic
