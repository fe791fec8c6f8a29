"""A review may be asked of each visit, and of the result on the days of the clinic's protocol."""

from __future__ import annotations

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_STAGES = (
    "stage IN ('session', 'later_session', 'course_end', 'three_months') "
    "OR stage ~ '^after_[1-9][0-9]{0,2}_days$'"
)


def upgrade() -> None:
    for table in ("review_invitation", "review"):
        known = op.f(f"ck_{table}_stage_known")
        op.drop_constraint(known, table, type_="check")
        op.create_check_constraint(known, table, _STAGES)
