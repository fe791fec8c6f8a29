"""What happened is passed on in turns over the clinics: the outbox is found by clinic."""

from __future__ import annotations

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_outbox_clinic_id", "outbox", ["clinic_id", "id"])
