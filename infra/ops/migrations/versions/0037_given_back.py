"""A booking keeps the claims that a move or a no-show gave back, so that taking it back lays just those again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("booking", sa.Column("given_back", JSONB(), nullable=True))
