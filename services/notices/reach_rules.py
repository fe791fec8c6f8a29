"""Whether a person on whom a lot was used was reached by the message about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

# What cannot be sent is tried for about four hours (workers/backoff.py).
GIVEN_UP_AFTER = timedelta(hours=6)


class Reach(StrEnum):
    """What became of the message to a person: `late` is one that nobody tries any more without being asked."""

    SENT = "sent"
    WAITING = "waiting"
    REFUSED = "refused"
    LATE = "late"


NOT_REACHED = frozenset({Reach.REFUSED, Reach.LATE})


def reach_of(state: str | None, told_at: datetime, now: datetime) -> Reach:
    """By the message's state, none where it is not written yet, and when it was decided to tell the person."""
    if state == "sent":
        return Reach.SENT
    if state in {None, "queued", "inflight"}:
        return Reach.LATE if now - told_at > GIVEN_UP_AFTER else Reach.WAITING
    return Reach.REFUSED
