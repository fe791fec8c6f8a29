"""SQL of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from services.clinics.models import Picture, PictureState
from services.kernel.statements import Prepared, given
from services.kernel.tables import table
from services.kernel.work import ClinicWork

_PICTURES = table(Picture)
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 12))")


_ALL = Prepared(
    select(_PICTURES)
    .where(_PICTURES.c.clinic_id == given(_PICTURES.c.clinic_id))
    .order_by(_PICTURES.c.position, _PICTURES.c.uploaded_at.desc(), _PICTURES.c.id.desc())
)


class PictureRepository:
    """The clinic's pictures, its own and its practitioners'."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic_id = work.scope.clinic_id

    async def lock_all(self) -> None:
        """One change of order, number or cover at a time."""
        await self._work.execute(_LOCK, {"key": f"pictures:{self._clinic_id}"})

    async def list_all(self) -> list[Row[Any]]:
        """Every picture, in order; of a practitioner's the newest first."""
        return await self._work.fetch(_ALL, clinic_id=self._clinic_id)

    async def list_of(self, kind: str, subject_id: UUID) -> list[Row[Any]]:
        """The pictures of one subject, in order."""
        return [
            row for row in await self.list_all() if (row.subject_kind, row.subject_id) == (kind, subject_id)
        ]

    async def find(self, picture_id: UUID, *, lock: bool = False) -> Row[Any] | None:
        """One of them; with `lock`, nobody else changes or removes it until this transaction ends."""
        statement = select(_PICTURES).where(self._is(picture_id))
        return await self._work.row(statement.with_for_update() if lock else statement)

    async def find_file(self, name: str) -> Row[Any] | None:
        """A picture that is ready and has a file of that name."""
        return await self._work.row(
            select(_PICTURES)
            .where(
                _PICTURES.c.clinic_id == self._clinic_id,
                _PICTURES.c.state == PictureState.READY,
                _PICTURES.c.files.contains([{"name": name}]),
            )
            .order_by(_PICTURES.c.taken_down_at.is_not(None), _PICTURES.c.alt == "", _PICTURES.c.id)
            .limit(1)
        )

    async def add(self, **values: Any) -> bool:
        """Adds one at the end; false where its subject has a picture of the same bytes."""
        last = (
            select(func.coalesce(func.max(_PICTURES.c.position), 0) + 1)
            .where(_PICTURES.c.clinic_id == self._clinic_id)
            .scalar_subquery()
        )
        statement = insert(_PICTURES).values(
            clinic_id=self._clinic_id, position=last, uploaded_at=self._work.now, **values
        )
        added = await self._work.scalar(statement.on_conflict_do_nothing().returning(_PICTURES.c.id))
        return added is not None

    async def change(self, picture_id: UUID, **values: Any) -> None:
        await self._work.execute(update(_PICTURES).where(self._is(picture_id)).values(**values))

    async def set_cover(self, picture_id: UUID | None) -> None:
        """Makes that picture the only cover; with none, there is none."""
        await self._work.execute(
            update(_PICTURES)
            .where(_PICTURES.c.clinic_id == self._clinic_id, _PICTURES.c.is_cover)
            .values(is_cover=False)
        )
        if picture_id is not None:
            await self.change(picture_id, is_cover=True)

    async def put_in_order(self, ids: Sequence[UUID]) -> None:
        """Numbers them from 1."""
        for number, picture_id in enumerate(ids, 1):
            await self.change(picture_id, position=number)

    async def remove(self, picture_id: UUID) -> None:
        await self._work.execute(delete(_PICTURES).where(self._is(picture_id)))

    def _is(self, picture_id: UUID) -> ColumnElement[bool]:
        return and_(_PICTURES.c.clinic_id == self._clinic_id, _PICTURES.c.id == picture_id)
