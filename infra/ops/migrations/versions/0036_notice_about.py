"""A message says by a column of its own which visit it is about first, so that what was said of one is found by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Worked out by the database, so that it is there too for what a process of the version before queues meanwhile.
    first = sa.Computed("((says -> 0) ->> 'booking_id')::uuid", persisted=True)
    op.add_column("notice", sa.Column("about", sa.Uuid(), first, nullable=True))
    op.create_index(
        "ix_notice_about",
        "notice",
        ["clinic_id", "about"],
        postgresql_where=sa.text("about IS NOT NULL"),
    )
