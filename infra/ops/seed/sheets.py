"""Rows for many tables, gathered in memory and written by COPY, table after table in order of their keys."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB

from services.kernel.tables import PLATFORM, Row, models, table
from services.kernel.work import PlatformWork

Values = dict[str, Any]

_TRUSTED = "session_replication_role"
_MAY_TRUST = text(f"SELECT has_parameter_privilege(session_user, '{_TRUSTED}', 'SET')")
# The login says so, not the role it works in.
_TRUST = text(
    f"SELECT set_config('role', 'none', true), set_config('{_TRUSTED}', 'replica', true), "
    "set_config('role', :role, true)"
)


@dataclass(frozen=True, slots=True)
class _Form:
    """How rows of a model are made and written: columns, defaults, and what makes a default anew each time."""

    columns: tuple[str, ...]
    defaults: Values
    makers: tuple[tuple[str, Callable[[], Any]], ...]
    written: Callable[[Values], Sequence[Any]]


class Sheets:
    """Rows by model. What a row does not name takes the model's default."""

    def __init__(self) -> None:
        self._rows: defaultdict[type[Row], list[Values]] = defaultdict(list)

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(map(len, self._rows.values()))

    def add(self, model: type[Row], values: Values) -> Values:
        """Adds a row; gives it whole."""
        form = _form(model)
        row = form.defaults | values
        for name, make in form.makers:
            if name not in values:
                row[name] = make()
        self._rows[model].append(row)
        return row

    async def copy(self, work: PlatformWork) -> None:
        """Writes all rows in the work's transaction."""
        for model in models():
            rows = self._rows.get(model)
            if rows:
                form = _form(model)
                await work.driver.copy_records_to_table(
                    table(model).name, records=map(form.written, rows), columns=form.columns
                )


async def take_keys_on_trust(work: PlatformWork) -> None:
    """Foreign keys are not looked up until the work ends: for rows that are made together, half of what COPY costs.

    PostgreSQL lets superusers alone say so, as the embedded server's login is one. Elsewhere they are looked up.
    """
    if await work.scalar(_MAY_TRUST):
        await work.execute(_TRUST, {"role": PLATFORM})


@cache
def _form(model: type[Row]) -> _Form:
    columns = table(model).c
    fields = {name: field for name, field in model.model_fields.items() if columns[name].computed is None}
    return _Form(
        tuple(fields),
        {name: field.default for name, field in fields.items() if field.default_factory is None},
        tuple(
            (name, cast("Callable[[], Any]", field.default_factory))
            for name, field in fields.items()
            if field.default_factory is not None
        ),
        _writer(tuple(fields), [name for name in fields if isinstance(columns[name].type, JSONB)]),
    )


def _writer(columns: tuple[str, ...], as_json: list[str]) -> Callable[[Values], Sequence[Any]]:
    """The driver takes JSON as text, where everything else is taken as it is."""
    plain = itemgetter(*columns)
    if not as_json:
        return plain
    return lambda row: plain(row | {name: json.dumps(row[name]) for name in as_json})
