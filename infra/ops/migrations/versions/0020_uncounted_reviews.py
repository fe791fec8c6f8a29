"""Reviews that are not in the sums yet are found by an index of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_review_uncounted",
        "review",
        ["clinic_id", "created_at"],
        postgresql_where=sa.text("counted_at IS NULL AND state = 'published'"),
    )
