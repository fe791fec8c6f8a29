"""The demo world's time: begins four months ago and is moved forward to the present while the story is lived."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from services.kernel.scope import PlatformScope
from services.kernel.work import Database

_SET = text("UPDATE clock_offset SET seconds = :seconds WHERE id = 1")
_SCOPE = PlatformScope("the demo world's clock is moved")


async def set_offset(database: Database, offset: timedelta) -> None:
    """Moves the clock of all processes."""
    async with database.begin(_SCOPE) as work:
        await work.execute(_SET, {"seconds": int(offset.total_seconds())})
