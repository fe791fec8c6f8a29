"""Times held for somebody who is about to book, and the waitlist whose offers hold times too.

The version before this one lays claims of bookings and blocks alone, which the wider check still allows.
"""

from __future__ import annotations

from typing import Any

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
    _waitlist()
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


def _instants(*columns: str) -> list[sa.Column[Any]]:
    return [sa.Column(column, _INSTANT, nullable=False) for column in columns]


def _texts(*columns: str) -> list[sa.Column[Any]]:
    return [sa.Column(column, sa.String(), nullable=False) for column in columns]


def _ids(*columns: str) -> list[sa.Column[Any]]:
    return [sa.Column(column, sa.Uuid(), nullable=False) for column in columns]


def _waitlist() -> None:
    minutes = sa.Column("waitlist_minutes", sa.Integer(), server_default=sa.text("120"), nullable=False)
    op.add_column("clinic", minutes)
    op.create_check_constraint(
        op.f("ck_clinic_waitlist_minutes_range"), "clinic", "waitlist_minutes BETWEEN 15 AND 720"
    )
    states = "'unproven', 'waiting', 'booked', 'withdrawn', 'removed', 'over'"
    op.create_table(
        "waitlist_wish",
        *_ids("clinic_id", "id", "treatment_id"),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("weekdays", sa.Integer(), nullable=False),
        sa.Column("from_time", sa.Time(), nullable=False),
        sa.Column("until_time", sa.Time(), nullable=False),
        *_texts("area", "name", "email", "phone", "language", "state"),
        sa.Column("proved_at", _INSTANT, nullable=True),
        *_instants("created_at", "changed_at"),
        sa.CheckConstraint(f"state IN ({states})", name=op.f("ck_waitlist_wish_state_known")),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_waitlist_wish_days_in_order")),
        sa.CheckConstraint("from_time <= until_time", name=op.f("ck_waitlist_wish_times_in_order")),
        sa.CheckConstraint("weekdays BETWEEN 1 AND 127", name=op.f("ck_waitlist_wish_weekdays_range")),
        _key("waitlist_wish", "treatment_id", "treatment"),
        _key("waitlist_wish", "practitioner_id", "practitioner"),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_waitlist_wish")),
    )
    op.create_index("ix_waitlist_wish_state", "waitlist_wish", ["clinic_id", "state", "created_at", "id"])
    op.create_index("ix_waitlist_wish_account_id", "waitlist_wish", ["account_id"])
    op.create_table(
        "waitlist_offer",
        *_ids("clinic_id", "id", "wish_id", "practitioner_id", "location_id"),
        *_instants("starts_at", "ends_at", "until_at", "offered_at"),
        *_texts("offered_by", "answer"),
        sa.CheckConstraint(
            "answer IN ('', 'accepted', 'declined', 'taken_back')",
            name=op.f("ck_waitlist_offer_answer_known"),
        ),
        _key("waitlist_offer", "wish_id", "waitlist_wish", "CASCADE"),
        _key("waitlist_offer", "practitioner_id", "practitioner"),
        _key("waitlist_offer", "location_id", "location"),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_waitlist_offer")),
    )
    op.create_index("ix_waitlist_offer_wish", "waitlist_offer", ["clinic_id", "wish_id", "offered_at"])
    for name in ("waitlist_wish", "waitlist_offer"):
        for statement in tenant_statements(name):
            op.execute(statement)
    op.execute(
        "CREATE POLICY own_rows ON waitlist_wish FOR SELECT TO needlewise_app "
        "USING (account_id = nullif(current_setting('app.account_id', true), '')::uuid)"
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
        sa.Column("wish_id", sa.Uuid(), nullable=True),
        sa.Column("held_by", sa.String(), nullable=False),
        *(sa.Column(column, sa.Uuid(), nullable=column == "numbing_room_id") for column in taken),
        sa.Column("area", sa.String(), nullable=False),
        *(
            sa.Column(column, _INSTANT, nullable=False)
            for column in ("starts_at", "ends_at", "until_at", "held_at")
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_slot_hold_starts_before_ends")),
        *(_key("slot_hold", column, target) for column, target in taken.items()),
        _key("slot_hold", "wish_id", "waitlist_wish", "CASCADE"),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_slot_hold")),
    )
    op.create_index("ix_slot_hold_held_by", "slot_hold", ["clinic_id", "held_by"])
    op.create_index(
        "uq_slot_hold_wish",
        "slot_hold",
        ["clinic_id", "wish_id"],
        unique=True,
        postgresql_where=sa.text("wish_id IS NOT NULL"),
    )
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
