"""Records of sessions in versions, and recalls of a cartridge's lot.

A record of before is the first version of itself. What was not asked then stays unknown.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0014"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_LOT_KEY = r"upper(regexp_replace(lot, '\s+', '', 'g'))"


def upgrade() -> None:
    _record_versions()


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
    op.add_column(
        name, sa.Column("lot_key", sa.String(), sa.Computed(_LOT_KEY, persisted=True), nullable=False)
    )
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
