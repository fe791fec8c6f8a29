"""People who wait, for tests of the waitlist."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.kernel.work import Database
from services.scheduling import offering, waitlist
from services.scheduling.waitlist_schemas import NewWish, OfferView, WishView
from tests.factories import World, book_one, booking_ids, free_slots
from tests.fixtures import MovableClock


async def wait(
    database: Database, world: World, name: str = "cy", *, days: int = 20, proved: bool = True, **more: Any
) -> WishView:
    """A wish for some days from today on; its link opened."""
    async with database.begin(world.scope) as work:
        last_on = work.now.date() + timedelta(days=days)
        new = NewWish(name=name.title(), email=f"{name}@example.test", last_on=last_on, **more)
        wish = await waitlist.join_waitlist(work, world.treatment_id, new, address="192.0.2.1")
    if proved:
        async with database.begin(world.scope) as work:
            return await waitlist.prove_wish(work, wish.id)
    return wish


async def offer_freed(database: Database, world: World) -> int:
    async with database.begin(world.scope) as work:
        return await offering.offer_freed_times(work)


async def standing(database: Database, world: World, wish: WishView) -> OfferView | None:
    async with database.begin(world.scope) as work:
        return await offering.find_standing(work, wish.id)


async def find(database: Database, world: World, wish: WishView) -> WishView:
    async with database.begin(world.scope) as work:
        return await waitlist.get_wish(work, wish.id)


async def by_day(clock: MovableClock, hour: int = 17) -> None:
    """Moves on to an hour at which people are awake; 17 in UTC is late morning at the clinic."""
    now = await clock.now()
    then = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    await clock.advance((then if then > now else then + timedelta(days=1)) - now)


async def fill(database: Database, world: World, *, in_days: int = 3) -> list[tuple[UUID, datetime]]:
    """Books a whole day; gives the bookings with their starts."""
    booked = []
    while slots := await free_slots(database, world, in_days=in_days):
        made = await book_one(database, world, slots[0].starts_at, email="full@example.test")
        booked.append(((await booking_ids(database, world, made))[0], slots[0].starts_at))
    return booked
