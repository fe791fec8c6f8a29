"""Rows for many tables, gathered in memory and written by COPY, table after table in order of their keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB

from services.kernel.tables import Row, models, table
from services.kernel.work import PlatformWork

Values = dict[str, Any]


class Sheets:
    """Rows by model. What a row does not name takes the model's default."""

    def __init__(self) -> None:
        self._rows: dict[type[Row], list[Values]] = {}
        self.count = 0

    def add(self, model: type[Row], /, **values: Any) -> Values:
        """Adds a row; gives it whole."""
        row = {
            name: values[name] if name in values else make() if make is not None else default
            for name, default, make in _columns(model)
        }
        self._rows.setdefault(model, []).append(row)
        self.count += 1
        return row

    async def copy(self, work: PlatformWork) -> None:
        """Writes all rows in the work's transaction."""
        raw = await work.connection.get_raw_connection()
        driver: Any = raw.driver_connection
        for model in models():
            rows = self._rows.get(model)
            if not rows:
                continue
            columns = list(rows[0])
            writers = [_writer(table(model).c[name]) for name in columns]
            records = (
                [
                    value if writer is None else writer(value)
                    for writer, value in zip(writers, row.values(), strict=True)
                ]
                for row in rows
            )
            await driver.copy_records_to_table(table(model).name, records=records, columns=columns)


@cache
def _columns(model: type[Row]) -> tuple[tuple[str, Any, Any], ...]:
    """The columns that are written: name, default, and what makes the default where it is made anew each time."""
    return tuple(
        (name, field.default, field.default_factory)
        for name, field in model.model_fields.items()
        if table(model).c[name].computed is None
    )


def _writer(column: Column[Any]) -> Callable[[Any], Any] | None:
    """The driver takes JSON as text, where everything else is taken as it is."""
    return json.dumps if isinstance(column.type, JSONB) else None
