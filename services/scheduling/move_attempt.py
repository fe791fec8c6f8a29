"""What every attempt to take times for visits that move has in common: the locks in their order, and how it is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.kernel.work import ClinicWork
from services.scheduling.asked_moves import lock_open
from services.scheduling.availability import get_offer_as_booked
from services.scheduling.claim_repository import ClaimLost, ClaimRepository
from services.scheduling.claiming import Stale, end_stale, find_stale, tell_ended
from services.scheduling.course_rules import NoRoomInWindow
from services.scheduling.errors import SlotTaken
from services.scheduling.move_plan import Move, check_course_again, on_grid
from services.scheduling.people import tell_elsewhere
from services.scheduling.planning import Held, Wish, plan_visits, taken
from services.scheduling.repository import BookingRepository
from services.scheduling.rules import Free
from services.scheduling.schemas import BookingView


@dataclass(slots=True)
class Attempt:
    """Under the locks of all that a move could take: its visits as they are, the whole group of them by id.

    `elsewhere`: those of the people who work for another clinic too; `told`: whose time there is another by this.
    """

    work: ClinicWork
    trying: Wish
    visits: Mapping[UUID, BookingView]
    elsewhere: frozenset[UUID]
    told: set[UUID | None] = field(default_factory=set)

    async def plan(self, wish: Wish, held: Held | None = None) -> Free:
        """What the wish takes now; what was `held` for it first."""
        self.trying = wish
        (free,) = await plan_visits(self.work, wish, held)
        self.told |= self.elsewhere.intersection(wish.people([free.practitioner_id]))
        return free


@asynccontextmanager
async def attempt(work: ClinicWork, move: Move) -> AsyncIterator[Attempt]:
    """Times are planned and laid in it, or none. Raises `SlotTaken` with alternatives where one is lost."""
    claims, trying = ClaimRepository(work), None
    everyone = {worker.id for _, wish in move.wishes for worker in wish.workers}
    try:
        async with claims.attempt():
            await lock_open(work, move.booking.group_id, [one for one, _ in move.wishes])
            # Resources before the bookings' rows, as everywhere: one order, so no circle of waiting.
            await claims.lock_resources(one for _, wish in move.wishes for one in wish.resources(everyone))
            elsewhere = await claims.lock_people(
                person for _, wish in move.wishes for person in wish.people(sorted(everyone))
            )
            group = await BookingRepository(work).lock_group(move.booking.group_id)
            await check_course_again(work, move, group)
            ended = await end_stale(work, await _find_stale(work, move))
            trying = Attempt(work, move.wish, {one.id: one for one in group}, elsewhere)
            yield trying
            tell_elsewhere(work, trying.told)
    except (ClaimLost, NoRoomInWindow) as lost:
        raise await taken_of(work, move.booking, trying.trying if trying else move.wish) from lost
    await tell_ended(work, ended)


async def taken_of(work: ClinicWork, booking: BookingView, wish: Wish) -> SlotTaken:
    """The refusal with the nearest free times of the clinic's grid; where the visit is now is none of them."""
    usual = (await get_offer_as_booked(work, booking)).place.grid_minutes
    wish = replace(wish, offer=on_grid(wish.offer, usual))
    refusal = await taken(work, wish, 1)
    refusal.extra["alternatives"] = [
        one
        for one in refusal.extra["alternatives"]
        if datetime.fromisoformat(one["starts_at"]) != booking.starts_at
    ]
    return refusal


async def _find_stale(work: ClinicWork, move: Move) -> Stale:
    groups: list[UUID] = []
    holds: list[UUID] = []
    for _, wish in move.wishes:
        stale = await find_stale(work, wish)
        groups += [one for one in stale.groups if one not in {move.booking.group_id, *groups}]
        holds += [one for one in stale.holds if one not in holds]
    return Stale(groups, holds)
