"""Whole rows of one table or of several, added in one round trip (docs/adr/0023).

A round trip costs more than the rows that it adds. PostgreSQL takes a table's rows as one JSON value, and the rows of
several tables as one statement, so what belongs together goes together.

    _ADD = Adding(table(Booking))
    await work.add((_ADD, rows), (_ADD_CLAIM, claims))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
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
        return msgspec.json.encode(whole).decode()

    def _whole(self, row: Mapping[str, Any]) -> dict[str, Any]:
        values = {**self._standing, **row}
        return {name: _plain(values[name]) for name in self._columns}


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


class Call:
    """A database function that is called by a statement which adds rows too."""

    def __init__(self, function: str, given: int) -> None:
        self._function, self._given = function, given

    def sql(self, place: int) -> str:
        """The call, which takes its values from that parameter on."""
        places = ", ".join(f"${place + at}" for at in range(self._given))
        return f"SELECT * FROM {self._function}({places})"  # noqa: S608  our own names


async def add_rows(
    driver: Connection[Any], batches: Sequence[tuple[Adding, Rows]], returning: str = ""
) -> list[Record]:
    """Adds what there is of each batch, and gives what the last one returns. Raises as SQLAlchemy does."""
    addings, written = _filled(batches)
    if not addings:
        return []
    sql = f"{_statement(addings)} {returning}"
    with told_as_ever(driver, sql):
        return list(await driver.fetch(sql, *written))


async def add_and_call(
    driver: Connection[Any], batches: Sequence[tuple[Adding, Rows]], call: Call, values: Sequence[Any]
) -> Record:
    """Adds what there is of each batch and calls the function, in one round trip; gives the function's row."""
    addings, written = _filled(batches)
    sql = _statement((*addings, call))
    with told_as_ever(driver, sql):
        (row,) = await driver.fetch(sql, *written, *values)
    return row


def _filled(batches: Sequence[tuple[Adding, Rows]]) -> tuple[tuple[Adding, ...], list[str]]:
    filled = [(adding, rows) for adding, rows in batches if rows]
    return tuple(adding for adding, _ in filled), [adding.written(rows) for adding, rows in filled]


@cache
def _statement(steps: tuple[Adding | Call, ...]) -> str:
    *others, last = [step.sql(place) for place, step in enumerate(steps, start=1)]
    if not others:
        return last
    return f"WITH {', '.join(f'added{place} AS ({sql})' for place, sql in enumerate(others))} {last}"


def _plain(value: object) -> object:
    """Bytes as PostgreSQL reads them; all else has its word in JSON."""
    return f"\\x{value.hex()}" if isinstance(value, bytes) else value
