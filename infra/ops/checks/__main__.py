"""Reads every file of the project and prints what breaks a house rule; exits 1 when something does."""

from __future__ import annotations

import sys
from pathlib import Path

from infra.ops.checks.rules import Finding, Source, findings

ROOMS = ("services", "workers", "web", "infra", "tests")
LOCKS = ("requirements.lock", "requirements-dev.lock", "web/assets/package-lock.json")


def project_findings(top: Path) -> list[Finding]:
    """Every finding of the project."""
    found: list[Finding] = []
    for room in ROOMS:
        for path in sorted((top / room).rglob("*.py")):
            if "node_modules" not in path.parts:
                found += findings(Source(path.relative_to(top).as_posix(), path.read_text()))
    for name in LOCKS:
        for number, line in enumerate((top / name).read_text().splitlines(), 1):
            if "://" in line and '"url"' not in line:
                found.append(Finding(name, number, "lock", "a lock file holds hashes, and no addresses"))
    return found


def main() -> int:
    """Prints the findings; the exit code says whether there were any."""
    found = project_findings(Path(__file__).parents[3])
    for finding in found:
        print(finding)
    print(f"house rules: {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
