"""Alembic's environment: the connection is handed in; every migration runs with a lock timeout, as the owner.

Where the connection is in no transaction yet, each migration has one of its own.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from infra.ops.migrations.declared import declared

connection = context.config.attributes["connection"]
handed_in_transaction = connection.in_transaction()
connection.execute(text("SET lock_timeout = '5s'"))
if not handed_in_transaction:
    connection.commit()
context.configure(
    connection=connection,
    target_metadata=declared,
    compare_type=True,
    compare_server_default=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
