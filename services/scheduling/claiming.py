"""What laying claims has in common for new visits and for moved ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row

from services.kernel.ids import new_id
from services.kernel.timers import cancel_timers
from services.kernel.work import ClinicWork
from services.scheduling import events
from services.scheduling.availability import Offer
from services.scheduling.board_rules import spans_of
from services.scheduling.claim_repository import ClaimRepository
from services.scheduling.hold_repository import HoldRepository
from services.scheduling.people import tell_elsewhere
from services.scheduling.planning import Wish
from services.scheduling.repository import BookingRepository
from services.scheduling.rules import Free
from services.scheduling.schemas import BookingView


@dataclass(frozen=True, slots=True)
class Stale:
    """What is over and still has claims in the way: groups of requests, and holds."""

    groups: Sequence[UUID] = ()
    holds: Sequence[UUID] = ()

    def __bool__(self) -> bool:
        return bool(self.groups or self.holds)


@dataclass(frozen=True, slots=True)
class Ended:
    """What was ended for somebody else's sake: (booking, group) pairs, and holds."""

    bookings: Sequence[tuple[UUID, UUID]] = ()
    holds: Sequence[UUID] = ()


async def find_stale(work: ClinicWork, wish: Wish) -> Stale:
    """What is over and in the way of the wish; of a course to the end of its last day."""
    later = wish.last_on - wish.first_on
    until = wish.starts_at + wish.offer.shape.length + (later + timedelta(days=1) if later else later)
    resources = wish.resources(worker.id for worker in wish.workers)
    return await find_stale_between(work, resources, wish.starts_at, until)


async def find_stale_between(
    work: ClinicWork, resources: Iterable[UUID], since: datetime, until: datetime
) -> Stale:
    """What is over and has claims on the resources between two instants."""
    wanted = list(resources)
    groups = await BookingRepository(work).find_stale(wanted, since, until)
    return Stale(groups, await HoldRepository(work).find_over(wanted, since, until))


async def end_stale(work: ClinicWork, stale: Stale) -> Ended:
    """Ends what nobody else is working on. `tell_ended` says so, once the time is taken."""
    bookings = await BookingRepository(work).expire_stale(stale.groups) if stale.groups else []
    if bookings:
        await drop_claims(work, [booking_id for booking_id, _ in bookings])
    holds = await HoldRepository(work).drop_over(stale.holds) if stale.holds else []
    tell_elsewhere(work, (row.person_elsewhere for row in holds))
    return Ended(bookings, [row.id for row in holds])


async def drop_claims(work: ClinicWork, booking_ids: Collection[UUID]) -> list[Row[Any]]:
    """Gives back what the bookings hold; gives the claims."""
    dropped = await ClaimRepository(work).drop_claims(booking_ids)
    tell_elsewhere(work, (row.person_elsewhere for row in dropped))
    return dropped


async def drop_hold(work: ClinicWork, hold_id: UUID) -> Row[Any] | None:
    """Gives a hold's time back; what it held, or nothing where it is gone. What follows: `tell_hold_ended`."""
    dropped = await HoldRepository(work).drop(hold_id)
    if dropped is not None:
        tell_elsewhere(work, [dropped.person_elsewhere])
    return dropped


async def tell_ended(work: ClinicWork, ended: Ended) -> None:
    """What follows: no timers, audit, one announcement a group and one a hold."""
    told: set[UUID] = set()
    for booking_id, group_id in ended.bookings:
        await cancel_timers(work, booking_id)
        work.audit("booking.expire", "booking", booking_id)
        if group_id not in told:
            told.add(group_id)
            work.announce(events.BOOKING_EXPIRED(booking_id=booking_id))
    for hold_id in ended.holds:
        await tell_hold_ended(work, hold_id, "expire")


async def tell_hold_ended(work: ClinicWork, hold_id: UUID, how: str) -> None:
    """A hold's time is free again: no timer, audit, announcement."""
    await cancel_timers(work, hold_id)
    work.audit(f"hold.{how}", "hold", hold_id)
    work.announce(events.HOLD_ENDED(hold_id=hold_id))


def given_back(dropped: Iterable[Row[Any]], booking_id: UUID) -> list[dict[str, Any]]:
    """The claims that a booking gave back, as it keeps them."""
    return [
        {
            "resource_id": str(row.resource_id),
            "location_id": str(row.location_id) if row.location_id else None,
            "person_id": str(row.person_id) if row.person_id else None,
            "starts_at": row.starts_at.isoformat(),
            "ends_at": row.ends_at.isoformat(),
        }
        for row in dropped
        if row.booking_id == booking_id
    ]


def claims_again(booking: BookingView) -> list[dict[str, Any]]:
    """The claims that it gave back, to be laid again as they were, whatever the menu says by now."""
    return [
        {
            "id": new_id(),
            "booking_id": booking.id,
            "resource_id": UUID(kept["resource_id"]),
            "location_id": UUID(kept["location_id"]) if kept["location_id"] else None,
            "person_id": UUID(kept["person_id"]) if kept["person_id"] else None,
            "starts_at": datetime.fromisoformat(kept["starts_at"]),
            "ends_at": datetime.fromisoformat(kept["ends_at"]),
        }
        for kept in booking.given_back or ()
    ]


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


def claims_of(
    owner_id: UUID, free: Free, offer: Offer, owner: Literal["booking_id", "hold_id"] = "booking_id"
) -> list[dict[str, Any]]:
    """The claims of a visit or a hold; a practitioner's say where they are then, and as whom they sign in."""
    people = {worker.id: worker.person_id for worker in offer.facts.workers}
    return [
        {
            "id": new_id(),
            owner: owner_id,
            "resource_id": resource_id,
            "location_id": offer.location_id if resource_id == free.practitioner_id else None,
            "person_id": people.get(resource_id),
            "starts_at": span.starts_at,
            "ends_at": span.ends_at,
        }
        for resource_id, span in spans_of(free, offer.shape)
    ]
