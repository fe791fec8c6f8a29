"""What laying claims has in common for new visits and for moved ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.kernel.ids import new_id
from services.kernel.timers import cancel_timers
from services.kernel.work import ClinicWork
from services.scheduling import events
from services.scheduling.availability import Offer
from services.scheduling.board_rules import spans_of
from services.scheduling.planning import Wish
from services.scheduling.repository import BookingRepository
from services.scheduling.rules import Free


async def find_stale(bookings: BookingRepository, wish: Wish) -> list[UUID]:
    days = wish.last_on - wish.first_on
    until = wish.starts_at + wish.offer.shape.length + days
    return await bookings.find_stale(
        wish.kinds([worker.id for worker in wish.workers]), wish.starts_at, until
    )


async def tell_expired(work: ClinicWork, expired: Sequence[tuple[UUID, UUID]]) -> None:
    """What follows from expired (booking, group) pairs: no timers, audit, one announcement a group."""
    told: set[UUID] = set()
    for booking_id, group_id in expired:
        await cancel_timers(work, booking_id)
        work.audit("booking.expire", "booking", booking_id)
        if group_id not in told:
            told.add(group_id)
            work.announce(events.BOOKING_EXPIRED(booking_id=booking_id))


def times_of(free: Free, offer: Offer) -> dict[str, Any]:
    return {
        "practitioner_id": free.practitioner_id,
        "room_id": free.room_id,
        "numbing_room_id": free.numbing_room_id,
        "device_id": free.device_id,
        "location_id": offer.location_id,
        "starts_at": free.starts_at,
        "ends_at": free.starts_at + offer.shape.length,
    }


def claims_of(booking_id: UUID, free: Free, offer: Offer) -> list[dict[str, Any]]:
    """The claims of a visit; the practitioner's say where they are then, and who they are where they sign in."""
    people = {worker.id: worker.person_id for worker in offer.facts.workers}
    return [
        {
            "id": new_id(),
            "booking_id": booking_id,
            "resource_id": resource_id,
            "location_id": offer.location_id if resource_id == free.practitioner_id else None,
            "person_id": people.get(resource_id),
            "starts_at": span.starts_at,
            "ends_at": span.ends_at,
        }
        for resource_id, span in spans_of(free, offer.shape)
    ]
