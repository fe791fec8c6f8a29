"""SQL of session records, which are only ever added to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, select
from sqlalchemy.dialects.postgresql import insert

from services.courses.models import SessionRecord
from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.practitioners.models import Practitioner

_RECORD, _PRACTITIONER = table(SessionRecord), table(Practitioner)


class RecordRepository:
    """The records of one clinic's visits."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    async def add(self, **values: Any) -> bool:
        """One more version; false where that version is taken."""
        added = await self._work.scalar(
            insert(_RECORD)
            .values(clinic_id=self._clinic, recorded_at=self._work.now, **values)
            .on_conflict_do_nothing(index_elements=["clinic_id", "booking_id", "version"])
            .returning(_RECORD.c.version)
        )
        return added is not None

    async def versions(self, booking_id: UUID) -> Sequence[Row[Any]]:
        """All versions of a visit's record, the latest first, with the name of who treated."""
        same = and_(
            _PRACTITIONER.c.clinic_id == _RECORD.c.clinic_id, _PRACTITIONER.c.id == _RECORD.c.practitioner_id
        )
        return await self._work.rows(
            select(_RECORD, _PRACTITIONER.c.name.label("practitioner_name"))
            .outerjoin(_PRACTITIONER, same)
            .where(_RECORD.c.clinic_id == self._clinic, _RECORD.c.booking_id == booking_id)
            .order_by(_RECORD.c.version.desc())
        )
