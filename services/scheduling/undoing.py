"""Taking back what was noted by mistake: an arrival, or that somebody did not come."""

from __future__ import annotations

from uuid import UUID

from services.kernel.errors import NotFound
from services.kernel.work import ClinicWork
from services.scheduling import events
from services.scheduling.availability import get_offer
from services.scheduling.claiming import claims_of
from services.scheduling.errors import BookingOver, SlotTaken, UndoTooLate
from services.scheduling.models import BookingStatus, ResourceKind
from services.scheduling.reading import get_booking
from services.scheduling.reminders import set_reminder
from services.scheduling.repository import BookingRepository, ClaimLost
from services.scheduling.rules import Free
from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import TRANSITIONS, Step, may_step, may_undo

TIME_GONE = "Its time was given back, and somebody else has it now. Book another visit."


async def undo(work: ClinicWork, booking_id: UUID) -> BookingView:
    """The visit is confirmed again, as before.

    A no-show gave its time back, so it is taken again. Raises `BookingOver` in any other state, `UndoTooLate` after
    ten minutes, and `SlotTaken` where somebody else has the time by now.
    """
    seen = await get_booking(work, booking_id)
    _check(work, seen)
    if seen.status == BookingStatus.NO_SHOW:
        await _take_again(work, seen)
    else:
        await _confirm_again(work, booking_id)
    confirmed = await get_booking(work, booking_id)
    await set_reminder(work, confirmed)
    work.audit("booking.undo", "booking", booking_id, was=seen.status)
    work.announce(events.BOOKING_UNDONE(booking_id=booking_id))
    return confirmed


async def _take_again(work: ClinicWork, booking: BookingView) -> None:
    bookings = BookingRepository(work)
    offer = await get_offer(work, booking.treatment_id, None, booking.area, by_clinic=True, archived=True)
    held = Free(
        booking.starts_at,
        booking.practitioner_id,
        booking.room_id,
        booking.device_id,
        booking.numbing_room_id,
    )
    kinds: dict[UUID, str] = {
        booking.practitioner_id: ResourceKind.PRACTITIONER,
        booking.room_id: ResourceKind.ROOM,
        booking.device_id: ResourceKind.DEVICE,
    }
    if booking.numbing_room_id:
        kinds[booking.numbing_room_id] = ResourceKind.ROOM
    try:
        async with bookings.attempt():
            await bookings.lock_resources(kinds)
            people = [one.person_id for one in offer.facts.workers if one.id == booking.practitioner_id]
            await bookings.lock_people([person for person in people if person])
            await _confirm_again(work, booking.id)
            await bookings.add_claims(claims_of(booking.id, held, offer))
    except ClaimLost as lost:
        raise SlotTaken(TIME_GONE) from lost


async def _confirm_again(work: ClinicWork, booking_id: UUID) -> None:
    bookings = BookingRepository(work)
    locked = await bookings.lock(booking_id)
    if locked is None:
        raise NotFound
    _check(work, locked)
    await bookings.update([booking_id], "clinic", status=TRANSITIONS[Step.UNDO].target)


def _check(work: ClinicWork, booking: BookingView) -> None:
    if not may_step(Step.UNDO, booking.status, "clinic"):
        raise BookingOver(booking_status=booking.status)
    if not may_undo(booking.status, work.now, changed_at=booking.changed_at):
        raise UndoTooLate
