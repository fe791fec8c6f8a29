"""A course keeps what was wished for its later sessions; one that is booked already has the usual."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("weekdays", sa.Integer(), server_default=sa.text("127"), nullable=False),
        sa.Column("from_time", sa.Time(), server_default=sa.text("'00:00'"), nullable=False),
        sa.Column("until_time", sa.Time(), server_default=sa.text("'23:59'"), nullable=False),
        sa.Column("same_practitioner", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    ):
        op.add_column("course", column)
    op.create_check_constraint(op.f("ck_course_times_in_order"), "course", "from_time <= until_time")
    op.create_check_constraint(op.f("ck_course_weekdays_range"), "course", "weekdays BETWEEN 1 AND 127")
