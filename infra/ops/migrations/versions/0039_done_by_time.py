"""What was done lately is found by its time: rates, each clinic's share, and what is old enough to be forgotten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_delivery_done", "delivery", ["done_at", "clinic_id"], postgresql_where=sa.text("state = 'done'")
    )
