"""Time is taken in one call (locks, a look at it, the claims), and so is an idempotency key."""

from __future__ import annotations

from alembic import op

from infra.ops.migrations.schedule import take_statements

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in take_statements():
        op.get_bind().exec_driver_sql(statement)
