"""Visits that a clinic did not mark and a client says took place, and the cases about those that it contests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.ops.migrations.tenancy import tenant_statements

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_CASE_KINDS = (
    "'new_listing', 'credential', 'credential_lapsing', 'proof', 'proof_lapsed', 'review_flagged', "
    "'public_report', 'sensitive_edit', 'visit_contested', 'appeal'"
)


def upgrade() -> None:
    name = "visit_claim"
    op.create_table(
        name,
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("marked", sa.String(), nullable=False),
        sa.Column("asserted_at", _INSTANT, nullable=False),
        sa.Column("contested_at", _INSTANT, nullable=True),
        sa.Column("judged_at", _INSTANT, nullable=True),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "booking_id"],
            ["booking.clinic_id", "booking.id"],
            name=op.f(f"fk_{name}_clinic_id_booking_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "client_id"],
            ["client.clinic_id", "client.id"],
            name=op.f(f"fk_{name}_clinic_id_client_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "booking_id", name=op.f(f"pk_{name}")),
    )
    for statement in tenant_statements(name):
        op.execute(statement)
    known = op.f("ck_moderation_case_case_kind_known")
    op.drop_constraint(known, "moderation_case")
    op.create_check_constraint(known, "moderation_case", f"case_kind IN ({_CASE_KINDS})")
