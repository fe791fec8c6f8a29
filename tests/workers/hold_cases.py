"""Worlds of the actors that work on holds and on the waitlist."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from services.kernel.ids import new_id
from services.kernel.scope import ClinicScope
from services.kernel.work import Database
from services.notices import waitlist as telling
from services.scheduling import offering, waitlist
from services.scheduling.holding import find_token, hold_time
from services.scheduling.reading import get_booking
from services.scheduling.schemas import VisitWish
from services.treatments import service as treatments
from tests.factories import book_one, booking_ids, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.scheduling.waiting import by_day, offer_freed, standing, wait
from tests.workers.case import Case, Make, of


async def held_time(database: Database, clock: MovableClock) -> Case:
    """A hold whose ten minutes are over."""
    world = await live_clinic(database)
    at = (await free_slots(database, world))[0].starts_at
    async with database.begin(world.scope) as work:
        held = await hold_time(work, VisitWish(world.treatment_id, at), "192.0.2.1")
        hold_id = find_token(work, held.token)
    await clock.advance(timedelta(minutes=11))
    return of(world, hold_id=str(hold_id))


async def freed_time(database: Database, clock: MovableClock) -> Case:
    """Somebody waits, and times are free."""
    await by_day(clock)
    world = await live_clinic(database)
    await wait(database, world)
    return of(world, hold_id=new_id())


async def booked_otherwise(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    await wait(database, world, "ana")
    (booking_id,) = await booking_ids(database, world, await book_one(database, world))
    async with database.begin(world.scope) as work:
        return of(world, group_id=(await get_booking(work, booking_id)).group_id)


async def wish_over(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    wish = await wait(database, world, days=1)
    await clock.advance(timedelta(days=3))
    return of(world, wish_id=wish.id)


async def wish_off_menu(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    await wait(database, world)
    async with database.begin(world.scope) as work:
        await treatments.archive_treatment(work, world.treatment_id)
    return of(world, treatment_id=world.treatment_id)


async def unproven_wish(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    return of(world, wish_id=(await wait(database, world, proved=False)).id)


async def removed_wish(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    wish = await wait(database, world)
    async with database.begin(world.scope) as work:
        await waitlist.remove_wish(work, wish.id)
    return of(world, wish_id=wish.id)


async def offered_time(database: Database, clock: MovableClock) -> Case:
    await by_day(clock)
    world = await live_clinic(database)
    wish = await wait(database, world)
    await offer_freed(database, world)
    found = await standing(database, world, wish)
    assert found is not None
    return of(world, offer_id=found.id)


async def declined_offer(database: Database, clock: MovableClock) -> Case:
    case = await offered_time(database, clock)
    offer_id = UUID(case.ids["offer_id"])
    assert case.clinic_id is not None
    async with database.begin(ClinicScope(case.clinic_id)) as work:
        await telling.tell_offered(work, offer_id)
        await offering.decline_offer(work, (await offering.get_offered(work, offer_id)).wish_id, offer_id)
    return Case(case.clinic_id, {"hold_id": str(offer_id)})


HOLD_CASES: dict[str, Make] = {
    "expire_hold": held_time,
    "offer_freed_times": freed_time,
    "end_booked_wishes": booked_otherwise,
    "end_wish": wish_over,
    "end_wishes_off_menu": wish_off_menu,
    "ask_to_prove_wish": unproven_wish,
    "tell_of_offer": offered_time,
    "take_offer_back": declined_offer,
    "tell_waiting_is_over": removed_wish,
}
