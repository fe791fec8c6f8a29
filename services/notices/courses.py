"""Use case: the client hears once of all that falls away with a course that was stopped."""

from __future__ import annotations

from uuid import UUID

from services.courses import states
from services.courses.service import get_course
from services.kernel.work import ClinicWork
from services.notices import bookings
from services.notices import service as notices
from services.notices.messages import course as messages


async def tell_stopped(work: ClinicWork, course_id: UUID) -> None:
    """One message about all cancelled sessions; none where nothing was cancelled."""
    course = await get_course(work, course_id)
    cancelled = await states.cancelled_by_stop(work, course_id)
    if not cancelled or course.stopped_at is None:
        return
    visits = await bookings.visits(work, cancelled, calendar=True)
    await notices.queue(work, messages.stopped(visits, course_id, course.stopped_at))
