"""SQL of merging two records of one person: what points to a client is found from the tables' own foreign keys."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Row, func, select, update

from services.clients.models import Client
from services.kernel.tables import metadata, table
from services.kernel.work import ClinicWork

_CLIENT = table(Client)


def pointing_columns() -> list[Column[Any]]:
    """Every column of every table that points to a client: one more table cannot be forgotten here."""
    return [
        element.parent
        for known in metadata.sorted_tables
        for key in known.foreign_key_constraints
        if key.referred_table is _CLIENT
        for element in key.elements
        if element.column is _CLIENT.c.id
    ]


class MergingRepository:
    """Two clients of one clinic, and what points to them."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    async def lock(self, ids: Collection[UUID]) -> dict[UUID, Row[Any]]:
        """The records, locked in order of id, so that two merges come one after the other."""
        rows = await self._work.rows(
            select(_CLIENT)
            .where(_CLIENT.c.clinic_id == self._clinic, _CLIENT.c.id.in_(ids))
            .order_by(_CLIENT.c.id)
            .with_for_update()
        )
        return {row.id: row for row in rows}

    async def count(self, client_id: UUID) -> dict[str, int]:
        """How many rows of each table point to the record; tables with none are left out."""
        counted = {}
        for column in pointing_columns():
            found = await self._work.scalar(
                select(func.count())
                .select_from(column.table)
                .where(column.table.c.clinic_id == self._clinic, column == client_id)
            )
            if found:
                counted[column.table.name] = found
        return counted

    async def move(self, from_id: UUID, to_id: UUID) -> dict[str, int]:
        """Lets all that points to the one point to the other; how many rows of each table."""
        moved = {}
        for column in pointing_columns():
            done = await self._work.execute(
                update(column.table)
                .where(column.table.c.clinic_id == self._clinic, column == from_id)
                .values({column.name: to_id})
            )
            if done.rowcount:
                moved[column.table.name] = done.rowcount
        return moved

    async def change(self, client_id: UUID, **values: Any) -> None:
        await self._work.execute(
            update(_CLIENT)
            .where(_CLIENT.c.clinic_id == self._clinic, _CLIENT.c.id == client_id)
            .values(**values)
        )
