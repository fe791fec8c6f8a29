"""Rules of where a course stands, of what is due next, and of when somebody should look at it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

LONGEST_PAUSE = timedelta(days=366)
# How long after its window a session that is not booked puts the whole course at risk.
AT_RISK_AFTER = timedelta(days=14)
_ASKED = frozenset({"requested", "held"})
_EXPECTED = frozenset({"confirmed", "arrived"})
AHEAD = _ASKED | _EXPECTED

STOP_REASONS = (
    "client_wish",
    "result_reached",
    "health",
    "reaction",
    "moved_away",
    "not_reached",
    "other",
)


class CourseState(StrEnum):
    """Where a course stands for the people in it; `status` says where its bookings stand."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    STOPPED = "stopped"


class Due(StrEnum):
    """Whether the session that is not booked should be by now."""

    LATER = "later"
    DUE = "due"
    OVERDUE = "overdue"
    AT_RISK = "at_risk"


def course_state(
    total: int,
    sessions: Iterable[tuple[int, str]],
    *,
    stopped: bool,
    paused_until: date | None,
    today: date,
) -> CourseState:
    """Where a course of so many sessions stands, by positions and statuses of its bookings.

    `paused_until` is the day on which it goes on by itself. A session that fell away leaves the course active: it is
    due. One of which nothing took place and nothing is to come is over.
    """
    known = list(sessions)
    done = {position for position, status in known if status == "completed"}
    ahead = {status for _, status in known if status in AHEAD}
    if stopped or not (done or ahead):
        return CourseState.STOPPED
    if len(done) >= total:
        return CourseState.COMPLETED
    if paused_until is not None and today < paused_until:
        return CourseState.PAUSED
    return CourseState.PROPOSED if not done and ahead <= _ASKED else CourseState.ACTIVE


def due_state(from_on: date | None, to_on: date | None, today: date, *, missed: bool) -> Due:
    """Where a session stands that is not booked, by the days on which it should lie; a side may be open.

    `missed`: the client did not come to it.
    """
    if from_on is not None and today < from_on:
        return Due.LATER
    if missed or (to_on is not None and today > to_on + AT_RISK_AFTER):
        return Due.AT_RISK
    return Due.OVERDUE if to_on is not None and today > to_on else Due.DUE
