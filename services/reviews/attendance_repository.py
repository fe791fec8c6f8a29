"""The SQL of visits that clients say took place."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert

from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.reviews.models import Review, VisitClaim

_CLAIMS, _REVIEWS = table(VisitClaim), table(Review)


class ClaimRepository:
    """One clinic's."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic_id = work.scope.clinic_id

    async def add(self, booking_id: UUID, client_id: UUID, marked: str) -> bool:
        """False where it was said before. `marked` is what the clinic had noted."""
        added = await self._work.scalar(
            insert(_CLAIMS)
            .values(
                clinic_id=self._clinic_id,
                booking_id=booking_id,
                client_id=client_id,
                marked=marked,
                asserted_at=self._work.now,
                stands=True,
            )
            .on_conflict_do_nothing(index_elements=["clinic_id", "booking_id"])
            .returning(_CLAIMS.c.booking_id)
        )
        return added is not None

    async def find(self, booking_id: UUID, *, lock: bool = False) -> Row[Any] | None:
        statement = select(_CLAIMS).where(
            _CLAIMS.c.clinic_id == self._clinic_id, _CLAIMS.c.booking_id == booking_id
        )
        return await self._work.row(statement.with_for_update() if lock else statement)

    async def change(self, booking_id: UUID, **values: Any) -> None:
        await self._work.execute(
            update(_CLAIMS)
            .where(_CLAIMS.c.clinic_id == self._clinic_id, _CLAIMS.c.booking_id == booking_id)
            .values(**values)
        )

    async def reviews_of(self, booking_id: UUID) -> list[UUID]:
        rows = await self._work.rows(
            select(_REVIEWS.c.id).where(
                _REVIEWS.c.clinic_id == self._clinic_id, _REVIEWS.c.booking_id == booking_id
            )
        )
        return [row.id for row in rows]
