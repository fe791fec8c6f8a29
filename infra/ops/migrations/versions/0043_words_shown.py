"""Answers and consents say in which language the words were shown that were answered and agreed to.

The questions were in English alone until now. In which language somebody read a consent was not kept, so older rows say
nothing of it rather than something that may be wrong.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "screening_answer", sa.Column("language", sa.String(), server_default=sa.text("'en'"), nullable=False)
    )
    for table in ("consent", "photo_release"):
        op.add_column(table, sa.Column("language", sa.String(), nullable=True))
