"""Statements that are built once and go straight to the driver: for what nearly every request runs (docs/adr/0021).

A statement of SQLAlchemy Core costs several times more to build, to key and to read than PostgreSQL takes to run it.
A `Prepared` is built when its module is loaded and compiled at its first use; then it is text, and values in order.

    _KEY_OF = Prepared(select(_KEYS.c.wrapped).where(_KEYS.c.person_id == given(_KEYS.c.person_id)))
    row = await work.fetch_one(_KEY_OF, person_id=person_id)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from asyncpg import Connection, InterfaceError, PostgresError
from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Float,
    Row,
    any_,
    bindparam,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.engine import result_tuple
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import ReturnsRows
from sqlalchemy.types import TypeEngine

_DIALECT = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's
_Process = Callable[[Any], Any] | None


@contextmanager
def told_as_ever(driver: Connection[Any], sql: str) -> Iterator[None]:
    """What the driver raises, as SQLAlchemy's error: whoever handles it need not know by which way it came."""
    try:
        yield
    except (PostgresError, InterfaceError) as error:
        raise DBAPIError(sql, None, error, connection_invalidated=driver.is_closed()) from error


class Prepared:
    """One statement, with a value for each of its parameters that has none yet.

    `columns` are an insert's, where its values are not written into it. What it cannot hold is a list (`IN`):
    `is_among` and `is_one_of` say how to ask for that.
    """

    def __init__(
        self,
        statement: ReturnsRows,
        columns: Sequence[str] | None = None,
    ) -> None:
        self._statement = statement
        self._columns = columns

    async def fetch(self, driver: Connection[Any], values: Mapping[str, Any]) -> list[Row[Any]]:
        """Its rows. Raises `KeyError` for a parameter without a value, and as SQLAlchemy does."""
        with told_as_ever(driver, self._sql):
            found = await driver.fetch(self._sql, *self._in_order(values))
        return [self._read(record) for record in found]

    async def put(self, driver: Connection[Any], rows: Sequence[Mapping[str, Any]]) -> None:
        """Runs it once for each row, in their order and in one round trip; nothing is read."""
        with told_as_ever(driver, self._sql):
            if len(rows) == 1:
                await driver.fetch(self._sql, *self._in_order(rows[0]))
            elif rows:
                await driver.executemany(self._sql, [self._in_order(row) for row in rows])

    @cached_property
    def _compiled(self) -> Any:
        columns = None if self._columns is None else list(self._columns)
        return self._statement.compile(dialect=_DIALECT, column_keys=columns)

    @cached_property
    def _sql(self) -> str:
        sql = str(self._compiled)
        if "POSTCOMPILE" in sql:
            raise TypeError(
                f"a list has no place in a prepared statement: use is_among or is_one_of in {sql}"
            )
        return self._before(len(self._compiled.positiontup) + 1) + sql

    def _before(self, _place: int) -> str:
        """What stands before the statement, and takes values from that parameter on."""
        return ""

    @cached_property
    def _parameters(self) -> list[tuple[str, _Process]]:
        """Names in order, and how the value of each is written."""
        binds = [self._compiled.binds[name] for name in self._compiled.positiontup]
        return [(bind.key, bind.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)) for bind in binds]

    @cached_property
    def _stands(self) -> dict[str, Any]:
        """Values of the parameters that are not given: those written into the statement."""
        written = {name: bind.value for name, bind in self._compiled.binds.items() if not bind.required}
        return {name: value for name, value in written.items() if value is not None}

    def _in_order(self, values: Mapping[str, Any]) -> list[Any]:
        given_or_standing = {**self._stands, **values}
        return [
            value if write is None or value is None else write(value)
            for name, write in self._parameters
            for value in (given_or_standing[name],)
        ]

    @cached_property
    def _read(self) -> Callable[[Any], Row[Any]]:
        """How a record of the driver becomes a row."""
        columns = list(getattr(self._statement, "exported_columns", ()))
        make = result_tuple([column.key for column in columns])
        reads = [_reader(column.type) for column in columns]
        if not any(reads):
            return make
        return lambda record: make(
            [
                value if read is None or value is None else read(value)
                for value, read in zip(record, reads, strict=True)
            ]
        )


def _reader(kind: TypeEngine[Any]) -> _Process:
    if isinstance(kind, Float):
        return None  # as the driver reads it; SQLAlchemy would ask for the number of the database's type
    return kind.dialect_impl(_DIALECT).result_processor(_DIALECT, None)


def given(column: ColumnElement[Any], name: str = "") -> BindParameter[Any]:
    """A parameter of the column's type, named as the column or otherwise."""
    return bindparam(name or column.key, type_=column.type)


def is_among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether the column is one of a list, given as one value.

    Taken apart and put together again, so that how many there are is no reason to plan the statement anew for each
    list: PostgreSQL would, and for a statement of many tables that takes longer than running it.
    """
    each = select(func.unnest(bindparam(name, type_=ARRAY(column.type)))).scalar_subquery()
    return column == any_(func.array(each))


def is_one_of(column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """Whether the column is one of a list that stands in the statement."""
    return column == any_(literal(list(values), ARRAY(column.type)))
