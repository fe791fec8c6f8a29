"""Rules of courses: how a price is split over sessions, and where a course stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal

BOOKED, IN_PROGRESS, COMPLETED, CANCELLED = "booked", "in_progress", "completed", "cancelled"
_OPEN = frozenset({"requested", "held", "confirmed", "arrived"})


def split_price(total: int, sessions: int) -> tuple[int, ...]:
    """A course's price over its sessions in whole minor units: their sum is the price, the first pay the odd units."""
    each, odd = divmod(total, sessions)
    return tuple(each + 1 if position < odd else each for position in range(sessions))


def is_beyond_label(depth_mm: Decimal, deepest_mm: Decimal | None) -> bool:
    """Whether needles went deeper than the device's label says; where the label is not known, nothing is said."""
    return deepest_mm is not None and depth_mm > deepest_mm


def missing_session(total: int, standing: Collection[int]) -> int | None:
    """The position of the first planned session that neither took place nor is to come, or nothing."""
    return next((position for position in range(1, total + 1) if position not in standing), None)


def course_status(statuses: Iterable[str]) -> str:
    """Where a course stands by its sessions' statuses.

    It is completed when no session is to come and at least one took place, and cancelled when none did.
    """
    known = list(statuses)
    done = "completed" in known
    if any(status in _OPEN for status in known):
        return IN_PROGRESS if done or "arrived" in known else BOOKED
    return COMPLETED if done else CANCELLED


def placed_sessions(placed: Iterable[str]) -> list[tuple[int, str]]:
    """Positions and statuses of a course's bookings, from `2:confirmed` and the like."""
    return [(int(position), status) for position, _, status in (one.partition(":") for one in placed)]
