"""What is taken is not sent again to a process that has it. The function before this one stays for the version before."""

from __future__ import annotations

from alembic import op

from infra.ops.migrations.schedule import seen_before_statement

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.get_bind().exec_driver_sql(seen_before_statement())
