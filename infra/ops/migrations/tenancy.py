"""What every migration that adds a tenant table says of it, frozen: grants, and the policy of its clinic."""

from __future__ import annotations

_OWN = "clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid"


def tenant_statements(name: str) -> list[str]:
    """Grants and row-level security of a new tenant table."""
    return [
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO needlewise_app",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO needlewise_platform, needlewise_maintenance",
        f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY clinic ON {name} TO needlewise_app USING ({_OWN}) WITH CHECK ({_OWN})",
    ]
