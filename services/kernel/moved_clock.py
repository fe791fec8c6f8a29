"""Moves the clock of all processes, forward only, in demo and test mode."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert

from services.kernel.errors import InvalidFields
from services.kernel.models import ClockOffset
from services.kernel.tables import table
from services.kernel.work import PlatformWork

LONGEST_MOVE = timedelta(days=3653)
_OFFSET = table(ClockOffset)


async def move_clock_to(work: PlatformWork, now: datetime) -> datetime:
    """Sets the clock to `now`, in whole seconds rounded up, and gives the new time.

    Raises `InvalidFields` for a time that has passed, or is more than ten years away.
    """
    return await _move(work, math.ceil((now - work.now).total_seconds()), "now")


async def advance_clock(work: PlatformWork, seconds: int) -> datetime:
    """Moves the clock on and gives the new time. Raises `InvalidFields` as above."""
    return await _move(work, seconds, "advance_seconds")


async def _move(work: PlatformWork, seconds: int, field: str) -> datetime:
    if seconds < 0:
        raise InvalidFields.one(field, "backwards", "The clock only goes forward.")
    if seconds > LONGEST_MOVE.total_seconds():
        raise InvalidFields.one(field, "too-far", "The clock moves ten years at a time at most.")
    statement = insert(_OFFSET).values(id=1, seconds=seconds)
    moved = statement.on_conflict_do_update(
        index_elements=["id"], set_={"seconds": _OFFSET.c.seconds + statement.excluded.seconds}
    )
    await work.execute(moved)
    return work.now + timedelta(seconds=seconds)
