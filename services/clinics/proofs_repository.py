"""SQL of a business's proofs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from services.clinics.models import BusinessProof
from services.kernel.tables import table
from services.kernel.work import ClinicWork

_PROOFS = table(BusinessProof)


class ProofRepository:
    """What the clinic proves of its business."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._own = _PROOFS.c.clinic_id == work.scope.clinic_id

    async def list_all(self) -> list[Row[Any]]:
        return await self._work.rows(select(_PROOFS).where(self._own).order_by(_PROOFS.c.created_at))

    async def find(self, proof_id: UUID, *, lock: bool = False) -> Row[Any] | None:
        """One of them; with `lock`, nobody else changes the row until this transaction ends."""
        statement = select(_PROOFS).where(self._own, _PROOFS.c.id == proof_id)
        return await self._work.row(statement.with_for_update() if lock else statement)

    async def find_kind(self, kind: str, *, lock: bool = False) -> Row[Any] | None:
        """The one of a kind; with `lock`, as above."""
        statement = select(_PROOFS).where(self._own, _PROOFS.c.kind == kind)
        return await self._work.row(statement.with_for_update() if lock else statement)

    async def add(self, **values: Any) -> bool:
        """Adds one; false where the clinic has one of that kind already."""
        statement = insert(_PROOFS).values(
            clinic_id=self._work.scope.clinic_id, created_at=self._work.now, **values
        )
        added = await self._work.scalar(statement.on_conflict_do_nothing().returning(_PROOFS.c.id))
        return added is not None

    async def change(self, proof_id: UUID, **values: Any) -> None:
        await self._work.execute(update(_PROOFS).where(self._own, _PROOFS.c.id == proof_id).values(**values))

    async def remove(self, proof_id: UUID) -> None:
        await self._work.execute(delete(_PROOFS).where(self._own, _PROOFS.c.id == proof_id))
