"""What happened is passed on in turns over the clinics: outbox and deliveries that are due are found by clinic."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_outbox_clinic_id", "outbox", ["clinic_id", "id"])
    op.create_index(
        "ix_delivery_waiting",
        "delivery",
        ["clinic_id", "due_at", "id"],
        postgresql_where=sa.text("state = 'pending'"),
    )
