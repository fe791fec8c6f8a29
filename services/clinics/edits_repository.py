"""SQL of held edits."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select

from services.clinics.models import HeldEdit
from services.kernel.tables import table
from services.kernel.work import ClinicWork

_EDITS = table(HeldEdit)


class EditRepository:
    """The clinic's edits that wait for a moderator."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic_id = work.scope.clinic_id

    async def list_all(self) -> list[Row[Any]]:
        """Oldest first."""
        return await self._work.rows(
            select(_EDITS)
            .where(_EDITS.c.clinic_id == self._clinic_id)
            .order_by(_EDITS.c.asked_at, _EDITS.c.id)
        )

    async def find(self, edit_id: UUID) -> Row[Any] | None:
        return await self._work.row(
            select(_EDITS).where(_EDITS.c.clinic_id == self._clinic_id, _EDITS.c.id == edit_id)
        )

    async def add(self, **values: Any) -> None:
        await self._work.execute(
            insert(_EDITS).values(clinic_id=self._clinic_id, asked_at=self._work.now, **values)
        )

    async def remove(self, edit_id: UUID) -> Row[Any] | None:
        """Takes it away and gives it; nothing where there is none any more."""
        return await self._work.row(
            delete(_EDITS)
            .where(_EDITS.c.clinic_id == self._clinic_id, _EDITS.c.id == edit_id)
            .returning(*_EDITS.c)
        )

    async def remove_of(self, kind: str, subject_id: UUID) -> Row[Any] | None:
        """Takes the subject's edit away and gives it; nothing where there is none."""
        return await self._work.row(
            delete(_EDITS)
            .where(
                _EDITS.c.clinic_id == self._clinic_id,
                _EDITS.c.subject_kind == kind,
                _EDITS.c.subject_id == subject_id,
            )
            .returning(*_EDITS.c)
        )
