"""Use cases: client and team hear that another time is asked for, and the client how it ended where it is refused.

A yes is a new time, and is told as one (`changes`). Each reads the state again before it speaks.
"""

from __future__ import annotations

from uuid import UUID

from services.kernel.work import ClinicWork
from services.notices import bookings
from services.notices import service as notices
from services.notices.messages import asked_moves as messages
from services.notices.messages.booking import Visits
from services.notices.messages.booking_team import Hearer
from services.notices.schemas import Message
from services.scheduling import asked_moves
from services.scheduling import service as scheduling

REFUSED = frozenset({"declined", "expired"})


async def tell_asked(work: ClinicWork, move_id: UUID) -> None:
    """It waits for the clinic; nothing is said where it does not any more. Raises `NotFound`."""
    asked = await asked_moves.get_asked(work, move_id)
    found = await asked_moves.find_open(work, asked.booking_id)
    if found is None or found.id != move_id:
        return
    together = await scheduling.list_by_id(work, found.times)
    told = await bookings.visits(work, sorted(together, key=lambda one: one.position))

    def to_team(visits: Visits, hearer: Hearer) -> Message:
        return messages.needs_answer(visits, hearer, found)

    await notices.queue(work, messages.move_asked(told, found))
    await bookings.tell_team(work, told, to_team)


async def tell_refused(work: ClinicWork, move_id: UUID) -> None:
    """The clinic said no, or nothing; nothing is said where the visit is not going to be any more, or has moved."""
    asked = await asked_moves.get_asked(work, move_id)
    booking = await scheduling.get_booking(work, asked.booking_id)
    if asked.answer in REFUSED and booking.status == "confirmed":
        await notices.queue(work, messages.move_refused(await bookings.visits(work, [booking]), asked))
