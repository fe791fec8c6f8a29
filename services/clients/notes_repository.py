"""SQL of the notes on clients, which are only ever added to and struck out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from services.clients.models import ClientNote
from services.kernel.ids import new_id
from services.kernel.tables import table
from services.kernel.work import ClinicWork

_NOTE = table(ClientNote)


class NoteRepository:
    """Notes on one clinic's clients."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    async def add(self, client_id: UUID, body: bytes, written_by: str) -> UUID:
        note_id = new_id()
        await self._work.execute(
            insert(_NOTE).values(
                clinic_id=self._clinic,
                id=note_id,
                client_id=client_id,
                body=body,
                written_by=written_by,
                written_at=self._work.now,
                struck_by="",
            )
        )
        return note_id

    async def list_of_client(self, client_id: UUID) -> list[Row[Any]]:
        """Latest first."""
        return await self._work.rows(
            select(_NOTE)
            .where(_NOTE.c.clinic_id == self._clinic, _NOTE.c.client_id == client_id)
            .order_by(_NOTE.c.written_at.desc(), _NOTE.c.id.desc())
        )

    async def find(self, client_id: UUID, note_id: UUID) -> Row[Any] | None:
        return await self._work.row(
            select(_NOTE).where(
                _NOTE.c.clinic_id == self._clinic, _NOTE.c.client_id == client_id, _NOTE.c.id == note_id
            )
        )

    async def strike(self, note_id: UUID, struck_by: str) -> bool:
        """Whether it was not struck out before."""
        result = await self._work.execute(
            update(_NOTE)
            .where(_NOTE.c.clinic_id == self._clinic, _NOTE.c.id == note_id, _NOTE.c.struck_at.is_(None))
            .values(struck_at=self._work.now, struck_by=struck_by)
        )
        return result.rowcount == 1
