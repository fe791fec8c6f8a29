"""SQL of blocked rooms and devices, and of the claims that hold their time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, delete, func, insert, select

from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.scheduling.block_schemas import BlockedSpan
from services.scheduling.models import LONGEST_CLAIM_HOURS, BlockedTime, Booking, Claim, SlotHold

_BLOCKED, _CLAIM = table(BlockedTime), table(Claim)
_BOOKING, _HOLD = table(Booking), table(SlotHold)
_LONGEST = timedelta(hours=LONGEST_CLAIM_HOURS)


class BlockRepository:
    """Blocked time of one clinic."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    async def add(self, **values: Any) -> None:
        await self._work.execute(
            insert(_BLOCKED).values(clinic_id=self._clinic, created_at=self._work.now, **values)
        )

    async def find(self, blocked_id: UUID) -> Row[Any] | None:
        """A block with its first and its last instant."""
        return await self._work.row(
            select(
                _BLOCKED.c.resource_id,
                _BLOCKED.c.note,
                _BLOCKED.c.blocked_by,
                func.min(_CLAIM.c.starts_at).label("starts_at"),
                func.max(_CLAIM.c.ends_at).label("ends_at"),
            )
            .join(
                _CLAIM,
                and_(_CLAIM.c.clinic_id == _BLOCKED.c.clinic_id, _CLAIM.c.blocked_id == _BLOCKED.c.id),
            )
            .where(_BLOCKED.c.clinic_id == self._clinic, _BLOCKED.c.id == blocked_id)
            .group_by(_BLOCKED.c.resource_id, _BLOCKED.c.note, _BLOCKED.c.blocked_by)
        )

    async def remove(self, blocked_id: UUID) -> UUID | None:
        """Takes a block away with its claims; gives what was blocked, nothing where there is no such block."""
        mine = and_(_BLOCKED.c.clinic_id == self._clinic, _BLOCKED.c.id == blocked_id)
        removed: UUID | None = await self._work.scalar(
            delete(_BLOCKED).where(mine).returning(_BLOCKED.c.resource_id)
        )
        return removed

    async def list_claims(self, resource_id: UUID, since: datetime, until: datetime) -> list[Row[Any]]:
        """(starts_at, ends_at, hold_id, reference, asked_by) of what holds the resource between two instants, in order.

        `asked_by` is the reference of a booking that is to move to a time that is held.
        """
        held = and_(_HOLD.c.clinic_id == _CLAIM.c.clinic_id, _HOLD.c.id == _CLAIM.c.hold_id)
        asking = _BOOKING.alias()
        return await self._work.rows(
            select(
                _CLAIM.c.starts_at,
                _CLAIM.c.ends_at,
                _CLAIM.c.hold_id,
                _BOOKING.c.reference,
                asking.c.reference.label("asked_by"),
            )
            .outerjoin(
                _BOOKING,
                and_(_BOOKING.c.clinic_id == _CLAIM.c.clinic_id, _BOOKING.c.id == _CLAIM.c.booking_id),
            )
            .outerjoin(_HOLD, held)
            .outerjoin(
                asking, and_(asking.c.clinic_id == _HOLD.c.clinic_id, asking.c.id == _HOLD.c.booking_id)
            )
            .where(*self._between([resource_id], since, until))
            .order_by(_CLAIM.c.starts_at)
        )

    async def list_between(
        self, resource_ids: Sequence[UUID], since: datetime, until: datetime
    ) -> list[BlockedSpan]:
        """When the resources are blocked between two instants, in order of time."""
        rows = await self._work.rows(
            select(
                _CLAIM.c.blocked_id,
                _CLAIM.c.resource_id,
                _CLAIM.c.starts_at,
                _CLAIM.c.ends_at,
                _BLOCKED.c.note,
                _BLOCKED.c.blocked_by,
                _BLOCKED.c.created_at,
            )
            .join(
                _BLOCKED,
                and_(_BLOCKED.c.clinic_id == _CLAIM.c.clinic_id, _BLOCKED.c.id == _CLAIM.c.blocked_id),
            )
            .where(*self._between(resource_ids, since, until))
            .order_by(_CLAIM.c.starts_at, _CLAIM.c.id)
        )
        return [BlockedSpan(**row._mapping) for row in rows]  # noqa: SLF001  a row's mapping is public

    def _between(self, resource_ids: Sequence[UUID], since: datetime, until: datetime) -> list[Any]:
        return [
            _CLAIM.c.clinic_id == self._clinic,
            _CLAIM.c.resource_id.in_(resource_ids),
            _CLAIM.c.starts_at >= since - _LONGEST,
            _CLAIM.c.starts_at < until,
            _CLAIM.c.ends_at > since,
        ]
