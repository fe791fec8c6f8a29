"""Sensitive edits that wait for a moderator, and their kind of case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from infra.ops.migrations.tenancy import tenant_statements

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KINDS = (
    "'new_listing', 'credential', 'credential_lapsing', 'review_flagged', 'public_report', 'sensitive_edit', "
    "'appeal'"
)


def upgrade() -> None:
    op.create_table(
        "held_edit",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("after", JSONB(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "subject_kind IN ('clinic', 'location', 'device', 'practitioner')",
            name=op.f("ck_held_edit_subject_kind_known"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.clinic_id"], name=op.f("fk_held_edit_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_held_edit")),
        sa.UniqueConstraint(
            "clinic_id",
            "subject_kind",
            "subject_id",
            name=op.f("uq_held_edit_clinic_id_subject_kind_subject_id"),
        ),
    )
    for statement in tenant_statements("held_edit"):
        op.execute(statement)
    op.drop_constraint(op.f("ck_moderation_case_case_kind_known"), "moderation_case")
    op.create_check_constraint(
        op.f("ck_moderation_case_case_kind_known"),
        "moderation_case",
        f"case_kind IN ({_KINDS})",
    )
    op.create_index(
        "uq_moderation_case_edit",
        "moderation_case",
        ["subject_id"],
        unique=True,
        postgresql_where=sa.text("case_kind = 'sensitive_edit'"),
    )
