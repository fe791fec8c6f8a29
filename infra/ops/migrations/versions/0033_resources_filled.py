"""Practitioners, rooms and devices from before 0030 have their row to lock: the owner's role had seen none of them."""

from __future__ import annotations

from alembic import op

from infra.ops.migrations.schedule import RESOURCES

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL ROLE needlewise_maintenance")
    for name in RESOURCES:
        op.execute(
            f"INSERT INTO resource (clinic_id, id, resource_kind) SELECT clinic_id, id, '{name}' FROM {name} "  # noqa: S608  names of ours
            "ON CONFLICT DO NOTHING"
        )
    op.execute("SET LOCAL ROLE needlewise_owner")
