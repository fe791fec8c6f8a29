"""SQL of the way between a clinic's locations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select

from services.clinics.models import Travel
from services.kernel.tables import table
from services.kernel.work import ClinicWork

_TRAVEL = table(Travel)


class TravelRepository:
    """Minutes by pairs of locations, a row for each direction."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic_id = work.scope.clinic_id

    async def list_all(self) -> list[Row[Any]]:
        """Every row, those of archived locations too."""
        return await self._work.rows(
            select(_TRAVEL)
            .where(_TRAVEL.c.clinic_id == self._clinic_id)
            .order_by(_TRAVEL.c.location_id, _TRAVEL.c.other_id)
        )

    async def replace(self, ways: Iterable[tuple[UUID, UUID, int]]) -> None:
        """Takes away what there was, and keeps (from, to, minutes)."""
        await self._work.execute(delete(_TRAVEL).where(_TRAVEL.c.clinic_id == self._clinic_id))
        rows = [
            {"clinic_id": self._clinic_id, "location_id": one, "other_id": other, "minutes": minutes}
            for one, other, minutes in ways
        ]
        if rows:
            await self._work.execute(insert(_TRAVEL), rows)
