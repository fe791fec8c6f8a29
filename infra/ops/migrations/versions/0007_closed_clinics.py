"""Clinics that their owners have closed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_STATUSES = "'draft', 'submitted', 'changes_requested', 'live', 'rejected', 'suspended', 'removed', 'closed'"


def upgrade() -> None:
    op.add_column("clinic", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    known = op.f("ck_clinic_status_known")
    op.drop_constraint(known, "clinic", type_="check")
    op.create_check_constraint(known, "clinic", f"status IN ({_STATUSES})")
