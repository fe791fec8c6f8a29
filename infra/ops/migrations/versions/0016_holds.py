"""Times held for somebody who is about to book.

The version before this one lays claims of bookings and blocks alone, which the wider check still allows.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.ops.migrations.schedule import hold_statements
from infra.ops.migrations.tenancy import tenant_statements

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _holds()
    _claims()
    for statement in hold_statements():
        op.get_bind().exec_driver_sql(statement)


def _key(name: str, column: str, target: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["clinic_id", column],
        [f"{target}.clinic_id", f"{target}.id"],
        name=op.f(f"fk_{name}_clinic_id_{column}"),
        ondelete=ondelete,
    )


def _holds() -> None:
    taken = {
        "treatment_id": "treatment",
        "location_id": "location",
        "practitioner_id": "practitioner",
        "room_id": "room",
        "numbing_room_id": "room",
        "device_id": "device",
    }
    op.create_table(
        "slot_hold",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("held_by", sa.String(), nullable=False),
        *(sa.Column(column, sa.Uuid(), nullable=column == "numbing_room_id") for column in taken),
        sa.Column("area", sa.String(), nullable=False),
        *(
            sa.Column(column, _INSTANT, nullable=False)
            for column in ("starts_at", "ends_at", "until_at", "held_at")
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_slot_hold_starts_before_ends")),
        *(_key("slot_hold", column, target) for column, target in taken.items()),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_slot_hold")),
    )
    op.create_index("ix_slot_hold_held_by", "slot_hold", ["clinic_id", "held_by"])
    for statement in tenant_statements("slot_hold"):
        op.execute(statement)


def _claims() -> None:
    op.add_column("claim", sa.Column("hold_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_claim_clinic_id_hold_id"),
        "claim",
        "slot_hold",
        ["clinic_id", "hold_id"],
        ["clinic_id", "id"],
        ondelete="CASCADE",
    )
    op.drop_constraint(op.f("ck_claim_of_one_thing"), "claim")
    op.create_check_constraint(
        op.f("ck_claim_of_one_thing"), "claim", "num_nonnulls(booking_id, blocked_id, hold_id) = 1"
    )
    op.create_index(
        "ix_claim_hold",
        "claim",
        ["clinic_id", "hold_id"],
        postgresql_where=sa.text("hold_id IS NOT NULL"),
    )
    op.drop_index("ix_claim_resource_starts", "claim")
    op.create_index(
        "ix_claim_resource_starts",
        "claim",
        ["clinic_id", "resource_id", "starts_at"],
        postgresql_include=["ends_at", "booking_id", "location_id", "hold_id"],
    )
