"""Records of sessions in versions, and recalls of a cartridge's lot.

A record of before is the first version of itself. What was not asked then stays unknown.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.ops.migrations.tenancy import tenant_statements

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_LOT_KEY = r"upper(regexp_replace(lot, '\s+', '', 'g'))"


def upgrade() -> None:
    _record_versions()
    _recalls()


def _record_versions() -> None:
    name = "session_record"
    empty = sa.text("''")
    op.add_column(name, sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column(name, sa.Column("practitioner_id", sa.Uuid(), nullable=True))
    op.add_column(name, sa.Column("passes", sa.Integer(), nullable=True))
    op.add_column(name, sa.Column("consent_seen_at", _INSTANT, nullable=True))
    op.add_column(name, sa.Column("consent_seen_by", sa.String(), server_default=empty, nullable=False))
    op.add_column(name, sa.Column("why", sa.LargeBinary(), nullable=True))
    op.add_column(name, sa.Column("recorded_name", sa.String(), server_default=empty, nullable=False))
    op.add_column(name, _lot_key())
    op.drop_constraint(op.f("pk_session_record"), name, type_="primary")
    op.create_primary_key(op.f("pk_session_record"), name, ["clinic_id", "booking_id", "version"])
    op.create_foreign_key(
        op.f("fk_session_record_clinic_id_practitioner_id"),
        name,
        "practitioner",
        ["clinic_id", "practitioner_id"],
        ["clinic_id", "id"],
    )
    op.create_check_constraint(op.f("ck_session_record_passes_range"), name, "passes BETWEEN 1 AND 20")
    op.create_check_constraint(
        op.f("ck_session_record_correction_says_why"), name, "version = 1 OR why IS NOT NULL"
    )
    op.drop_index("ix_session_record_lot", name)
    op.create_index("ix_session_record_lot", name, ["lot_key", "clinic_id"])
    op.execute(f"REVOKE UPDATE, DELETE ON {name} FROM needlewise_app")


def _recalls() -> None:
    name = "lot_recall"
    op.create_table(
        name,
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        _lot_key(),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("platform_recall_id", sa.Uuid(), nullable=True),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.clinic_id"], name=op.f(f"fk_{name}_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("clinic_id", "lot_key", name=op.f(f"uq_{name}_clinic_id_lot_key")),
    )
    for statement in tenant_statements(name):
        op.execute(statement)
    _recalled_people()
    _platform_recalls()


def _recalled_people() -> None:
    name = "recalled_person"
    op.create_table(
        name,
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recall_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("told_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "recall_id"],
            ["lot_recall.clinic_id", "lot_recall.id"],
            name=op.f(f"fk_{name}_clinic_id_recall_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "client_id"],
            ["client.clinic_id", "client.id"],
            name=op.f(f"fk_{name}_clinic_id_client_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f(f"pk_{name}")),
    )
    op.create_index("ix_recalled_person_recall", name, ["clinic_id", "recall_id"])
    for statement in tenant_statements(name):
        op.execute(statement)


def _platform_recalls() -> None:
    name = "platform_recall"
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        _lot_key(),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("lot_key", name=op.f(f"uq_{name}_lot_key")),
    )
    op.execute(f"GRANT SELECT ON {name} TO needlewise_app")
    op.execute(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO needlewise_platform, needlewise_maintenance"
    )


def _lot_key() -> sa.Column[str]:
    return sa.Column("lot_key", sa.String(), sa.Computed(_LOT_KEY, persisted=True), nullable=False)
