"""A booking says when it was answered as a request: its calendar event is another revision from then on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("booking", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
