"""Calendars elsewhere that say when practitioners are busy, counted against free times in the same round trip."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.ops.migrations.schedule import busy_elsewhere_statement
from infra.ops.migrations.tenancy import tenant_statements

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _calendars()
    _busy()
    op.get_bind().exec_driver_sql(busy_elsewhere_statement())


def _calendars() -> None:
    name = "external_calendar"
    op.create_table(
        name,
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("read_until", _INSTANT, nullable=True),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("added_at", _INSTANT, nullable=False),
        sa.Column("read_at", _INSTANT, nullable=True),
        sa.Column("next_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "practitioner_id"],
            ["practitioner.clinic_id", "practitioner.id"],
            name=op.f(f"fk_{name}_clinic_id_practitioner_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f(f"pk_{name}")),
    )
    op.create_index(f"ix_{name}_practitioner", name, ["clinic_id", "practitioner_id"])
    for statement in tenant_statements(name):
        op.execute(statement)


def _busy() -> None:
    name = "external_busy"
    op.create_table(
        name,
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("calendar_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", _INSTANT, nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f(f"ck_{name}_starts_before_ends")),
        sa.CheckConstraint(
            "ends_at - starts_at <= interval '12 hours'", name=op.f(f"ck_{name}_not_too_long")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "calendar_id"],
            ["external_calendar.clinic_id", "external_calendar.id"],
            name=op.f(f"fk_{name}_clinic_id_calendar_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("clinic_id", "calendar_id", "starts_at", name=op.f(f"pk_{name}")),
    )
    op.create_index(
        f"ix_{name}_practitioner_starts",
        name,
        ["clinic_id", "practitioner_id", "starts_at"],
        postgresql_include=["ends_at"],
    )
    for statement in tenant_statements(name):
        op.execute(statement)
