"""What changed between asking for another time and the clinic's yes: nobody agreed to another place or person."""

from __future__ import annotations

from datetime import time

import pytest

from services.clinics import service as clinics
from services.clinics.schemas import NewDevice, NewLocation, NewRoom
from services.clinics.week_schemas import HoursIn, HoursSpan
from services.courses.moving import accept_move
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.scheduling.asked_moves import decline_move, find_open
from services.scheduling.errors import AskedOtherwise
from services.scheduling.schemas import BookingView
from services.treatments import service as treatments
from services.treatments.models import BookingMode
from services.treatments.schemas import TreatmentPatch
from tests.factories import World, add_practitioner, live_clinic
from tests.services.scheduling.asked import accepted, ask, later, read


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database, booking_mode=BookingMode.REQUEST)


async def refuses(database: Database, world: World, mine: BookingView) -> None:
    """A yes is refused, and a no is still possible."""
    async with database.begin(world.scope) as work:
        with pytest.raises(AskedOtherwise):
            await accept_move(work, mine.id)
    async with database.begin(world.scope) as work:
        await decline_move(work, mine.id)
        assert await find_open(work, mine.id) is None
    assert await read(database, world, mine) == mine


async def test_who_was_asked_for_has_left(database: Database, world: World) -> None:
    other = await add_practitioner(database, world)
    (mine,) = await accepted(database, world)
    who = ({world.practitioner_id, other} - {mine.practitioner_id}).pop()
    await ask(database, world, mine, await later(database, world), practitioner_id=who)
    async with database.begin(world.scope) as work:
        await practitioners.archive_practitioner(work, who)
    await refuses(database, world, mine)


async def test_it_is_given_at_another_place(database: Database, world: World) -> None:
    (mine,) = await accepted(database, world)
    await ask(database, world, mine, await later(database, world))
    async with database.begin(world.scope) as work:
        west = NewLocation(
            name="West",
            street="Palm 3",
            city="Austin",
            time_zone="America/Chicago",
            latitude=30,
            longitude=-97,
        )
        there = (await clinics.add_location(work, west)).id
        week = [HoursSpan(weekday=day, opens=time(0), closes=time(23, 59)) for day in range(7)]
        await clinics.set_location_hours(work, there, HoursIn(hours=week))
        await practitioners.follow_opening_hours(work, world.practitioner_id)
        await clinics.add_room(work, NewRoom(location_id=there, name="Room 1"))
        device = await clinics.get_device(work, world.device_id)
        fields = device.model_dump(include=set(NewDevice.model_fields)) | {"location_id": there}
        device_id = (await clinics.add_device(work, NewDevice(**fields))).id
        await treatments.update_treatment(work, world.treatment_id, TreatmentPatch(device_id=device_id))
    await refuses(database, world, mine)
