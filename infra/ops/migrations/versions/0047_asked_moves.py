"""A client asks the clinic for another time of a visit that it accepted, and the time is held until it answers.

The version before this one writes holds without the new columns, which may stay empty.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.ops.migrations.tenancy import tenant_statements

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _moves()
    _holds()


def _key(name: str, column: str, target: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["clinic_id", column],
        [f"{target}.clinic_id", f"{target}.id"],
        name=op.f(f"fk_{name}_clinic_id_{column}"),
        ondelete=ondelete,
    )


def _moves() -> None:
    answers = "'', 'accepted', 'declined', 'expired', 'taken_back', 'over'"
    op.create_table(
        "asked_move",
        *(
            sa.Column(column, sa.Uuid(), nullable=False)
            for column in ("clinic_id", "id", "booking_id", "practitioner_id", "location_id")
        ),
        *(
            sa.Column(column, _INSTANT, nullable=False)
            for column in ("starts_at", "ends_at", "until_at", "asked_at")
        ),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("answered_at", _INSTANT, nullable=True),
        sa.CheckConstraint(f"answer IN ({answers})", name=op.f("ck_asked_move_answer_known")),
        sa.CheckConstraint(
            "(answer = '') = (answered_at IS NULL)", name=op.f("ck_asked_move_answered_when_answered")
        ),
        _key("asked_move", "booking_id", "booking", "CASCADE"),
        _key("asked_move", "practitioner_id", "practitioner"),
        _key("asked_move", "location_id", "location"),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_asked_move")),
    )
    op.create_index("ix_asked_move_booking", "asked_move", ["clinic_id", "booking_id"])
    op.create_index(
        "uq_asked_move_open",
        "asked_move",
        ["clinic_id", "booking_id"],
        unique=True,
        postgresql_where=sa.text("answer = ''"),
    )
    for statement in tenant_statements("asked_move"):
        op.execute(statement)


def _holds() -> None:
    for column, target in (("move_id", "asked_move"), ("booking_id", "booking")):
        op.add_column("slot_hold", sa.Column(column, sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_slot_hold_clinic_id_{column}"),
            "slot_hold",
            target,
            ["clinic_id", column],
            ["clinic_id", "id"],
            ondelete="CASCADE",
        )
    op.create_check_constraint(
        op.f("ck_slot_hold_moves_a_booking"), "slot_hold", "(move_id IS NULL) = (booking_id IS NULL)"
    )
    op.create_index(
        "ix_slot_hold_move",
        "slot_hold",
        ["clinic_id", "move_id"],
        postgresql_where=sa.text("move_id IS NOT NULL"),
    )
    op.create_index(
        "uq_slot_hold_booking",
        "slot_hold",
        ["clinic_id", "booking_id"],
        unique=True,
        postgresql_where=sa.text("booking_id IS NOT NULL"),
    )
