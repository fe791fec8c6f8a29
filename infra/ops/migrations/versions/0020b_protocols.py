"""Protocols in versions. A treatment without one has what is usual, as every treatment of before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from infra.ops.migrations.tenancy import tenant_statements

revision = "0020b"
down_revision = "0020"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _protocols()


def _protocols() -> None:
    name = "treatment_protocol"
    numbers = ("sessions", "min_days", "target_days", "max_days")
    lists = ("aftercare", "check_in_days", "photo_days", "review_days")
    op.create_table(
        name,
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("treatment_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *(sa.Column(number, sa.Integer(), nullable=False) for number in numbers),
        *(sa.Column(each, JSONB(), nullable=False) for each in lists),
        sa.Column("written_by", sa.String(), nullable=False),
        sa.Column("written_at", _INSTANT, nullable=False),
        sa.CheckConstraint("version > 0", name=op.f(f"ck_{name}_version_positive")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "treatment_id"],
            ["treatment.clinic_id", "treatment.id"],
            name=op.f(f"fk_{name}_clinic_id_treatment_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "treatment_id", "version", name=op.f(f"pk_{name}")),
    )
    for statement in tenant_statements(name):
        op.execute(statement)
    op.execute(f"REVOKE UPDATE, DELETE ON {name} FROM needlewise_app")
