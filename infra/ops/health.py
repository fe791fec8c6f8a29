"""`python -m infra.ops.health`: whether this process's servers answer; for the health checks of containers."""

from __future__ import annotations

import sys

from infra.ops.connections import ask_redis, require_database
from infra.ops.environment import fail, read_settings
from infra.ops.problem import Problem


def main() -> int:
    """0 when PostgreSQL and Redis answer."""
    try:
        settings = read_settings()
        require_database(settings.database_url or "")
        ask_redis(settings.redis_url or "")
    except Problem as problem:
        return fail(problem)
    return 0


if __name__ == "__main__":
    sys.exit(main())
