"""What is taken back lies in a day that others have been booked into since: its limits hold then too."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

import pytest

from services.clinics import service as clinics
from services.clinics.schemas import NewDevice, NewLocation, NewRoom, TravelIn, TravelWay
from services.clinics.week_schemas import HoursIn, HoursSpan
from services.courses.booking import book
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import PractitionerPatch
from services.scheduling.booking import get_booking, mark_no_show, reschedule, undo
from services.scheduling.errors import SlotTaken
from services.scheduling.schemas import BookingView
from services.treatments import service as treatments
from services.treatments.schemas import NewTreatment
from tests.factories import World, book_one, booking_in, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.scheduling.seeing import one


async def south_of(database: Database, world: World, minutes: int) -> UUID:
    """A treatment by the same person at another location, so many minutes away."""
    async with database.begin(world.scope) as work:
        menu = await treatments.get_treatment(work, world.treatment_id)
        south = await clinics.add_location(work, NewLocation(name="South", street="Hill 2", city="Austin"))
        week = [HoursSpan(weekday=day, opens=time(9), closes=time(17)) for day in range(7)]
        await clinics.set_location_hours(work, south.id, HoursIn(hours=week))
        await clinics.add_room(work, NewRoom(location_id=south.id, name="South 1"))
        device = await clinics.add_device(
            work, NewDevice(location_id=south.id, maker="Crown", model="SkinPen", modality="pen")
        )
        await practitioners.follow_opening_hours(work, world.practitioner_id)
        way = TravelWay(location_id=south.id, other_id=world.location_id, minutes=minutes)
        await clinics.set_travel(work, TravelIn(ways=[way]))
        price = {"amount": 10000, "currency": menu.currency}
        made = await treatments.add_treatment(
            work,
            NewTreatment.model_validate(
                {
                    "name": "South facial",
                    "modality": "pen",
                    "concerns": ["acne_scars"],
                    "device_id": device.id,
                    "areas": [{"code": "face", "minutes": 15, "price": price}],
                }
            ),
        )
    return made.id


async def moved_away(database: Database, world: World) -> BookingView:
    """A visit that the clinic has just moved from the first time of a day to another day."""
    booking = await one(database, world)
    later = (await free_slots(database, world, in_days=9))[0].starts_at
    async with database.begin(world.scope) as work:
        await reschedule(work, booking.id, later, by="clinic")
    return booking


async def limit(database: Database, world: World, most: int) -> None:
    async with database.begin(world.scope) as work:
        patch = PractitionerPatch(daily_maximum=most)
        await practitioners.update_practitioner(work, world.practitioner_id, patch)


@pytest.mark.parametrize(("most", "fits"), [(1, False), (2, True)])
async def test_a_move_is_not_taken_back_into_a_day_that_is_full_by_now(
    database: Database, most: int, *, fits: bool
) -> None:
    world = await live_clinic(database)
    await limit(database, world, most)
    booking = await moved_away(database, world)
    last = (await free_slots(database, world))[-1].starts_at
    await book_one(database, world, last, email="eva@example.test")
    async with database.begin(world.scope) as work:
        if fits:
            assert (await undo(work, booking.id)).starts_at == booking.starts_at
            return
        with pytest.raises(SlotTaken, match="other visits on that day"):
            await undo(work, booking.id)
    async with database.begin(world.scope) as work:
        assert (await get_booking(work, booking.id)).starts_at != booking.starts_at


@pytest.mark.parametrize(("minutes", "fits"), [(30, False), (15, True)])
async def test_a_move_is_not_taken_back_where_its_practitioner_could_not_be_there_in_time(
    database: Database, minutes: int, *, fits: bool
) -> None:
    world = await live_clinic(database)
    treatment_id = await south_of(database, world, minutes)
    booking = await moved_away(database, world)
    async with database.begin(world.scope) as work:
        soon = booking.ends_at + timedelta(minutes=15)
        there = booking_in(world, soon, email="eva@example.test")
        await book(work, there.model_copy(update={"treatment_id": treatment_id}))
    async with database.begin(world.scope) as work:
        if fits:
            assert (await undo(work, booking.id)).starts_at == booking.starts_at
            return
        with pytest.raises(SlotTaken, match="other visits on that day"):
            await undo(work, booking.id)


async def test_a_no_show_is_not_taken_back_into_a_day_that_is_full_by_now(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    await limit(database, world, 1)
    booking = await one(database, world)
    await to(clock, booking.starts_at + timedelta(minutes=1))
    async with database.begin(world.scope) as work:
        await mark_no_show(work, booking.id)
    today = [slot.starts_at for slot in await free_slots(database, world, in_days=0)]
    await book_one(database, world, today[-1], email="eva@example.test")
    with pytest.raises(SlotTaken, match="Book another visit"):
        async with database.begin(world.scope) as work:
            await undo(work, booking.id)
    async with database.begin(world.scope) as work:
        assert (await get_booking(work, booking.id)).status == "no_show"


async def to(clock: MovableClock, at: datetime) -> None:
    await clock.advance(at - await clock.now())
