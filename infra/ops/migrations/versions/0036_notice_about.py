"""A message says by a column of its own which visit it is about first, so that what was said of one is found by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notice", sa.Column("about", sa.Uuid(), nullable=True))
    op.execute("SET LOCAL ROLE needlewise_maintenance")
    op.execute("UPDATE notice SET about = (says -> 0 ->> 'booking_id')::uuid WHERE says <> '[]'")
    op.execute("SET LOCAL ROLE needlewise_owner")
    op.create_index(
        "ix_notice_about",
        "notice",
        ["clinic_id", "about"],
        postgresql_where=sa.text("about IS NOT NULL"),
    )
