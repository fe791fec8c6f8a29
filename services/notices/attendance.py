"""Use case: the clinic hears that a client says they were there, and the client gets the way to a review."""

from __future__ import annotations

from uuid import UUID

from services.kernel.language import DEFAULT, speaking
from services.kernel.work import ClinicWork
from services.notices import service as notices
from services.notices.messages import attendance as messages
from services.reviews import attendance
from services.scheduling import service as scheduling


async def tell_of_assertion(work: ClinicWork, booking_id: UUID) -> None:
    """To the clinic, once; nothing where it has completed the visit since."""
    booking = await scheduling.get_booking(work, booking_id)
    claim = await attendance.find_claim(work, booking_id)
    if claim is not None and booking.status != "completed":
        await notices.queue(work, messages.asserted(booking, claim, work.tools.base_url))


async def tell_of_judgement(work: ClinicWork, booking_id: UUID, *, stands: bool, message: str) -> None:
    """To both sides, once."""
    booking = await scheduling.get_booking(work, booking_id)
    for to_client in (True, False):
        with speaking(booking.client_language if to_client else DEFAULT):
            told = messages.judged(booking, stands=stands, message=message, to_client=to_client)
        await notices.queue(work, told)
