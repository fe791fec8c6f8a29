"""The language in which people are written to, and text messages: to whom, which reminders, on which channel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

# The version that still runs names none of them.
_ADDED = (
    ("client", "language", "en"),
    ("booking", "texts_to", ""),
    ("question", "language", "en"),
    ("notice", "language", "en"),
    ("notice", "channel", "mail"),
    ("reminder_policy", "texts", "off"),
)
_KNOWN = (
    ("notice", "channel", "'mail', 'text'"),
    ("reminder_policy", "texts", "'off', 'last', 'all'"),
)


def upgrade() -> None:
    for table, column, usual in _ADDED:
        op.add_column(
            table, sa.Column(column, sa.String(), nullable=False, server_default=sa.text(f"'{usual}'"))
        )
    for table, column, values in _KNOWN:
        op.create_check_constraint(op.f(f"ck_{table}_{column}_known"), table, f"{column} IN ({values})")
