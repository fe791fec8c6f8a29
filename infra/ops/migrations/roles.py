"""What must stand in a database before any table: extensions, the four roles, and their rights on the schema."""

from __future__ import annotations

from infra.ops.migrations.schedule import (
    PLANNED_ONCE,
    WATCHED_SINCE_0038,
    busy_elsewhere_statement,
    function_statements,
    hold_statements,
    resource_statements,
    seen_before_statement,
    take_statements,
    trigger_statements,
    watch_statements,
)
from services.kernel.tables import APP, MAINTENANCE, OWNER, PLATFORM

EXTENSIONS = ("btree_gist", "pg_trgm", "unaccent")


def _role(name: str, *, bypass: bool) -> str:
    rights = "NOLOGIN BYPASSRLS" if bypass else "NOLOGIN"
    return (
        "DO $$ BEGIN "
        f"IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') THEN CREATE ROLE {name} {rights}; END IF; "
        "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )


def foundation_statements() -> list[str]:
    """SQL that the login of `NEEDLEWISE_DATABASE_URL` runs; every statement may run again.

    The login becomes a member of the roles; each transaction then takes one of them (docs/adr/0003).
    """
    roles = (OWNER, APP, PLATFORM, MAINTENANCE)
    return [
        *(f"CREATE EXTENSION IF NOT EXISTS {name}" for name in EXTENSIONS),
        *(_role(name, bypass=name in {PLATFORM, MAINTENANCE}) for name in roles),
        *(f"GRANT {name} TO CURRENT_USER" for name in roles),
        f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER}",
        f"GRANT USAGE ON SCHEMA public TO {APP}, {PLATFORM}, {MAINTENANCE}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    ]


AFTER_TABLES = (
    "INSERT INTO clock_offset (id, seconds) VALUES (1, 0) ON CONFLICT DO NOTHING",
    "GRANT SELECT ON clock_offset TO PUBLIC",
    (
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME; END $$"
    ),
    (
        "CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON audit_event "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    ),
    *function_statements(),
    *hold_statements(),
    busy_elsewhere_statement(),
    seen_before_statement(),
    PLANNED_ONCE,
    *trigger_statements(),
    *watch_statements(*WATCHED_SINCE_0038),
    *resource_statements(),
    *take_statements(),
)
