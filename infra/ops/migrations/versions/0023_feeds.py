"""Private addresses at which calendar programs read a clinic's times."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.ops.migrations.tenancy import tenant_statements

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _feeds()
    _addresses()


def _feeds() -> None:
    name = "calendar_feed"
    op.create_table(
        name,
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("feed_of", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("initials", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "feed_of IN ('practitioner', 'room', 'clinic')", name=op.f(f"ck_{name}_feed_of_known")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.clinic_id"], name=op.f(f"fk_{name}_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint(
            "clinic_id", "feed_of", "subject_id", name=op.f(f"uq_{name}_clinic_id_feed_of_subject_id")
        ),
    )
    for statement in tenant_statements(name):
        op.execute(statement)


def _addresses() -> None:
    name = "feed_address"
    op.create_table(
        name,
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("feed_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("feed_id", name=op.f(f"uq_{name}_feed_id")),
    )
    for role in ("needlewise_app", "needlewise_platform, needlewise_maintenance"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {role}")
