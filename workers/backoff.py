"""When a failed delivery is tried again: doubling pauses with jitter, an hour at most, and an end."""

from __future__ import annotations

from datetime import timedelta

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(hours=1)
ATTEMPTS = 15
JITTER = 0.25


def pause_after(attempts: int, chance: float) -> timedelta | None:
    """The pause after that many failed tries, or nothing when they were the last (after about four hours).

    `chance` is a number from 0 up to 1; it spreads the pause by a quarter up or down.
    """
    if attempts >= ATTEMPTS:
        return None
    doubled: timedelta = FIRST_PAUSE * 2 ** (attempts - 1)
    return min(doubled, LONGEST_PAUSE) * (1 - JITTER + 2 * JITTER * chance)
