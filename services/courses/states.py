"""Use cases of a course as a whole: paused, gone on with, stopped."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.courses.course_events import COURSE_STOPPED
from services.courses.repository import CourseRepository
from services.courses.schemas import CourseView
from services.courses.service import get_course
from services.courses.state_rules import LONGEST_PAUSE, CourseState
from services.courses.state_schemas import PauseIn, StopIn
from services.kernel.errors import InvalidFields, NotFound, WrongState
from services.kernel.work import ClinicWork
from services.scheduling import booking as scheduling
from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import Step, may_step

_GOES_ON = frozenset({CourseState.PROPOSED, CourseState.ACTIVE, CourseState.PAUSED})


class CourseOver(WrongState):
    code = "course-over"
    message = "This course is over: that is not possible any more."


class NotPaused(WrongState):
    code = "not-paused"
    message = "This course is neither paused nor stopped."


async def pause_course(work: ClinicWork, course_id: UUID, given: PauseIn) -> CourseView:
    """Nobody is asked to go on until a day. Raises `NotFound`, `CourseOver`, and a field error for the day."""
    course = await _locked(work, course_id)
    if course.state not in _GOES_ON:
        raise CourseOver
    today = _today(work, course)
    if not today < given.until <= today + LONGEST_PAUSE:
        words = "Choose a day after today, within a year."
        raise InvalidFields.one("until", "out-of-range", words)
    await CourseRepository(work).change(course_id, paused_until=given.until)
    work.audit("course.pause", "course", course_id, until=given.until.isoformat())
    return await get_course(work, course_id)


async def resume_course(work: ClinicWork, course_id: UUID) -> CourseView:
    """Goes on with a paused course, or with one that the clinic stopped. Raises `NotFound`, `NotPaused`."""
    course = await _locked(work, course_id)
    if course.state != CourseState.PAUSED and course.stopped_at is None:
        raise NotPaused
    await CourseRepository(work).change(
        course_id, paused_until=None, stopped_at=None, stopped_by="", stop_reason=""
    )
    work.audit("course.resume", "course", course_id)
    return await get_course(work, course_id)


async def list_cancellable(work: ClinicWork, course_id: UUID) -> list[BookingView]:
    """The sessions of a course that stopping it can cancel, by position."""
    sessions = await scheduling.list_group(work, course_id)
    return [one for one in sessions if may_step(Step.CANCEL, one.status, "clinic")]


async def stop_course(work: ClinicWork, course_id: UUID, given: StopIn) -> CourseView:
    """Ends a course before its last session; the client hears of all cancelled sessions in one message.

    Raises `NotFound`, `CourseOver`, and a field error where sessions are booked and nothing is said of them.
    """
    course = await _locked(work, course_id)
    if course.state not in _GOES_ON:
        raise CourseOver
    booked = await list_cancellable(work, course_id)
    if booked and given.cancel_booked is None:
        words = "Say what becomes of the sessions that are booked."
        raise InvalidFields.one("cancel_booked", "missing", words)
    await CourseRepository(work).change(
        course_id,
        stopped_at=work.now,
        stopped_by=work.scope.by.label,
        stop_reason=given.reason,
        paused_until=None,
    )
    cancelled = booked if given.cancel_booked else []
    for one in cancelled:
        await scheduling.cancel(work, one.id, by="clinic", reason=given.words)
    work.audit("course.stop", "course", course_id, cancelled=len(cancelled))
    work.announce(COURSE_STOPPED(course_id=course_id))
    return await get_course(work, course_id)


async def cancelled_by_stop(work: ClinicWork, course_id: UUID) -> list[BookingView]:
    """The sessions that were cancelled when the course was stopped, by position; none once it goes on again."""
    course = await get_course(work, course_id)
    sessions = await scheduling.list_group(work, course_id)
    return [one for one in sessions if _fell_with(course, one)]


async def is_told_as_one(work: ClinicWork, booking_id: UUID) -> bool:
    """Whether the client hears of this cancellation in the message about the whole course."""
    booking = await scheduling.get_booking(work, booking_id)
    try:
        course = await get_course(work, booking.group_id)
    except NotFound:
        return False
    return _fell_with(course, booking)


def _fell_with(course: CourseView, one: BookingView) -> bool:
    return (
        course.stopped_at is not None
        and one.status == "cancelled"
        and one.cancelled_by == "clinic"
        and one.changed_at == course.stopped_at
    )


async def _locked(work: ClinicWork, course_id: UUID) -> CourseView:
    await CourseRepository(work).lock(course_id)
    return await get_course(work, course_id)


def _today(work: ClinicWork, course: CourseView) -> date:
    return work.now.astimezone(course.zone).date()
