"""In which rooms a treatment is given, and any device of a kind."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.ops.migrations.schedule import WATCHED_SINCE_0038, watch_statements
from infra.ops.migrations.tenancy import tenant_statements

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_KNOWN = "ck_treatment_device_choice_known"


def upgrade() -> None:
    name = "treatment_room"
    op.create_table(
        name,
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("treatment_id", sa.Uuid(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["clinic_id", column],
                [f"{target}.clinic_id", f"{target}.id"],
                name=op.f(f"fk_{name}_clinic_id_{column}"),
                ondelete="CASCADE",
            )
            for column, target in (("treatment_id", "treatment"), ("room_id", "room"))
        ),
        sa.PrimaryKeyConstraint("clinic_id", "treatment_id", "room_id", name=op.f(f"pk_{name}")),
    )
    for statement in (*tenant_statements(name), *watch_statements(*WATCHED_SINCE_0038)):
        op.execute(statement)
    op.drop_constraint(op.f(_KNOWN), "treatment")
    op.create_check_constraint(op.f(_KNOWN), "treatment", "device_choice IN ('named', 'alike', 'kind')")
