"""Who was marked as not come, and comes late: arrived after all, while nobody else has the time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.courses.booking import book
from services.kernel.work import Database
from services.scheduling.booking import arrive, get_booking, mark_no_show, undo
from services.scheduling.errors import BookingOver, DayOver, SlotTaken, UndoTooLate
from services.scheduling.schemas import BookingView
from tests.factories import World, booking_in, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.scheduling.seeing import events, one, seen

CLAIMS = """
    SELECT resource_id, location_id, person_id, starts_at, ends_at FROM claim ORDER BY resource_id, starts_at
"""
LATE = timedelta(minutes=25)


async def missed(database: Database, clock: MovableClock, world: World) -> BookingView:
    """The first visit of its day, whose client was marked as not come five minutes after its start."""
    booking = await one(database, world)
    await clock.advance(booking.starts_at - await clock.now() + timedelta(minutes=5))
    async with database.begin(world.scope) as work:
        return await mark_no_show(work, booking.id)


async def test_a_late_client_has_arrived_and_the_visit_has_its_time_again(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database)
    booking = await one(database, world)
    before = await seen(superuser, CLAIMS)
    await clock.advance(booking.starts_at - await clock.now() + timedelta(minutes=5))
    async with database.begin(world.scope) as work:
        await mark_no_show(work, booking.id)
    await clock.advance(LATE)
    async with database.begin(world.scope) as work:
        with pytest.raises(UndoTooLate):
            await undo(work, booking.id)
        assert (await arrive(work, booking.id)).status == "arrived"
    assert await seen(superuser, CLAIMS) == before
    assert (await events(superuser))[-2:] == ["booking.no_show", "booking.undone"]
    audited = "SELECT detail->>'was' FROM audit_event WHERE action = 'booking.arrive'"
    assert await seen(superuser, audited) == [("no_show",)]
    async with database.begin(world.scope) as work:
        with pytest.raises(BookingOver):
            await mark_no_show(work, booking.id)
        assert (await undo(work, booking.id)).status == "confirmed"
    assert await seen(superuser, CLAIMS) == before


async def test_where_somebody_else_has_the_time_the_way_out_is_another_visit(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    slots = await free_slots(database, world)
    booking = await missed(database, clock, world)
    within = next(slot.starts_at for slot in slots if booking.starts_at < slot.starts_at < booking.ends_at)
    async with database.begin(world.scope) as work:
        await book(work, booking_in(world, within, email="ben@example.test"), by_clinic=True)
    await clock.advance(LATE)
    async with database.begin(world.scope) as work:
        with pytest.raises(SlotTaken, match="Book another visit"):
            await arrive(work, booking.id)
    async with database.begin(world.scope) as work:
        assert (await get_booking(work, booking.id)).status == "no_show"


async def test_when_the_visits_own_day_is_over_it_stays_missed(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    booking = await missed(database, clock, world)
    to_midnight = timedelta(days=1) - timedelta(hours=booking.local_starts_at.hour)
    await clock.advance(to_midnight)
    async with database.begin(world.scope) as work:
        with pytest.raises(DayOver):
            await arrive(work, booking.id)
        assert (await get_booking(work, booking.id)).status == "no_show"
