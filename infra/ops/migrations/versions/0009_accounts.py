"""Accounts furnished: recovery codes, another address that waits, where one is signed in, the language.

New columns have defaults, so that the version before this one goes on signing people up and in.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import DateTime, LargeBinary, String, Uuid

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ROLES = "needlewise_app, needlewise_platform, needlewise_maintenance"
_INSTANT = DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "recovery_code",
        sa.Column("account_id", Uuid(), nullable=False),
        sa.Column("code_hash", String(), nullable=False),
        sa.Column("salt", LargeBinary(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("account_id", "code_hash", name="pk_recovery_code"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_recovery_code_account_id", ondelete="CASCADE"
        ),
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON recovery_code TO {_ROLES}")
    op.add_column("account", sa.Column("second_factor_asked_at", _INSTANT, nullable=True))
    op.add_column("account", sa.Column("new_email", String(), nullable=True))
    op.add_column("account", sa.Column("language", String(), server_default="en", nullable=False))
    random_id = sa.text("gen_random_uuid()")
    op.add_column("sign_in", sa.Column("id", Uuid(), server_default=random_id, nullable=False))
    op.add_column("sign_in", sa.Column("first_address", String(), server_default="", nullable=False))
    op.add_column("sign_in", sa.Column("last_address", String(), server_default="", nullable=False))
    op.create_unique_constraint("uq_sign_in_id", "sign_in", ["id"])
