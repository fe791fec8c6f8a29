"""Private files that prove something: typed by content, kept in storage, each change and each look recorded.

A slice declares a table of its own from `PrivateFile` and says which column names what its files prove.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Row, Table, delete, insert, select
from sqlmodel import Field

from services.kernel.errors import InvalidFields, NotFound, Refusal
from services.kernel.file_rules import clean_filename, evidence_problem, type_of
from services.kernel.ids import new_id
from services.kernel.statements import Prepared, given, is_among
from services.kernel.tables import TenantRow, instant, table
from services.kernel.work import ClinicWork

MOST_FILES = 10


class TooMuchEvidence(Refusal):
    code = "too-many-files"
    message = "There are ten files here already. Remove one first."


class PrivateFile(TenantRow):
    """A private file as a row. The content is in storage under `storage_key`."""

    id: UUID = Field(primary_key=True)
    filename: str
    content_type: str
    size_bytes: int
    sha256: str
    storage_key: str
    uploaded_at: datetime = instant()


class PrivateFileView(BaseModel):
    """A private file; its content is read on its own."""

    model_config = ConfigDict(frozen=True, from_attributes=True)
    id: UUID
    filename: str
    content_type: str
    size_bytes: int
    sha256: str
    uploaded_at: datetime


def storage_key(clinic_id: UUID, file_id: UUID) -> str:
    """Where a file lies in the private storage: nothing of its name or owner is in it."""
    return f"{clinic_id}/{file_id}"


@cache
def _files_of(files: Table, owner: str) -> Prepared:
    mine = files.c.clinic_id == given(files.c.clinic_id)
    theirs = select(files).where(mine, is_among(files.c[owner], "owners"))
    return Prepared(theirs.order_by(files.c.uploaded_at, files.c.id))


class PrivateFiles:
    """The clinic's files of one table; `owner` is its column that names what a file proves."""

    def __init__(self, work: ClinicWork, model: type[PrivateFile], owner: str) -> None:
        self._work = work
        self._table = table(model)
        self._owner = owner
        self._own = self._table.c.clinic_id == work.scope.clinic_id

    async def list_of(self, owner_ids: Collection[UUID]) -> list[Row[Any]]:
        """The files of those owners, oldest first."""
        return await self._work.fetch(
            _files_of(self._table, self._owner), clinic_id=self._work.scope.clinic_id, owners=list(owner_ids)
        )

    async def find(self, file_id: UUID) -> Row[Any] | None:
        return await self._work.row(select(self._table).where(self._own, self._table.c.id == file_id))

    async def get(self, file_id: UUID) -> Row[Any]:
        """A file's row. Raises `NotFound`."""
        row = await self.find(file_id)
        if row is None:
            raise NotFound
        return row

    async def keep(self, owner_id: UUID, filename: str, content: bytes) -> UUID:
        """Keeps a file; its type is what its content shows, its name is cleaned. The caller has locked the owner.

        Raises `TooMuchEvidence`, or `InvalidFields` for a file that is empty, larger than 10 MB, or not a whole
        PDF, JPEG or PNG.
        """
        problem = evidence_problem(content)
        if problem is not None:
            raise InvalidFields([problem])
        if len(await self.list_of([owner_id])) >= MOST_FILES:
            raise TooMuchEvidence
        file_id, content_type = new_id(), str(type_of(content))
        key = storage_key(self._work.scope.clinic_id, file_id)
        await self._work.tools.storage.put(key, content, content_type)
        kept = {
            "id": file_id,
            self._owner: owner_id,
            "filename": clean_filename(filename, content_type),
            "content_type": content_type,
            "size_bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "storage_key": key,
        }
        values = {"clinic_id": self._work.scope.clinic_id, "uploaded_at": self._work.now, **kept}
        await self._work.execute(insert(self._table).values(values))
        self._work.audit(
            "evidence.add", "evidence", file_id, **{self._owner: str(owner_id)}, size=len(content)
        )
        return file_id

    async def read(self, file_id: UUID) -> tuple[Row[Any], bytes]:
        """A file with its content; the look is an audit event. Raises `NotFound`."""
        row = await self.get(file_id)
        try:
            content = await self._work.tools.storage.get(row.storage_key)
        except KeyError as error:
            raise NotFound from error
        self._record("evidence.read", row)
        return row, content

    async def remove(self, file_id: UUID) -> None:
        """Forgets a file; its content is erased once that is committed. Raises `NotFound`."""
        row = await self.get(file_id)
        await self._work.execute(delete(self._table).where(self._own, self._table.c.id == file_id))
        self._record("evidence.delete", row)

    async def erase(self, file_id: UUID) -> None:
        """Erases the content of a file whose row is gone; leaves that of one which is still there."""
        if await self.find(file_id) is None:
            await self._work.tools.storage.delete(storage_key(self._work.scope.clinic_id, file_id))

    def _record(self, action: str, row: Row[Any]) -> None:
        owner_id = row._mapping[self._owner]  # noqa: SLF001  the row as a mapping is its documented way
        self._work.audit(action, "evidence", row.id, **{self._owner: str(owner_id)})
