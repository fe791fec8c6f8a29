"""Writes the declared schema as the SQL of a first migration: `python -m infra.ops.migrations.freeze FILE`.

Only for a schema that runs nowhere yet; afterwards every change is a migration of its own.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from sqlalchemy import create_mock_engine
from sqlalchemy.dialects import postgresql

from infra.ops.migrations.declared import declared, declared_models
from infra.ops.migrations.roles import AFTER_TABLES
from services.kernel.tables import security_statements

BETWEEN = ";\n\n"


def declared_statements() -> list[str]:
    """Every statement that makes the declared schema, in order."""
    made: list[str] = []
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped

    def keep(statement: Any, *_: Any, **__: Any) -> None:
        made.append(str(statement.compile(dialect=dialect)).strip())

    engine = create_mock_engine("postgresql://", keep)
    declared.create_all(engine, checkfirst=False)
    made += [s for model in declared_models() for s in security_statements(model)]
    return [*made, *AFTER_TABLES]


def main() -> None:
    """Writes the file."""
    Path(sys.argv[1]).write_text(BETWEEN.join(declared_statements()) + ";\n")


if __name__ == "__main__":
    main()
