"""Rules of a booking's life: which step is allowed from which status, by whom, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Literal

By = Literal["client", "clinic", "job"]

ANSWER_WITHIN = timedelta(hours=48)
GRACE = timedelta(hours=1)
ON_REQUEST = "request"
UNDO_WITHIN = timedelta(minutes=10)


class Step(StrEnum):
    """What can be done to a booking."""

    ACCEPT = "accept"
    DECLINE = "decline"
    EXPIRE = "expire"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    ARRIVE = "arrive"
    COMPLETE = "complete"
    NO_SHOW = "no_show"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Transition:
    """From which statuses a step leads where (none: the status stays), and who may take it."""

    sources: frozenset[str]
    target: str | None
    by: frozenset[str]


_CLINIC, _JOB, _EITHER = frozenset({"clinic"}), frozenset({"job"}), frozenset({"client", "clinic"})
TRANSITIONS: dict[Step, Transition] = {
    Step.ACCEPT: Transition(frozenset({"requested"}), "confirmed", _CLINIC),
    Step.DECLINE: Transition(frozenset({"requested"}), "declined", _CLINIC),
    Step.EXPIRE: Transition(frozenset({"requested", "held"}), "expired", _JOB),
    Step.CANCEL: Transition(frozenset({"requested", "held", "confirmed"}), "cancelled", _EITHER),
    Step.RESCHEDULE: Transition(frozenset({"requested", "confirmed"}), None, _EITHER),
    Step.ARRIVE: Transition(frozenset({"confirmed", "no_show"}), "arrived", _CLINIC),
    Step.COMPLETE: Transition(frozenset({"confirmed", "arrived"}), "completed", _CLINIC),
    Step.NO_SHOW: Transition(frozenset({"confirmed"}), "no_show", _CLINIC),
    Step.UNDO: Transition(frozenset({"arrived", "no_show"}), "confirmed", _CLINIC),
}
STANDING = frozenset({"requested", "held", "confirmed", "arrived", "completed"})
HOLDING = frozenset({"requested", "held", "confirmed", "arrived", "completed", "no_show"})


def may_step(step: Step, status: str, by: By) -> bool:
    """Whether the step leads anywhere from this status, for this party."""
    transition = TRANSITIONS[step]
    return status in transition.sources and by in transition.by


def has_come(step: Step, status: str, now: datetime, *, starts_at: datetime, zone: tzinfo) -> bool:
    """Whether the time for a step has come: arriving from the visit's own day on, its outcome from its start on.

    Who was marked as not come arrives after all on that day alone.
    """
    if step is Step.ARRIVE:
        today, day = now.astimezone(zone).date(), starts_at.astimezone(zone).date()
        return today == day or (today > day and status != "no_show")
    return step not in {Step.COMPLETE, Step.NO_SHOW} or now >= starts_at


def is_too_late(
    by: By, status: str, now: datetime, *, starts_at: datetime, created_at: datetime, cancellation_hours: int
) -> bool:
    """Whether a client can no longer cancel or move by themselves.

    A confirmed visit closes for changes `cancellation_hours` before its start, but not within an hour of being
    booked; a request that waits for its answer may be withdrawn until the visit would begin. The clinic always may.
    """
    if by != "client":
        return False
    if now >= starts_at:
        return True
    if status == "requested" or now < created_at + GRACE:
        return False
    return now > starts_at - timedelta(hours=cancellation_hours)


def is_late(status: str, now: datetime, *, starts_at: datetime, late_minutes: int) -> bool:
    """Whether a client who is expected has not come by the clinic's own measure of lateness."""
    return status == "confirmed" and now >= starts_at + timedelta(minutes=late_minutes)


def may_undo(status: str, now: datetime, *, changed_at: datetime) -> bool:
    """Whether an arrival or a no-show can still be taken back: ten minutes, for a slip of the finger."""
    return may_step(Step.UNDO, status, "clinic") and now <= changed_at + UNDO_WITHIN


def may_move_back(status: str, now: datetime, *, moved_at: datetime) -> bool:
    """Whether a visit that the clinic moved can still be put back where it was: as long as a slip can be undone."""
    return may_step(Step.RESCHEDULE, status, "clinic") and now <= moved_at + UNDO_WITHIN


def answer_by(now: datetime, starts_at: datetime) -> datetime:
    """Until when the clinic may answer a request: 48 hours, or the visit's start where that is sooner."""
    return min(now + ANSWER_WITHIN, starts_at)


def asks_clinic(by: By, status: str, booking_mode: str) -> bool:
    """Whether a move asks the clinic first: a client's, of a visit that it accepted of what is booked on request.

    A request that waits is a request at its new time, too; what is asked about first was agreed to for any time.
    """
    return by == "client" and status == "confirmed" and booking_mode == ON_REQUEST


def answer_move_by(now: datetime, starts: Iterable[datetime]) -> datetime:
    """Until when the clinic may answer a client who asks for another time: as a request.

    And never once one of the visits has begun, be it where it is or where it would be (`starts`).
    """
    return min(answer_by(now, starts_at) for starts_at in starts)
