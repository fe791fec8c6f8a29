"""Hours that hold for a time or every other week, who gives a treatment and where, travel, one person's time over clinics.

New columns have defaults that the version before this one need not name. Practitioners' claims say from now on where
they are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.ops.migrations.schedule import function_statements, trigger_statements
from infra.ops.migrations.tenancy import tenant_statements

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _weekly_hours("location_hours", "location_id")
    _weekly_hours("practitioner_hours", "practitioner_id", "location_id")
    _choices()
    _pairs(
        "travel",
        "location_id",
        "other_id",
        "location",
        "location",
        sa.Column("minutes", sa.Integer(), nullable=False),
    )
    op.create_check_constraint(op.f("ck_travel_two_places"), "travel", "location_id <> other_id")
    op.create_check_constraint(op.f("ck_travel_minutes_range"), "travel", "minutes BETWEEN 1 AND 240")
    _pairs("treatment_performer", "treatment_id", "practitioner_id", "treatment", "practitioner")
    _claims()
    _person_time()
    _versions()
    for statement in (*function_statements(), *trigger_statements()):
        op.get_bind().exec_driver_sql(statement)


def _weekly_hours(name: str, *whose: str) -> None:
    day = sa.Date()
    op.add_column(name, sa.Column("weeks", sa.String(), server_default=sa.text("'every'"), nullable=False))
    op.add_column(name, sa.Column("valid_from", day, server_default=sa.text("'-infinity'"), nullable=False))
    op.add_column(name, sa.Column("valid_until", day, server_default=sa.text("'infinity'"), nullable=False))
    op.drop_constraint(op.f(f"pk_{name}"), name)
    key = ["clinic_id", *whose, "weekday", "opens", "weeks", "valid_from"]
    op.create_primary_key(op.f(f"pk_{name}"), name, key)
    op.create_check_constraint(op.f(f"ck_{name}_weeks_known"), name, "weeks IN ('every', 'a', 'b')")
    op.create_check_constraint(op.f(f"ck_{name}_validity_in_order"), name, "valid_from <= valid_until")


def _choices() -> None:
    for table, column, default, known in (
        ("room", "room_kind", "any", "'numbing', 'treatment', 'any'"),
        ("treatment", "device_choice", "named", "'named', 'alike'"),
        ("treatment", "numbing_in", "same_room", "'same_room', 'numbing_room'"),
    ):
        chosen = sa.Column(column, sa.String(), server_default=sa.text(f"'{default}'"), nullable=False)
        op.add_column(table, chosen)
        op.create_check_constraint(op.f(f"ck_{table}_{column}_known"), table, f"{column} IN ({known})")
    grid = sa.Column("grid_minutes", sa.Integer(), server_default=sa.text("15"), nullable=False)
    op.add_column("clinic", grid)
    op.create_check_constraint(
        op.f("ck_clinic_grid_minutes_known"), "clinic", "grid_minutes IN (5, 10, 15, 20, 30, 60)"
    )
    op.add_column("practitioner", sa.Column("daily_maximum", sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f("ck_practitioner_daily_maximum_range"), "practitioner", "daily_maximum BETWEEN 1 AND 50"
    )
    op.add_column("booking", sa.Column("numbing_room_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_booking_clinic_id_numbing_room_id"),
        "booking",
        "room",
        ["clinic_id", "numbing_room_id"],
        ["clinic_id", "id"],
    )


def _pairs(name: str, one: str, other: str, of_one: str, of_other: str, *more: sa.Column[int]) -> None:
    op.create_table(
        name,
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column(one, sa.Uuid(), nullable=False),
        sa.Column(other, sa.Uuid(), nullable=False),
        *more,
        *(
            sa.ForeignKeyConstraint(
                ["clinic_id", column],
                [f"{target}.clinic_id", f"{target}.id"],
                name=op.f(f"fk_{name}_clinic_id_{column}"),
                ondelete="CASCADE",
            )
            for column, target in ((one, of_one), (other, of_other))
        ),
        sa.PrimaryKeyConstraint("clinic_id", one, other, name=op.f(f"pk_{name}")),
    )
    for statement in tenant_statements(name):
        op.execute(statement)


def _claims() -> None:
    op.add_column("claim", sa.Column("location_id", sa.Uuid(), nullable=True))
    op.add_column("claim", sa.Column("person_id", sa.Uuid(), nullable=True))
    op.execute("SET LOCAL ROLE needlewise_maintenance")
    op.execute(
        "UPDATE claim c SET location_id = b.location_id FROM booking b WHERE b.clinic_id = c.clinic_id "
        "AND b.id = c.booking_id AND b.practitioner_id = c.resource_id"
    )
    op.execute("SET LOCAL ROLE needlewise_owner")
    op.drop_index("ix_claim_resource_starts", "claim")
    op.create_index(
        "ix_claim_resource_starts",
        "claim",
        ["clinic_id", "resource_id", "starts_at"],
        postgresql_include=["ends_at", "booking_id", "location_id"],
    )


def _person_time() -> None:
    op.create_table(
        "person_time",
        sa.Column("starts_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_person_time")),
    )
    op.execute(
        "ALTER TABLE person_time ADD COLUMN during tstzrange "
        "GENERATED ALWAYS AS (tstzrange(starts_at, ends_at, '[)')) STORED NOT NULL"
    )
    op.execute(
        "ALTER TABLE person_time ADD CONSTRAINT no_person_twice "
        "EXCLUDE USING gist (person_id WITH =, during WITH &&)"
    )
    op.create_index(
        "ix_person_time_starts",
        "person_time",
        ["person_id", "starts_at"],
        postgresql_include=["ends_at", "clinic_id"],
    )
    op.execute(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON person_time TO needlewise_platform, needlewise_maintenance"
    )


def _versions() -> None:
    op.create_table(
        "schedule_version",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.clinic_id"], name=op.f("fk_schedule_version_clinic_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", name=op.f("pk_schedule_version")),
    )
    for statement in tenant_statements("schedule_version"):
        op.execute(statement)
