"""Each practitioner, room and device has the row that bookings lock from its beginning, not from its first booking.

The version before this one makes rows that miss, and finds none.
"""

from __future__ import annotations

from alembic import op

from infra.ops.migrations.schedule import RESOURCES, resource_statements

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in resource_statements():
        op.get_bind().exec_driver_sql(statement)
    for name in RESOURCES:
        op.execute(
            f"INSERT INTO resource (clinic_id, id, resource_kind) SELECT clinic_id, id, '{name}' FROM {name} "  # noqa: S608  names of ours
            "ON CONFLICT DO NOTHING"
        )
