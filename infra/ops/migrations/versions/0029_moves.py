"""Where a visit was before it was moved last, so that a slip of the hand can be taken back.

The version before this one moves visits without naming the column; what it says then is of an earlier move, which the
count of changes beside it tells.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("booking", sa.Column("moved_from", JSONB(), nullable=True))
