"""What is taken is read by a plan that is made once a connection, and not by a new one for each list of resources."""

from __future__ import annotations

from alembic import op

from infra.ops.migrations.schedule import PLANNED_ONCE

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.get_bind().exec_driver_sql(PLANNED_ONCE)
