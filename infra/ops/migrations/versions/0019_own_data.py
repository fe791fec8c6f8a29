"""Own data: requests to see, take and erase it; what retention did; consents that are withdrawn.

An audit row names who did it by the account's number alone: the name is read from the account, and gone with it. Rows
from before lose the name here, once; the trigger that refuses changes stands again afterwards.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_OWN = "clinic_id IS NOT DISTINCT FROM nullif(current_setting('app.clinic_id', true), '')::uuid"


def upgrade() -> None:
    _add_requests()
    _add_reports()
    op.add_column(
        "consent", sa.Column("decision", sa.String(), server_default=sa.text("'given'"), nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_consent_decision_known"), "consent", "decision IN ('given', 'withdrawn')"
    )
    op.execute("GRANT UPDATE (written_by) ON question_message TO needlewise_app")
    op.execute("ALTER TABLE audit_event DISABLE TRIGGER audit_is_append_only")
    op.execute("UPDATE audit_event SET by_label = '' WHERE by_account_id IS NOT NULL AND by_label <> ''")
    op.execute("ALTER TABLE audit_event ENABLE TRIGGER audit_is_append_only")


def _add_requests() -> None:
    name = "privacy_request"
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_kind", sa.String(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("keep_reviews", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=False),
        sa.Column("done_at", _INSTANT, nullable=True),
        sa.Column("expires_at", _INSTANT, nullable=True),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("report", JSONB(), nullable=False),
        sa.CheckConstraint(
            "request_kind IN ('link', 'export', 'erasure')", name=op.f(f"ck_{name}_request_kind_known")
        ),
        sa.CheckConstraint("state IN ('asked', 'done', 'expired')", name=op.f(f"ck_{name}_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index("ix_privacy_request_account_id", name, ["account_id"])
    op.create_index("ix_privacy_request_email", name, [sa.text("lower(email)")])
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO needlewise_app")
    op.execute(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO needlewise_platform, needlewise_maintenance"
    )


def _add_reports() -> None:
    name = "retention_report"
    op.create_table(
        name,
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ran_on", sa.Date(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("erased", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.BigInteger(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint(
            "clinic_id",
            "ran_on",
            "rule",
            name=op.f(f"uq_{name}_clinic_id_ran_on_rule"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_retention_report_ran_on", name, ["ran_on"])
    for statement in (
        f"GRANT SELECT ON {name} TO needlewise_app",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO needlewise_platform, needlewise_maintenance",
        f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY clinic ON {name} TO needlewise_app USING ({_OWN}) WITH CHECK ({_OWN})",
    ):
        op.execute(statement)
