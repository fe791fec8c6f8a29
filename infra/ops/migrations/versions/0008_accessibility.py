"""What a location says of its accessibility."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kind: sa.ARRAY[str] = sa.ARRAY(sa.Text())
    empty = sa.text("'{}'")
    op.add_column("location", sa.Column("accessibility", kind, server_default=empty, nullable=False))
