"""Invitations to a clinic's team; an account is one practitioner of a clinic at most."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.ops.migrations.tenancy import tenant_statements

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "team_invitation",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("invited_by", sa.String(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('owner', 'manager', 'practitioner', 'front_desk')",
            name=op.f("ck_team_invitation_role_known"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.clinic_id"], name=op.f("fk_team_invitation_clinic_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_team_invitation")),
        sa.UniqueConstraint("clinic_id", "email", name=op.f("uq_team_invitation_clinic_id_email")),
    )
    for statement in tenant_statements("team_invitation"):
        op.execute(statement)
    op.create_index(
        "uq_practitioner_account",
        "practitioner",
        ["clinic_id", "account_id"],
        unique=True,
        postgresql_where=sa.text("account_id IS NOT NULL"),
    )
