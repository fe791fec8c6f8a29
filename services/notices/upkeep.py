"""Use cases of messages that are not about a visit (marketing): with the client's word alone."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from services.clients import service as clients
from services.clinics import service as clinics
from services.clinics.models import ClinicStatus
from services.courses import service as courses
from services.courses.schemas import CourseView
from services.kernel.errors import NotFound
from services.kernel.language import page_address, speaking
from services.kernel.timers import set_timer
from services.kernel.work import ClinicWork
from services.notices import service as notices
from services.notices.events import UPKEEP_DUE
from services.notices.messages import upkeep as messages
from services.notices.unsubscribing import unsubscribe_url
from services.scheduling import service as scheduling
from services.treatments import service as treatments

# A result is at its best three to six months after the last session (DOMAIN: the course).
AFTER_COURSE = timedelta(days=182)


async def plan_upkeep(work: ClinicWork, booking_id: UUID) -> None:
    """Sets the time at which a course that is over by this visit is thought of again. Raises `NotFound`."""
    booking = await scheduling.get_booking(work, booking_id)
    course = await courses.find_course(work, booking.group_id)
    if course is not None and course.status == "completed":
        set_timer(work, UPKEEP_DUE(course_id=course.id), course.id, booking.ends_at + AFTER_COURSE)


async def find_due(work: ClinicWork, course_id: UUID) -> CourseView | None:
    """A course that is over, of a clinic that can be booked, whose client has booked nothing since."""
    course = await courses.find_course(work, course_id)
    live = (await clinics.get_clinic(work)).status == ClinicStatus.LIVE
    if course is None or course.status != "completed" or not live:
        return None
    visits = await scheduling.list_visits(work, course.client_id)
    last = max((one.starts_at for one in visits if one.group_id == course_id), default=work.now)
    back = any(
        one.starts_at > last and one.status in {"requested", "confirmed", "completed"} for one in visits
    )
    return None if back else course


async def suggest_upkeep(work: ClinicWork, course_id: UUID) -> None:
    """Half a year after a course, where it is due, and the client has said yes (`notices.queue`)."""
    course = await find_due(work, course_id)
    if course is None:
        return
    clinic = await clinics.get_clinic(work)
    client = await clients.get_client(work, course.client_id)
    path = f"/c/{clinic.slug}{await _booking_path(work, course.treatment_id)}"
    with speaking(client.language):
        stop = unsubscribe_url(work, work.scope.clinic_id, client.id)
        book = page_address(work.tools.base_url, path)
        message = messages.upkeep(clinic, client, course_id, book, stop)
    await notices.queue(work, message)


async def _booking_path(work: ClinicWork, treatment_id: UUID) -> str:
    """Where the treatment is booked; the clinic's page where it is no longer on the menu."""
    try:
        return f"/book/{(await treatments.get_treatment(work, treatment_id)).id}"
    except NotFound:
        return ""
