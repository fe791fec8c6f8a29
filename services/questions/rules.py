"""Decisions about questions from values alone: whose turn it is, and how long an invitation to book holds."""

from __future__ import annotations

from datetime import timedelta

WAITING, ANSWERED, CLOSED = "waiting", "answered", "closed"
PERSON, CLINIC = "person", "clinic"

INVITED_FOR = timedelta(days=14)
QUESTIONS_AN_HOUR = 10
MESSAGES_AN_HOUR = 20


def may_write(state: str) -> bool:
    """Whether either side may add to a thread of that state."""
    return state != CLOSED


def state_after(side: str) -> str:
    """Whose turn it is once a side has written: the clinic's, or nobody's."""
    return WAITING if side == PERSON else ANSWERED


def may_invite(side: str, treatment_id: object | None) -> bool:
    """Whether a message may invite to book: the clinic's, about one treatment."""
    return side == CLINIC and treatment_id is not None
