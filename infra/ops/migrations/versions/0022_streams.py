"""Addresses that take no mail, whose a message is, and a clinic's own words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.ops.migrations.tenancy import tenant_statements

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _addresses()
    _clients_of_notices()
    _own_words()


def _own_words() -> None:
    name = "letter_words"
    op.create_table(
        name,
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.clinic_id"], name=op.f(f"fk_{name}_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "part", name=op.f(f"pk_{name}")),
    )
    for statement in tenant_statements(name):
        op.execute(statement)


def _addresses() -> None:
    name = "dead_address"
    op.create_table(
        name,
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("since_at", _INSTANT, nullable=False),
        sa.Column("refused_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f(f"pk_{name}")),
    )
    for role in ("needlewise_app", "needlewise_platform, needlewise_maintenance"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {role}")


def _clients_of_notices() -> None:
    op.add_column("notice", sa.Column("client_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_notice_client",
        "notice",
        ["clinic_id", "client_id"],
        postgresql_where=sa.text("client_id IS NOT NULL"),
    )
