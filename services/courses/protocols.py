"""Which protocol a visit goes by: the version that was in force when it, or its course, was booked."""

from __future__ import annotations

from services.courses.repository import CourseRepository
from services.kernel.work import ClinicWork
from services.scheduling.schemas import BookingView
from services.treatments import service as treatments
from services.treatments.protocol_schemas import ProtocolView


async def protocol_of(work: ClinicWork, booking: BookingView) -> ProtocolView:
    """The protocol of a visit. A session that was booked later goes by that of its course."""
    begun_at = await CourseRepository(work).begun_at(booking.group_id)
    treatment = await treatments.get_treatment(work, booking.treatment_id, archived=True)
    return await treatments.get_protocol(work, treatment, begun_at or booking.created_at)
