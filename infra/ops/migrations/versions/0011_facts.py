"""What a clinic proves of its business, with private files, and the cases about it; facts of treatments, the deposit, and access
in the listing: `needlewise rebuild` fills it in.

New columns have defaults, so that the version before this one goes on adding clinics and treatments.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.ops.migrations.tenancy import tenant_statements

revision = "0011"
down_revision = "0010b"
branch_labels = None
depends_on = None

_CASE_KINDS = (
    "'new_listing', 'credential', 'credential_lapsing', 'proof', 'proof_lapsed', 'review_flagged', "
    "'public_report', 'sensitive_edit', 'appeal'"
)
_ONE_OPEN = "'new_listing', 'credential', 'credential_lapsing', 'proof', 'proof_lapsed', 'appeal'"
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _add_proofs()
    _add_files()
    for name in ("business_proof", "proof_evidence"):
        for statement in tenant_statements(name):
            op.execute(statement)
    _know_more_edits_and_cases()
    _add_treatment_facts()
    nothing = sa.text("0")
    op.add_column("clinic", sa.Column("deposit_amount", sa.Integer(), server_default=nothing, nullable=False))
    op.create_check_constraint(op.f("ck_clinic_deposit_positive"), "clinic", "deposit_amount >= 0")
    _list_accessibility()


def _add_proofs() -> None:
    op.create_table(
        "business_proof",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("verified_by", sa.Uuid(), nullable=True),
        sa.Column("verified_at", _INSTANT, nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.CheckConstraint(
            "kind IN ('registration', 'premises', 'insurance')", name=op.f("ck_business_proof_kind_known")
        ),
        sa.CheckConstraint(
            "state IN ('unverified', 'verified', 'rejected', 'lapsed')",
            name=op.f("ck_business_proof_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.clinic_id"], name=op.f("fk_business_proof_clinic_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_business_proof")),
        sa.UniqueConstraint("clinic_id", "kind", name=op.f("uq_business_proof_clinic_id_kind")),
    )


def _add_files() -> None:
    op.create_table(
        "proof_evidence",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("proof_id", sa.Uuid(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("storage_key", sa.String(), nullable=False),
        sa.Column("uploaded_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "proof_id"],
            ["business_proof.clinic_id", "business_proof.id"],
            name=op.f("fk_proof_evidence_clinic_id_proof_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_proof_evidence")),
    )


def _know_more_edits_and_cases() -> None:
    checks = (
        (
            "held_edit",
            "ck_held_edit_subject_kind_known",
            "subject_kind IN ('clinic', 'location', 'device', 'practitioner', 'proof')",
        ),
        ("moderation_case", "ck_moderation_case_case_kind_known", f"case_kind IN ({_CASE_KINDS})"),
    )
    for table, name, condition in checks:
        op.drop_constraint(op.f(name), table)
        op.create_check_constraint(op.f(name), table, condition)
    op.drop_index("uq_moderation_case_open_subject", "moderation_case")
    op.create_index(
        "uq_moderation_case_open_subject",
        "moderation_case",
        ["subject_id", "case_kind"],
        unique=True,
        postgresql_where=sa.text(f"state <> 'decided' AND case_kind IN ({_ONE_OPEN})"),
    )


def _add_treatment_facts() -> None:
    codes: sa.ARRAY[str] = sa.ARRAY(sa.Text())
    for column in (
        sa.Column("first_step", sa.String(), server_default=sa.text("'none'"), nullable=False),
        sa.Column("first_step_hours", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("numbing_product", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("topicals", codes, server_default=sa.text("'{}'"), nullable=False),
    ):
        op.add_column("treatment", column)
    op.create_check_constraint(
        op.f("ck_treatment_first_step_known"),
        "treatment",
        "first_step IN ('none', 'consultation', 'patch_test')",
    )
    op.create_check_constraint(
        op.f("ck_treatment_first_step_hours_range"), "treatment", "first_step_hours BETWEEN 0 AND 336"
    )


def _list_accessibility() -> None:
    kind: sa.ARRAY[str] = sa.ARRAY(sa.Text())
    empty = sa.text("'{}'")
    op.add_column("listing", sa.Column("accessibility", kind, server_default=empty, nullable=False))
    op.create_index("ix_listing_accessibility", "listing", ["accessibility"], postgresql_using="gin")
