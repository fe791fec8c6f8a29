"""Use case of the client's course page: the course, or the single visit, day by day, and what to do today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.courses import followups
from services.courses.care_rules import CareDay, Placed, care_days
from services.courses.followup_schemas import CheckInView
from services.courses.protocols import protocol_of
from services.courses.rules import missing_session
from services.courses.schemas import CourseView
from services.courses.state_rules import CourseState
from services.kernel.work import ClinicWork
from services.scheduling import service as scheduling
from services.scheduling.course_rules import window_of
from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import STANDING
from services.treatments.protocol_rules import by_days
from services.treatments.protocol_schemas import ProtocolView

_AHEAD = frozenset({"requested", "held", "confirmed", "arrived"})


@dataclass(frozen=True, slots=True)
class OpenCheckIn:
    """A check-in that waits for the client's answer, and the address at which it is answered."""

    check_in: CheckInView
    url: str


@dataclass(frozen=True, slots=True)
class NextWindow:
    """When the session that is not booked should be: local days, both included."""

    position: int
    from_on: date
    to_on: date


@dataclass(frozen=True, slots=True)
class Care:
    """What a client needs to know today. `day`: days since the session that took place last; none before the first."""

    today: date
    day: int | None
    steps: tuple[str, ...]
    later_steps: tuple[tuple[int, int, tuple[str, ...]], ...]
    open_check_ins: tuple[OpenCheckIn, ...]
    following: BookingView | None
    window: NextWindow | None
    days: tuple[CareDay, ...]
    protocol: ProtocolView


async def get_care(work: ClinicWork, sessions: Sequence[BookingView], course: CourseView | None) -> Care:
    """The care around what was booked together; `course` is none for a single visit."""
    first = sessions[0]
    protocol, today = await protocol_of(work, first), work.now.astimezone(first.zone).date()
    done = [one for one in sessions if one.status == "completed"]
    last = max(done, key=lambda one: one.starts_at, default=None)
    ahead = [one for one in sessions if one.status in _AHEAD and one.ends_at > work.now]
    window = _window(course, sessions) if course else None
    asked = await followups.list_check_ins(work, last.id) if last else []
    day = (today - last.local_starts_at.date()).days if last else None
    return Care(
        today=today,
        day=day,
        steps=tuple(protocol.steps_of_day(day)) if day is not None else (),
        later_steps=tuple(step for step in by_days(protocol.aftercare) if day is not None and step[0] > day),
        open_check_ins=await _open(work, first),
        following=min(ahead, key=lambda one: one.starts_at, default=None),
        window=window,
        days=tuple(
            care_days(
                [Placed(one.position, one.status, one.local_starts_at.date()) for one in sessions],
                check_ins={one.day: _state(one, work.now) for one in asked},
                check_in_days=protocol.check_in_days,
                photo_days=protocol.photo_days,
                review_days=protocol.result_days,
                window=(window.position, window.from_on, window.to_on) if window else None,
                is_last=course is None or course.state == CourseState.COMPLETED,
                today=today,
            )
        ),
        protocol=protocol,
    )


def care_url(work: ClinicWork, booking: BookingView) -> str:
    """The address of the page, for a message."""
    return scheduling.manage_url(work, booking).replace("?token=", "/course?token=")


def _state(one: CheckInView, now: datetime) -> str:
    if one.answered_at is not None:
        return "answered"
    return "open" if one.expires_at > now else "past"


async def _open(work: ClinicWork, first: BookingView) -> tuple[OpenCheckIn, ...]:
    waiting = await followups.list_open_check_ins(work, first.client_id)
    group = {one.id for one in await scheduling.list_group(work, first.group_id)}
    return tuple(
        [
            OpenCheckIn(one, await followups.check_in_link(work, one.id))
            for one in waiting
            if one.booking_id in group
        ]
    )


def _window(course: CourseView, sessions: Sequence[BookingView]) -> NextWindow | None:
    """The window of the session that is missing, while the course goes on."""
    if course.state in {CourseState.STOPPED, CourseState.PAUSED, CourseState.COMPLETED}:
        return None
    standing = {one.position: one.local_starts_at.date() for one in sessions if one.status in STANDING}
    position = missing_session(course.sessions, standing)
    if position is None:
        return None
    from_on, to_on = window_of(position, standing, course.window)
    span = timedelta(days=course.max_days - course.min_days)
    if from_on is None:
        from_on = to_on - span if to_on else None
    if from_on is None:
        return None
    return NextWindow(position, from_on, to_on or from_on + span)
