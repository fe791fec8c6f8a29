"""A renewal of a credential waits for its check beside the version that is in force."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010b"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("credential", sa.Column("renewal_issued_on", sa.Date(), nullable=True))
    op.add_column("credential", sa.Column("renewal_expires_on", sa.Date(), nullable=True))
