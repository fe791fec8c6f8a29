"""Alembic's environment: the connection is handed in; every migration runs with a lock timeout, as the owner."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from infra.ops.migrations.declared import declared

connection = context.config.attributes["connection"]
connection.execute(text("SET LOCAL lock_timeout = '5s'"))
context.configure(
    connection=connection, target_metadata=declared, compare_type=True, compare_server_default=True
)
with context.begin_transaction():
    context.run_migrations()
