"""SQL of protocols, which are only ever added to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select

from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.treatments.models import TreatmentProtocol

_PROTOCOLS = table(TreatmentProtocol)


class ProtocolRepository:
    """Versions of the protocols of one clinic's treatments."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic_id = work.scope.clinic_id

    async def add(self, **values: Any) -> None:
        await self._work.execute(
            insert(_PROTOCOLS).values(clinic_id=self._clinic_id, written_at=self._work.now, **values)
        )

    async def latest(self, treatment_id: UUID, at: datetime | None = None) -> Row[Any] | None:
        """The version in force, now or at an instant."""
        statement = select(_PROTOCOLS).where(
            _PROTOCOLS.c.clinic_id == self._clinic_id, _PROTOCOLS.c.treatment_id == treatment_id
        )
        if at is not None:
            statement = statement.where(_PROTOCOLS.c.written_at <= at)
        return await self._work.row(statement.order_by(_PROTOCOLS.c.version.desc()).limit(1))

    async def of_treatments(self, treatment_ids: Collection[UUID]) -> Sequence[Row[Any]]:
        """All versions of those treatments' protocols, the latest first."""
        return await self._work.rows(
            select(_PROTOCOLS)
            .where(_PROTOCOLS.c.clinic_id == self._clinic_id, _PROTOCOLS.c.treatment_id.in_(treatment_ids))
            .order_by(_PROTOCOLS.c.treatment_id, _PROTOCOLS.c.version.desc())
        )
