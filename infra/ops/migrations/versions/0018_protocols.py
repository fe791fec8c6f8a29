"""Protocols in versions, courses that are paused or stopped, and check-ins that the clinic has dealt with.

A treatment without a protocol has what is usual, as every treatment of before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from infra.ops.migrations.tenancy import tenant_statements

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _protocols()
    _states()
    _handled()


def _states() -> None:
    empty = sa.text("''")
    op.add_column("course", sa.Column("paused_until", sa.Date(), nullable=True))
    op.add_column("course", sa.Column("stopped_at", _INSTANT, nullable=True))
    op.add_column("course", sa.Column("stopped_by", sa.String(), server_default=empty, nullable=False))
    op.add_column("course", sa.Column("stop_reason", sa.String(), server_default=empty, nullable=False))


def _handled() -> None:
    name = "check_in"
    op.add_column(name, sa.Column("handled_at", _INSTANT, nullable=True))
    op.add_column(name, sa.Column("handled_by", sa.String(), server_default=sa.text("''"), nullable=False))
    op.add_column(name, sa.Column("handled_note", sa.LargeBinary(), nullable=True))
    op.create_index(
        "ix_check_in_waiting",
        name,
        ["clinic_id", "answered_at"],
        postgresql_where=sa.text("red_flag AND handled_at IS NULL"),
    )


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
