"""Use case of the clinic's board: open courses with what is due in each, the most urgent first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.courses.rules import missing_session
from services.courses.schemas import CourseView
from services.courses.service import list_open_courses
from services.courses.state_rules import CourseState, Due, due_state
from services.kernel.work import ClinicWork
from services.scheduling import service as scheduling
from services.scheduling.course_rules import window_of
from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import STANDING

_AHEAD = frozenset({"requested", "held", "confirmed", "arrived"})
_URGENCY = (Due.AT_RISK, Due.OVERDUE, Due.DUE)


@dataclass(frozen=True, slots=True)
class Missing:
    """A session of a course that is not booked, and the local days on which it should lie; a side may be open."""

    position: int
    due: Due
    from_on: date | None
    to_on: date | None


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A course on the board: its bookings by position, the one that comes next, and what is missing."""

    course: CourseView
    sessions: tuple[BookingView, ...]
    following: BookingView | None
    missing: Missing | None

    @property
    def due(self) -> Due | None:
        """What somebody should look at now; nothing while the course is paused or the time has not come."""
        if self.missing is None or self.missing.due == Due.LATER or self.course.state == CourseState.PAUSED:
            return None
        return self.missing.due


async def list_board(work: ClinicWork, name: str = "") -> list[BoardRow]:
    """Open courses, the most urgent first, then those whose next session is the nearest."""
    found = [one for one in await list_open_courses(work, name) if one.state != CourseState.STOPPED]
    rows = await rows_of(work, found)
    return sorted(rows, key=_urgency)


async def rows_of(work: ClinicWork, found: Sequence[CourseView]) -> list[BoardRow]:
    """Courses with their bookings, read in one statement for all of them."""
    groups = await scheduling.list_groups(work, [course.id for course in found])
    return [
        board_row(course, groups.get(course.id, []), work.now.astimezone(course.zone).date())
        for course in found
    ]


def board_row(course: CourseView, sessions: Sequence[BookingView], today: date) -> BoardRow:
    """A course with what is due in it on a local day."""
    ahead = [one for one in sessions if one.status in _AHEAD]
    return BoardRow(
        course=course,
        sessions=tuple(sessions),
        following=min(ahead, key=lambda one: one.starts_at, default=None),
        missing=_missing(course, sessions, today),
    )


def _missing(course: CourseView, sessions: Sequence[BookingView], today: date) -> Missing | None:
    if course.state in {CourseState.COMPLETED, CourseState.STOPPED}:
        return None
    standing = {one.position: one.local_starts_at.date() for one in sessions if one.status in STANDING}
    position = missing_session(course.sessions, standing)
    if position is None:
        return None
    from_on, to_on = window_of(position, standing, course.window)
    missed = any(one.position == position and one.status == "no_show" for one in sessions)
    return Missing(position, due_state(from_on, to_on, today, missed=missed), from_on, to_on)


def _urgency(row: BoardRow) -> tuple[int, float]:
    rank = _URGENCY.index(row.due) if row.due else len(_URGENCY)
    if row.due and row.missing and row.missing.to_on:
        return rank, row.missing.to_on.toordinal()
    return rank, row.following.starts_at.timestamp() if row.following else float("inf")
