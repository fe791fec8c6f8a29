"""`needlewise migrate`: bring the database to the newest version."""

from __future__ import annotations

from infra.ops.connections import database_problems
from infra.ops.environment import read_settings, say, servers_for
from infra.ops.migrations.run import upgrade


def migrate(database_url: str) -> None:
    """Run the migrations; raises Problem in one line where the database cannot be reached."""
    with database_problems(database_url):
        upgrade(database_url)


def run() -> int:
    """The command."""
    with servers_for(read_settings(), redis=False, loud=True) as (settings, _):
        migrate(settings.database_url or "")
        say("the database is at the newest version")
    return 0
