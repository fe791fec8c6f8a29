"""Clients in full: notes, merged records, what makes two records alike; and questions to a clinic.

The columns that make records alike are worked out by the database, so rows of the version before this one have them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.ops.migrations.tenancy import tenant_statements

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_PHONE_KEY = (
    r"CASE WHEN length(regexp_replace(phone, '\D', '', 'g')) >= 7 "
    r"THEN ltrim(regexp_replace(phone, '\D', '', 'g'), '0') ELSE '' END"
)
_NAME_KEY = (
    r"btrim(regexp_replace(lower(regexp_replace(normalize(name, NFKD), '[\u0300-\u036f]', '', 'g')), "
    r"'\W+', ' ', 'g'))"
)
_EMAIL_KEY = r"regexp_replace(lower(email), '\+[^@]*@', '@')"


def upgrade() -> None:
    _extend_clients()
    _hand_on_keys()
    _add_notes()
    _add_questions()
    _add_messages()


def _extend_clients() -> None:
    op.add_column("client", sa.Column("merged_into", sa.Uuid(), nullable=True))
    op.add_column("client", sa.Column("merged_at", _INSTANT, nullable=True))
    op.create_foreign_key(
        op.f("fk_client_clinic_id_merged_into"),
        "client",
        "client",
        ["clinic_id", "merged_into"],
        ["clinic_id", "id"],
    )
    for name, worked_out in (("phone", _PHONE_KEY), ("name", _NAME_KEY), ("email", _EMAIL_KEY)):
        column = sa.Column(
            f"{name}_key", sa.String(), sa.Computed(worked_out, persisted=True), nullable=False
        )
        op.add_column("client", column)
        op.create_index(f"ix_client_{name}_key", "client", ["clinic_id", f"{name}_key"])
    op.create_index("ix_client_by_name", "client", ["clinic_id", sa.text("lower(name)"), "id"])
    op.create_index(
        "ix_client_merged_into",
        "client",
        ["clinic_id", "merged_into"],
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    for table in ("screening_answer", "consent"):
        op.execute(f"GRANT UPDATE (client_id) ON {table} TO needlewise_app")


def _hand_on_keys() -> None:
    op.add_column("person_key", sa.Column("heir_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_person_key_heir",
        "person_key",
        ["clinic_id", "heir_id"],
        postgresql_where=sa.text("heir_id IS NOT NULL"),
    )


def _add_notes() -> None:
    op.create_table(
        "client_note",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("written_by", sa.String(), nullable=False),
        sa.Column("written_at", _INSTANT, nullable=False),
        sa.Column("struck_by", sa.String(), nullable=False),
        sa.Column("struck_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "client_id"],
            ["client.clinic_id", "client.id"],
            name=op.f("fk_client_note_clinic_id_client_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_client_note")),
    )
    op.create_index("ix_client_note_client", "client_note", ["clinic_id", "client_id", "written_at"])
    _append_only("client_note")
    op.execute("GRANT UPDATE (client_id, struck_at, struck_by) ON client_note TO needlewise_app")


def _add_questions() -> None:
    op.create_table(
        "question",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("treatment_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'answered', 'closed')", name=op.f("ck_question_state_known")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.clinic_id"], name=op.f("fk_question_clinic_id")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "treatment_id"],
            ["treatment.clinic_id", "treatment.id"],
            name=op.f("fk_question_clinic_id_treatment_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_question")),
    )
    op.create_index("ix_question_state", "question", ["clinic_id", "state", "changed_at", "id"])
    for statement in tenant_statements("question"):
        op.execute(statement)


def _add_messages() -> None:
    op.create_table(
        "question_message",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("written_by", sa.String(), nullable=False),
        sa.Column("written_at", _INSTANT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("invites", sa.Boolean(), nullable=False),
        sa.CheckConstraint("side IN ('person', 'clinic')", name=op.f("ck_question_message_side_known")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "question_id"],
            ["question.clinic_id", "question.id"],
            name=op.f("fk_question_message_clinic_id_question_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_question_message")),
        sa.UniqueConstraint(
            "clinic_id",
            "question_id",
            "number",
            name=op.f("uq_question_message_clinic_id_question_id_number"),
        ),
    )
    _append_only("question_message")


def _append_only(name: str) -> None:
    """What was written stays as it was written: the application may add rows, and not change or remove them."""
    for statement in tenant_statements(name):
        op.execute(statement)
    op.execute(f"REVOKE UPDATE, DELETE ON {name} FROM needlewise_app")
