"""Decisions about visits that a clinic did not mark: until when a client may say so, and the clinic contest it."""

from __future__ import annotations

from datetime import datetime, timedelta

# A clinic has a day to note what came of a visit; then the client may (provider-marked attendance is a loophole).
CLINIC_FIRST = timedelta(hours=24)
ASSERT_WITHIN = timedelta(days=60)
CONTEST_WITHIN = timedelta(days=7)
NOT_MARKED = frozenset({"confirmed", "arrived", "no_show"})


def may_assert(status: str, ends_at: datetime, now: datetime) -> bool:
    """Whether the client may say that a visit took place which the clinic did not mark as completed."""
    return status in NOT_MARKED and ends_at + CLINIC_FIRST <= now <= ends_at + ASSERT_WITHIN


def may_contest(asserted_at: datetime, contested_at: datetime | None, now: datetime) -> bool:
    """Whether the clinic may still say that it did not: once, for a week."""
    return contested_at is None and now <= asserted_at + CONTEST_WITHIN
