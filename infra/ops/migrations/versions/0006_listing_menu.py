"""The listing's menu as one text, and the points that do not depend on who asks: search reads neither from the card."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_FILL = """
UPDATE listing SET
    menu = coalesce((
        SELECT '[' || string_agg(kind, ', ' ORDER BY kind COLLATE "C") || ']'
        FROM (
            SELECT DISTINCT jsonb_build_object('areas', course -> 'areas', 'concerns', course -> 'concerns',
                'modalities', course -> 'modalities')::text AS kind
            FROM jsonb_array_elements(card -> 'courses') AS course
        ) AS kinds
    ), '[]'),
    rating_points = floor(2500 * least(1, greatest(0, (rating_shrunk - 1) / 4)) + 1e-6),
    credentials_points = CASE WHEN (card ->> 'practitioners')::int > 0 THEN floor(1500 * least(1,
        (card ->> 'practitioners_checked')::float / (card ->> 'practitioners')::float) + 1e-6) ELSE 0 END
"""


def upgrade() -> None:
    op.add_column("listing", sa.Column("menu", sa.String(), server_default="[]", nullable=False))
    for name in ("rating_points", "credentials_points"):
        op.add_column("listing", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    op.get_bind().exec_driver_sql(_FILL)
