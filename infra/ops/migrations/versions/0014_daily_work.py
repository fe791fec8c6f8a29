"""Daily work: blocked rooms and devices, who changed a booking last, the reason for a depth, whom to tell.

New columns have defaults, and a claim without a booking is none that the version before this one makes or misses.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.ops.migrations.tenancy import tenant_statements

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _blocked_times()
    _claims()
    empty = sa.text("''")
    op.add_column("session_record", sa.Column("depth_reason", sa.LargeBinary(), nullable=True))
    for table, column in (("booking", "changed_by"), ("membership", "booking_notices")):
        op.add_column(table, sa.Column(column, sa.String(), server_default=empty, nullable=False))
    op.create_check_constraint(
        op.f("ck_membership_booking_notices_known"),
        "membership",
        "booking_notices IN ('', 'all', 'own', 'none')",
    )


def _blocked_times() -> None:
    name = "blocked_time"
    op.create_table(
        name,
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("blocked_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "resource_id"],
            ["resource.clinic_id", "resource.id"],
            name=op.f(f"fk_{name}_clinic_id_resource_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f(f"pk_{name}")),
    )
    for statement in tenant_statements(name):
        op.execute(statement)


def _claims() -> None:
    op.alter_column("claim", "booking_id", nullable=True)
    op.add_column("claim", sa.Column("blocked_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_claim_clinic_id_blocked_id"),
        "claim",
        "blocked_time",
        ["clinic_id", "blocked_id"],
        ["clinic_id", "id"],
        ondelete="CASCADE",
    )
    op.create_check_constraint(
        op.f("ck_claim_of_one_thing"), "claim", "num_nonnulls(booking_id, blocked_id) = 1"
    )
    op.create_index(
        "ix_claim_blocked",
        "claim",
        ["clinic_id", "blocked_id"],
        postgresql_where=sa.text("blocked_id IS NOT NULL"),
    )
