"""The first schema: every table with its constraints, policies and grants, from the SQL beside this file."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    script = Path(__file__).with_suffix(".sql").read_text()
    for statement in script.strip().removesuffix(";").split(";\n\n"):
        op.get_bind().exec_driver_sql(statement)
