"""Notices that are true: what each says of visits, whom it is for, where it waits for the morning, and what was told;
and reminders as a clinic chooses, with what clients answer.

What is known of visits from before is taken as told as it stands, so that the next change is told as a change.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from infra.ops.migrations.tenancy import tenant_statements

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_STATES = "state IN ('queued', 'inflight', 'sent', 'failed', 'dropped', 'superseded')"
_AUDIENCES = "audience IN ('person', 'client', 'team')"


def upgrade() -> None:
    _notices()
    _told()
    _reminders()


def _reminders() -> None:
    name = "reminder_policy"
    op.add_column("booking", sa.Column("coming_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        name,
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("hours", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.clinic_id"], name=op.f(f"fk_{name}_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", name=op.f(f"pk_{name}")),
    )
    for statement in tenant_statements(name):
        op.execute(statement)


def _notices() -> None:
    text = sa.text
    for column in (
        sa.Column("audience", sa.String(), server_default=text("'person'"), nullable=False),
        sa.Column("says", postgresql.JSONB(), server_default=text("'[]'"), nullable=False),
        sa.Column("zone", sa.String(), server_default=text("''"), nullable=False),
        sa.Column("urgent", sa.Boolean(), server_default=text("true"), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("notice", column)
    op.create_check_constraint(op.f("ck_notice_audience_known"), "notice", _AUDIENCES)
    op.drop_constraint(op.f("ck_notice_state_known"), "notice")
    op.create_check_constraint(op.f("ck_notice_state_known"), "notice", _STATES)


def _told() -> None:
    name = "told"
    op.create_table(
        name,
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_AUDIENCES, name=op.f(f"ck_{name}_audience_known")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "booking_id"],
            ["booking.clinic_id", "booking.id"],
            name=op.f(f"fk_{name}_clinic_id_booking_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("clinic_id", "booking_id", "audience", name=op.f(f"pk_{name}")),
    )
    for statement in tenant_statements(name):
        op.execute(statement)
    op.execute(
        "INSERT INTO told (clinic_id, booking_id, audience, status, starts_at, practitioner_id, location_id, told_at) "
        "SELECT clinic_id, id, audience, status, starts_at, practitioner_id, location_id, changed_at "
        "FROM booking, (VALUES ('client'), ('team')) AS heard (audience) "
        "WHERE status IN ('confirmed', 'requested', 'arrived') AND starts_at > now()"
    )
