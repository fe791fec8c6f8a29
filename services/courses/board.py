"""Use case of the clinic's board: open courses with what is due in each, the most urgent first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.courses.board_repository import judge_courses
from services.courses.rules import missing_session
from services.courses.schemas import CourseView
from services.courses.service import list_by_id
from services.courses.state_rules import AHEAD, CourseState, Due, due_state
from services.kernel.work import ClinicWork
from services.scheduling import service as scheduling
from services.scheduling.course_rules import window_of
from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import STANDING

KINDS = ("open", "due", "overdue", "at_risk", "paused")


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


@dataclass(frozen=True, slots=True)
class Board:
    """Some rows of the board, whether more follow, and how many courses there are of each kind."""

    rows: list[BoardRow]
    more: bool
    counts: dict[str, int]


async def read_board(
    work: ClinicWork, name: str = "", *, shown: str = "open", page: int = 1, limit: int = 25
) -> Board:
    """Open courses of one of `KINDS`, the most urgent first, then those whose next session is the nearest.

    Only those of clients whose name holds `name`; pages count from 1. Whatever is not shown is counted all the same,
    and of what is none of `KINDS` there are no rows.
    """
    judged = await judge_courses(work, name, shown, (page - 1) * limit, limit + 1)
    rows = await rows_of(work, await list_by_id(work, judged.ids[:limit]))
    counts = {kind: int(getattr(judged, kind)) for kind in KINDS}
    return Board(rows, len(judged.ids) > limit, counts)


async def rows_of(work: ClinicWork, found: Sequence[CourseView]) -> list[BoardRow]:
    """Courses with their bookings, read in one statement for all of them."""
    groups = await scheduling.list_groups(work, [course.id for course in found])
    return [
        board_row(course, groups.get(course.id, []), work.now.astimezone(course.zone).date())
        for course in found
    ]


def board_row(course: CourseView, sessions: Sequence[BookingView], today: date) -> BoardRow:
    """A course with what is due in it on a local day."""
    ahead = [one for one in sessions if one.status in AHEAD]
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
