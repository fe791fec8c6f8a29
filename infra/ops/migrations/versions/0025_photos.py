"""Clinical photos, their release to the public, and the pairs that a clinic shows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from infra.ops.migrations.tenancy import tenant_statements

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _photos()
    _releases()
    _results()


def _points(name: str, column: str, to: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["clinic_id", column],
        [f"{to}.clinic_id", f"{to}.id"],
        name=op.f(f"fk_{name}_clinic_id_{column}"),
        ondelete=ondelete,
    )


def _photos() -> None:
    name = "clinical_photo"
    op.create_table(
        name,
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("moment", sa.String(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("pose", sa.String(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("by_client", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("sizes", JSONB(), nullable=False),
        sa.Column("added_at", _INSTANT, nullable=False),
        sa.CheckConstraint("state IN ('pending', 'ready', 'failed')", name=op.f(f"ck_{name}_state_known")),
        sa.CheckConstraint(
            "moment IN ('baseline', 'session', 'after')", name=op.f(f"ck_{name}_moment_known")
        ),
        sa.CheckConstraint("day >= 0", name=op.f(f"ck_{name}_day_range")),
        _points(name, "client_id", "client"),
        _points(name, "booking_id", "booking"),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f(f"pk_{name}")),
    )
    op.create_index(f"ix_{name}_group", name, ["clinic_id", "group_id"])
    op.create_index(f"ix_{name}_client", name, ["clinic_id", "client_id"])
    for statement in tenant_statements(name):
        op.execute(statement)


def _releases() -> None:
    name = "photo_release"
    op.create_table(
        name,
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("text_version", sa.String(), nullable=False),
        sa.Column("signed_name", sa.LargeBinary(), nullable=False),
        sa.Column("decided_at", _INSTANT, nullable=False),
        sa.CheckConstraint("decision IN ('given', 'withdrawn')", name=op.f(f"ck_{name}_decision_known")),
        _points(name, "client_id", "client"),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f(f"pk_{name}")),
    )
    op.create_index(f"ix_{name}_photo", name, ["clinic_id", "photo_id", "decided_at"])
    for statement in tenant_statements(name):
        op.execute(statement)
    op.execute(f"REVOKE UPDATE, DELETE ON {name} FROM needlewise_app")
    op.execute(f"GRANT UPDATE (client_id) ON {name} TO needlewise_app")


def _results() -> None:
    name = "shown_result"
    op.create_table(
        name,
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("before_id", sa.Uuid(), nullable=False),
        sa.Column("after_id", sa.Uuid(), nullable=False),
        sa.Column("treatment_id", sa.Uuid(), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("chosen_at", _INSTANT, nullable=False),
        _points(name, "before_id", "clinical_photo", "CASCADE"),
        _points(name, "after_id", "clinical_photo", "CASCADE"),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint(
            "clinic_id", "before_id", "after_id", name=op.f(f"uq_{name}_clinic_id_before_id_after_id")
        ),
    )
    for statement in tenant_statements(name):
        op.execute(statement)
