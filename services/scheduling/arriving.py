"""The client is there: on their day, late, or after they were marked as not come."""

from __future__ import annotations

from uuid import UUID

from services.kernel.work import ClinicWork
from services.scheduling import events
from services.scheduling.changes import check_come, take_step
from services.scheduling.errors import SlotTaken, UndoTooLate
from services.scheduling.models import BookingStatus
from services.scheduling.reading import get_booking
from services.scheduling.repository import BookingRepository
from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import Step
from services.scheduling.undoing import TIME_GONE, take_again
from services.screening import consents
from services.screening.models import Purpose


async def arrive(work: ClinicWork, booking_id: UUID) -> BookingView:
    """The client is there; on the visit's own day also one who was marked as not come, while its time is free still.

    Raises `NotToday` before the visit's day, `ConsentWithdrawn` where they took it back, and of who was marked as not
    come `DayOver` after it, and `SlotTaken` where somebody else has the time by now.
    """
    booking = await get_booking(work, booking_id)
    await consents.require_not_withdrawn(work, booking.client_id, Purpose.TREATMENT)
    if booking.status == BookingStatus.NO_SHOW:
        return await _arrive_after_all(work, booking)
    return await take_step(work, booking_id, Step.ARRIVE)


async def _arrive_after_all(work: ClinicWork, missed: BookingView) -> BookingView:
    check_come(work, missed, Step.ARRIVE)
    try:
        await take_again(work, missed, lambda: take_step(work, missed.id, Step.ARRIVE))
    except UndoTooLate as lost:
        raise SlotTaken(TIME_GONE) from lost
    await BookingRepository(work).update([missed.id], "clinic", given_back=None)
    work.announce(events.BOOKING_UNDONE(booking_id=missed.id))
    return await get_booking(work, missed.id)
