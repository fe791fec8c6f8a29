"""Whole rows of one table or of several, added in one round trip (docs/adr/0023).

A round trip costs more than the rows that it adds. PostgreSQL takes a table's rows as one JSON value, and the rows of
several tables as one statement, so what belongs together goes together.

    _ADD = Adding(table(Booking))
    await work.add((_ADD, rows), (_ADD_CLAIM, claims))
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from functools import cache
from typing import Any
from uuid import UUID

from asyncpg import Connection, Record
from sqlalchemy import Table
from sqlalchemy.sql.expression import ReturnsRows

from services.kernel.statements import Prepared, told_as_ever

Rows = Sequence[Mapping[str, Any]]


class Adding:
    """How rows of a table are added. What a row leaves out is the column's default, or nothing where it may be null.

    `clash` says in SQL what becomes of a row that is there; of rows with the same `key` only the last one is added.
    """

    def __init__(self, table: Table, clash: str = "", key: Sequence[str] = ()) -> None:
        self.table = table.name
        self._clash = clash
        self._key = key
        columns = [column for column in table.c if column.computed is None and column.identity is None]
        self._columns = [column.key for column in columns]
        self._standing = {
            column.key: getattr(column.default, "arg", None)
            for column in columns
            if column.nullable or column.default is not None
        }

    def sql(self, place: int) -> str:
        """The statement that takes its rows from that parameter."""
        names = ", ".join(self._columns)
        rows = f'jsonb_populate_recordset(NULL::"{self.table}", ${place})'
        return f'INSERT INTO "{self.table}" ({names}) SELECT {names} FROM {rows} {self._clash}'  # noqa: S608  our own names

    def written(self, rows: Rows) -> str:
        """The rows as JSON. Raises `KeyError` for a column without a value."""
        whole = [self._whole(row) for row in rows]
        if self._key:
            whole = list({tuple(row[name] for name in self._key): row for row in whole}.values())
        return json.dumps(whole, default=_plain)

    def _whole(self, row: Mapping[str, Any]) -> dict[str, Any]:
        values = {**self._standing, **row}
        return {name: values[name] for name in self._columns}


class Added(Prepared):
    """A statement that reads rows of a table while they are added, with others that belong to them: one round trip.

    It sees of the first table what is added, and nothing else. `added` are the rows of each.

        _ADD_AND_READ = Added(select(...).where(...), Adding(_BOOKING), Adding(_REFERENCE))
        await work.fetch(_ADD_AND_READ, clinic_id=..., added=(rows, references))
    """

    def __init__(self, statement: ReturnsRows, *addings: Adding) -> None:
        super().__init__(statement)
        self._addings = addings

    def _before(self, place: int) -> str:
        first, *others = (adding.sql(place + at) for at, adding in enumerate(self._addings))
        beside = (f", added{at} AS ({sql})" for at, sql in enumerate(others))
        return f'WITH "{self._addings[0].table}" AS ({first} RETURNING *){"".join(beside)} '

    def _in_order(self, values: Mapping[str, Any]) -> list[Any]:
        written = (adding.written(rows) for adding, rows in zip(self._addings, values["added"], strict=True))
        return [*super()._in_order(values), *written]


async def add_rows(
    driver: Connection[Any], batches: Sequence[tuple[Adding, Rows]], returning: str = ""
) -> list[Record]:
    """Adds what there is of each batch, and gives what the last one returns. Raises as SQLAlchemy does."""
    filled = [(adding, rows) for adding, rows in batches if rows]
    if not filled:
        return []
    sql = f"{_statement(tuple(adding for adding, _ in filled))} {returning}"
    with told_as_ever(driver, sql):
        return list(await driver.fetch(sql, *(adding.written(rows) for adding, rows in filled)))


@cache
def _statement(addings: tuple[Adding, ...]) -> str:
    *others, last = [adding.sql(place) for place, adding in enumerate(addings, start=1)]
    if not others:
        return last
    return f"WITH {', '.join(f'added{place} AS ({sql})' for place, sql in enumerate(others))} {last}"


def _plain(value: object) -> str:
    """What JSON has no word for, as PostgreSQL reads it."""
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"a {type(value).__name__} has no place in a row")
