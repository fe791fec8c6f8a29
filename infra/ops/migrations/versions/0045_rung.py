"""Of who is told of a recall it is known who was reached by telephone; a lot is said as it was recorded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recalled_person", sa.Column("rung_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "recalled_person", sa.Column("rung_by", sa.String(), server_default=sa.text("''"), nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_recalled_person_rung_by_somebody"), "recalled_person", "rung_at IS NOT NULL OR rung_by = ''"
    )
    op.execute("SET LOCAL ROLE needlewise_maintenance")  # rows of every clinic
    op.execute(
        "UPDATE lot_recall AS recall SET lot = latest.lot FROM ("
        "SELECT DISTINCT ON (clinic_id, lot_key) clinic_id, lot_key, lot FROM session_record "
        "ORDER BY clinic_id, lot_key, recorded_at DESC, lot) AS latest "
        "WHERE latest.clinic_id = recall.clinic_id AND latest.lot_key = recall.lot_key"
    )
    op.execute(
        "UPDATE platform_recall AS recall SET lot = latest.lot FROM ("
        "SELECT DISTINCT ON (lot_key) lot_key, lot FROM session_record "
        "ORDER BY lot_key, recorded_at DESC, lot) AS latest WHERE latest.lot_key = recall.lot_key"
    )
    op.execute("SET LOCAL ROLE needlewise_owner")
