"""Use case: the clinic hears that a client says they were there, and the client gets the way to a review."""

from __future__ import annotations

from uuid import UUID

from services.kernel.language import speaking
from services.kernel.work import ClinicWork
from services.notices import service as notices
from services.notices.messages import attendance as messages
from services.notices.schemas import Message
from services.notices.team import tell_address
from services.reviews import attendance
from services.scheduling import service as scheduling


async def tell_of_assertion(work: ClinicWork, booking_id: UUID) -> None:
    """To the clinic, once; nothing where it has completed the visit since."""
    booking = await scheduling.get_booking(work, booking_id)
    claim = await attendance.find_claim(work, booking_id)
    if claim is not None and booking.status != "completed":
        base_url = work.tools.base_url
        await tell_address(work, booking.clinic_email, lambda: messages.asserted(booking, claim, base_url))


async def tell_of_judgement(work: ClinicWork, booking_id: UUID, *, stands: bool, message: str) -> None:
    """To both sides, once."""
    booking = await scheduling.get_booking(work, booking_id)

    def write(*, to_client: bool) -> Message:
        return messages.judged(booking, stands=stands, message=message, to_client=to_client)

    with speaking(booking.client_language):
        told = write(to_client=True)
    await notices.queue(work, told)
    await tell_address(work, booking.clinic_email, lambda: write(to_client=False))
