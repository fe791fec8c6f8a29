"""A moderator can take one pair of results down: it stays for the clinic to read why, and for an appeal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shown_result", sa.Column("taken_down_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("shown_result", sa.Column("taken_down_why", sa.String(), nullable=False, server_default=""))
    op.alter_column("shown_result", "taken_down_why", server_default=None)
