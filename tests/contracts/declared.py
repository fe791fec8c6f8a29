"""The page that says which permission each call asks for: `docs/permissions.md`, read and written."""

from __future__ import annotations

import re
from pathlib import Path

from services.clinics.rules import PERMISSION_NAMES, PERMISSIONS

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
MODERATORS_ALONE = "moderators alone"
Call = tuple[str, str]
_HEAD = """# Who may do what

Written and checked by `tests/contracts/test_permissions.py`, which makes every call of a clinic and of the moderators
as each role, as the owner of another clinic, as somebody without a clinic, as a stranger and as a moderator with and
without a second factor. A call that is missing here fails it. `NEEDLEWISE_WRITE=1` before that test writes the page
anew from what the code asks for: read what changed before it is committed.

| who calls | the answer |
|---|---|
| the clinic's role with the permission | what the call does |
| the clinic's role without it | 403 |
| a member of another clinic, or of none | 404, as for a clinic that is not there |
| nobody signed in | 401; a page leads to signing in |
| for moderators' calls: anybody else | 403; a moderator without a second factor is led to setting it up |
"""


def read_page() -> dict[Call, str]:
    """The permission of each call, as the page says it."""
    calls: dict[Call, str] = {}
    permission = ""
    for line in PAGE.read_text().splitlines() if PAGE.exists() else []:
        if head := re.fullmatch(r"## `?([a-z: ]+)`?", line):
            permission = head[1]
        elif call := re.fullmatch(r"- `([A-Z]+) (\S+)`", line):
            calls[call[1], call[2]] = permission
    return calls


def written(calls: dict[Call, str]) -> str:
    """The page of these calls."""
    roles = list(PERMISSIONS)
    lines = [_HEAD, f"| permission | in words | {' | '.join(r.replace('_', ' ') for r in roles)} |"]
    lines.append("|---" * (len(roles) + 2) + "|")
    for code, words in PERMISSION_NAMES.items():
        has = " | ".join("yes" if code in PERMISSIONS[role] else "" for role in roles)
        lines.append(f"| `{code}` | {words} | {has} |")
    for permission in (*PERMISSION_NAMES, MODERATORS_ALONE):
        own = sorted((path, method) for (method, path), asked in calls.items() if asked == permission)
        title = permission if permission == MODERATORS_ALONE else f"`{permission}`"
        lines += ["", f"## {title}", *(f"- `{method} {path}`" for path, method in own)]
    return "\n".join(lines) + "\n"
