"""Pictures of clinics and portraits of practitioners."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from infra.ops.migrations.tenancy import tenant_statements

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "picture",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("alt", sa.String(), nullable=False),
        sa.Column("caption", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_cover", sa.Boolean(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("files", JSONB(), nullable=False),
        sa.Column("uploaded_at", _INSTANT, nullable=False),
        sa.Column("taken_down_at", _INSTANT, nullable=True),
        sa.Column("taken_down_why", sa.String(), nullable=False),
        sa.CheckConstraint(
            "subject_kind IN ('clinic', 'practitioner')", name=op.f("ck_picture_subject_kind_known")
        ),
        sa.CheckConstraint("state IN ('pending', 'ready', 'failed')", name=op.f("ck_picture_state_known")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.clinic_id"], name=op.f("fk_picture_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_picture")),
        sa.UniqueConstraint(
            "clinic_id",
            "subject_kind",
            "subject_id",
            "sha256",
            name=op.f("uq_picture_clinic_id_subject_kind_subject_id_sha256"),
        ),
    )
    op.create_index(
        "uq_picture_cover", "picture", ["clinic_id"], unique=True, postgresql_where=sa.text("is_cover")
    )
    for statement in tenant_statements("picture"):
        op.execute(statement)
