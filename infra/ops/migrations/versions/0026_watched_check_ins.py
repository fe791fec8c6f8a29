"""Check-ins that are watched: by when somebody looks, when the owners were told, and what answers are judged by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("check_in", sa.Column("look_by", _INSTANT, nullable=True))
    op.add_column("check_in", sa.Column("escalated_at", _INSTANT, nullable=True))
    op.add_column(
        "check_in", sa.Column("rules_version", sa.String(), nullable=False, server_default=sa.text("''"))
    )
    op.add_column(
        "clinic", sa.Column("check_in_hours", sa.Integer(), nullable=False, server_default=sa.text("4"))
    )
    op.create_check_constraint(
        op.f("ck_clinic_check_in_hours_range"), "clinic", "check_in_hours BETWEEN 1 AND 24"
    )
