"""A moderator can take one pair of results down.

The row of a pair stays when the clinic or its client takes it off, so that what was decided of it stays too.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shown_result", sa.Column("taken_down_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("shown_result", sa.Column("taken_down_why", sa.String(), nullable=True))
    op.add_column("shown_result", sa.Column("off_at", sa.DateTime(timezone=True), nullable=True))
