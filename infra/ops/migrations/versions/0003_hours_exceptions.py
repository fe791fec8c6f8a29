"""Other hours on single days, of locations and of practitioners."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.ops.migrations.tenancy import tenant_statements

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _locations()
    _practitioners()
    for name in ("hours_exception", "practitioner_exception"):
        for statement in tenant_statements(name):
            op.execute(statement)


def _locations() -> None:
    name = "hours_exception"
    op.create_table(
        name,
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=True),
        sa.Column("closes", sa.Time(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("holiday", sa.String(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('extra', 'taken', 'closed', 'open')", name=op.f(f"ck_{name}_kind_known")
        ),
        sa.CheckConstraint("first_on <= last_on", name=op.f(f"ck_{name}_days_in_order")),
        sa.CheckConstraint(
            "CASE WHEN kind IN ('extra', 'taken') THEN opens < closes IS TRUE "
            "ELSE opens IS NULL AND closes IS NULL END",
            name=op.f(f"ck_{name}_times_suit_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "location_id"],
            ["location.clinic_id", "location.id"],
            name=op.f(f"fk_{name}_clinic_id_location_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f(f"pk_{name}")),
    )
    op.create_index("ix_hours_exception_days", name, ["clinic_id", "location_id", "last_on"])
    op.create_index(
        "uq_hours_exception_holiday",
        name,
        ["clinic_id", "location_id", "first_on"],
        unique=True,
        postgresql_where=sa.text("holiday IS NOT NULL"),
    )


def _practitioners() -> None:
    name = "practitioner_exception"
    op.create_table(
        name,
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=True),
        sa.Column("closes", sa.Time(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('extra', 'taken', 'closed')", name=op.f(f"ck_{name}_kind_known")),
        sa.CheckConstraint("first_on <= last_on", name=op.f(f"ck_{name}_days_in_order")),
        sa.CheckConstraint(
            "kind <> 'extra' OR location_id IS NOT NULL", name=op.f(f"ck_{name}_extra_has_a_place")
        ),
        sa.CheckConstraint(
            "CASE WHEN kind = 'closed' THEN opens IS NULL AND closes IS NULL ELSE opens < closes IS TRUE END",
            name=op.f(f"ck_{name}_times_suit_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "practitioner_id"],
            ["practitioner.clinic_id", "practitioner.id"],
            name=op.f(f"fk_{name}_clinic_id_practitioner_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "location_id"],
            ["location.clinic_id", "location.id"],
            name=op.f(f"fk_{name}_clinic_id_location_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f(f"pk_{name}")),
    )
    op.create_index("ix_practitioner_exception_days", name, ["clinic_id", "practitioner_id", "last_on"])
