"""More kinds of cases: credentials, reviews that were flagged, appeals; one open case a kind and subject."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_KINDS = "'new_listing', 'credential', 'credential_lapsing', 'review_flagged', 'public_report', 'appeal'"


def upgrade() -> None:
    known = op.f("ck_moderation_case_case_kind_known")
    op.drop_constraint(known, "moderation_case", type_="check")
    op.create_check_constraint(known, "moderation_case", f"case_kind IN ({_KINDS})")
    op.create_index(
        "uq_moderation_case_open_subject",
        "moderation_case",
        ["subject_id", "case_kind"],
        unique=True,
        postgresql_where=sa.text(
            "state <> 'decided' AND case_kind IN ('new_listing', 'credential', 'credential_lapsing', 'appeal')"
        ),
    )
    op.drop_index("uq_moderation_case_open_listing", "moderation_case")
