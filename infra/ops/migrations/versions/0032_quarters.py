"""Reviews are summed up by quarter too, so that it can be seen where a clinic goes. What was counted is summed up here."""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_RATINGS = ("result", "comfort", "cleanliness", "explanation", "value")
_QUARTER = "to_char(created_at AT TIME ZONE 'UTC', 'YYYY-\"Q\"Q')"


def upgrade() -> None:
    kinds = "'clinic', 'location', 'practitioner', 'treatment', 'concern', 'stage', 'quarter'"
    op.drop_constraint(op.f("ck_review_figure_subject_kind_known"), "review_figure", type_="check")
    op.create_check_constraint(
        op.f("ck_review_figure_subject_kind_known"), "review_figure", f"subject_kind IN ({kinds})"
    )
    stars = [f"count(*) FILTER (WHERE (2 * total + 5) / 10 = {star})" for star in range(1, 6)]
    sums = [f"sum({name})" for name in _RATINGS]
    columns = [
        *("clinic_id", "subject_kind", "subject", "reviews", "total_sum", "total_square_sum"),
        *(f"stars_{star}" for star in range(1, 6)),
        *(f"{name}_sum" for name in _RATINGS),
        *("downtime_count", "downtime_sum"),
    ]
    values = [
        *("clinic_id", "'quarter'", _QUARTER, "count(*)", "sum(total)", "sum(total * total)", *stars, *sums),
        *("count(downtime_days)", "coalesce(sum(downtime_days), 0)"),
    ]
    op.execute("SET LOCAL ROLE needlewise_maintenance")  # rows of every clinic
    op.execute(
        f"INSERT INTO review_figure ({', '.join(columns)}) SELECT {', '.join(values)} FROM review "  # noqa: S608  names of ours
        f"WHERE counted_at IS NOT NULL AND state = 'published' GROUP BY clinic_id, {_QUARTER}"
    )
    op.execute("SET LOCAL ROLE needlewise_owner")
