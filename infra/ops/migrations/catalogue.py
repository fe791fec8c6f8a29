"""What a database's schema really is, read from PostgreSQL's catalogue in full.

Alembic's comparison misses exclusion and check constraints, policies, grants and triggers; this misses none.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kernel.tables import APP, OWNER, Kind, Row, table

_QUERIES = {
    "column": """
        SELECT c.relname || '.' || a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod),
               CASE WHEN a.attnotnull THEN 'not null' END, nullif(a.attidentity, ''), nullif(a.attgenerated, ''),
               pg_get_expr(d.adbin, d.adrelid))
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE n.nspname = 'public' AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraint": """
        SELECT r.relname || '.' || c.conname, pg_get_constraintdef(c.oid)
        FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace
        WHERE n.nspname = 'public'""",
    "index": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "policy": """
        SELECT tablename || '.' || policyname, concat_ws(' ', permissive, roles, cmd, qual, 'check', with_check)
        FROM pg_policies WHERE schemaname = 'public'""",
    "table": """
        SELECT c.relname, concat_ws(' ', pg_get_userbyid(c.relowner),
               CASE WHEN c.relrowsecurity THEN 'row security' END,
               CASE WHEN c.relforcerowsecurity THEN 'forced' END)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind = 'r'""",
    "grant": """
        SELECT table_name || ' ' || grantee, string_agg(privilege_type, ' ' ORDER BY privilege_type)
        FROM information_schema.table_privileges WHERE table_schema = 'public' GROUP BY 1""",
    "column grant": """
        SELECT c.relname || '.' || a.attname, a.attacl::text
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND a.attacl IS NOT NULL""",
    "trigger": """
        SELECT tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal""",
    "role": """
        SELECT rolname, concat_ws(' ', CASE WHEN rolcanlogin THEN 'login' END, CASE WHEN rolbypassrls THEN 'bypass' END)
        FROM pg_roles WHERE rolname LIKE 'needlewise\\_%'""",
}
_IGNORED = ("alembic_version",)


async def read_catalogue(connection: AsyncConnection) -> dict[str, str]:
    """Every column, constraint, index, policy, grant, trigger and role, by kind and name."""
    found: dict[str, str] = {}
    for kind, query in _QUERIES.items():
        for name, words in (await connection.execute(text(query))).all():
            if not str(name).startswith(_IGNORED) and "alembic_version" not in str(words):
                found[f"{kind} {name}"] = str(words)
    return found


def differences(declared: dict[str, str], migrated: dict[str, str]) -> list[str]:
    """What one has and the other has not, or has otherwise."""
    lines = []
    for name in sorted(declared.keys() | migrated.keys()):
        here, there = declared.get(name), migrated.get(name)
        if here != there:
            lines.append(f"{name}: declared as {here or 'nothing'}; migrated as {there or 'nothing'}")
    return lines


def kind_findings(models: list[type[Row]], catalogue: dict[str, str]) -> list[str]:
    """Where a table breaks the promises of its kind (see `services.kernel.tables`)."""
    tenant = {table(m).name for m in models if m.table_kind is Kind.TENANT}
    lines = []
    for model in models:
        name = table(model).name
        state = catalogue.get(f"table {name}", "")
        if not state.startswith(OWNER):
            lines.append(f"{name}: not owned by {OWNER}")
        scoped = model.table_kind in {Kind.TENANT, Kind.WORK}
        if scoped and "row security forced" not in state:
            lines.append(f"{name}: row-level security is not forced")
        if scoped and f"policy {name}.clinic" not in catalogue:
            lines.append(f"{name}: no policy for the clinic's scope")
        if model.table_kind is Kind.TENANT:
            lines += _key_findings(name, tenant, catalogue)
        elif any(
            words.startswith("FOREIGN KEY") and _target(words) in tenant
            for words in _constraints(name, catalogue)
        ):
            lines.append(f"{name}: a {model.table_kind} table points into a tenant table")
    unknown = {n.split()[1] for n in catalogue if n.startswith("table ")} - {table(m).name for m in models}
    lines += [f"{name}: no model declares this table" for name in sorted(unknown)]
    if "bypass" in catalogue.get(f"role {APP}", ""):
        lines.append(f"{APP}: may bypass row-level security")
    return lines


def _key_findings(name: str, tenant: set[str], catalogue: dict[str, str]) -> list[str]:
    lines = []
    for words in _constraints(name, catalogue):
        if words.startswith("PRIMARY KEY") and not words.startswith("PRIMARY KEY (clinic_id"):
            lines.append(f"{name}: its primary key does not begin with clinic_id")
        if (
            words.startswith("FOREIGN KEY")
            and _target(words) in tenant
            and not words.startswith("FOREIGN KEY (clinic_id")
        ):
            lines.append(f"{name}: {words} could point into another clinic")
    return lines


def _constraints(name: str, catalogue: dict[str, str]) -> list[str]:
    return [words for key, words in catalogue.items() if key.startswith(f"constraint {name}.")]


def _target(foreign_key: str) -> str:
    return foreign_key.split("REFERENCES ")[1].split("(", maxsplit=1)[0].strip()
