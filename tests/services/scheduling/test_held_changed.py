"""What a clinic changes while a time is held: the visit is booked at that time with what there is by then."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.clinics import service as clinics
from services.clinics.models import RoomKind
from services.clinics.schemas import NewDevice, NewRoom
from services.courses.booking import book
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.scheduling.booking import get_booking
from services.scheduling.holding import hold_time
from services.scheduling.schemas import BookingView, HeldTime, VisitWish
from services.treatments import service as treatments
from services.treatments.models import DeviceChoice, NumbingIn
from services.treatments.schemas import AreaIn, MoneyIn, PhasesPatch, TreatmentPatch
from tests.factories import World, add_practitioner, booking_ids, booking_in, free_slots, live_clinic
from tests.services.scheduling.seeing import one


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database)


async def change(database: Database, world: World, **fields: Any) -> None:
    async with database.begin(world.scope) as work:
        await treatments.update_treatment(work, world.treatment_id, TreatmentPatch(**fields))


async def add_room(database: Database, world: World, name: str, **more: Any) -> UUID:
    async with database.begin(world.scope) as work:
        new = NewRoom.model_validate({"location_id": world.location_id, "name": name, **more})
        return (await clinics.add_room(work, new)).id


async def add_twin(database: Database, world: World) -> UUID:
    """Another device of the same maker and model."""
    async with database.begin(world.scope) as work:
        device = await clinics.get_device(work, world.device_id)
        new = NewDevice(**device.model_dump(include=set(NewDevice.model_fields)))
        return (await clinics.add_device(work, new)).id


async def hold(database: Database, world: World) -> HeldTime:
    at = (await free_slots(database, world))[4].starts_at
    async with database.begin(world.scope) as work:
        return await hold_time(work, VisitWish(world.treatment_id, at), "192.0.2.1")


async def booked(database: Database, world: World, held: HeldTime) -> BookingView:
    async with database.begin(world.scope) as work:
        made = await book(work, booking_in(world, held.starts_at).model_copy(update={"hold": held.token}))
    async with database.begin(world.scope) as work:
        return await get_booking(work, (await booking_ids(database, world, made))[0])


async def test_a_room_that_was_taken_away_is_not_booked(database: Database, world: World) -> None:
    other = await add_room(database, world, "Room 2")
    held = await hold(database, world)
    async with database.begin(world.scope) as work:
        await clinics.archive_room(work, world.room_id)
    visit = await booked(database, world, held)
    assert (visit.starts_at, visit.room_id) == (held.starts_at, other)


async def test_a_device_that_was_taken_away_is_not_booked(database: Database, world: World) -> None:
    other = await add_twin(database, world)
    held = await hold(database, world)
    await change(database, world, device_id=other)
    async with database.begin(world.scope) as work:
        await clinics.archive_device(work, world.device_id)
    visit = await booked(database, world, held)
    assert (visit.starts_at, visit.device_id) == (held.starts_at, other)


async def test_a_visit_that_takes_longer_by_now_goes_to_a_room_that_is_free_for_so_long(
    database: Database, world: World
) -> None:
    other = await add_room(database, world, "Room 2")
    await add_twin(database, world)
    await change(database, world, device_choice=DeviceChoice.ALIKE)
    await add_practitioner(database, world)
    held = await hold(database, world)
    after = await one(database, world, starts_at=held.ends_at, email="bo@example.test")
    assert after.room_id == world.room_id
    face = AreaIn(code="face", minutes=45, price=MoneyIn(amount=20000, currency="USD"))
    await change(database, world, areas=[face])
    visit = await booked(database, world, held)
    assert (visit.starts_at, visit.room_id) == (held.starts_at, other)


async def test_a_visit_that_numbs_elsewhere_by_now_takes_a_room_for_it(
    database: Database, world: World
) -> None:
    quiet = await add_room(database, world, "Quiet", room_kind=RoomKind.NUMBING)
    held = await hold(database, world)
    await change(database, world, numbing_in=NumbingIn.NUMBING_ROOM)
    visit = await booked(database, world, held)
    assert (visit.room_id, visit.numbing_room_id) == (world.room_id, quiet)


async def test_a_visit_that_numbs_no_more_takes_no_room_for_it(database: Database, world: World) -> None:
    await add_room(database, world, "Quiet", room_kind=RoomKind.NUMBING)
    await change(database, world, numbing_in=NumbingIn.NUMBING_ROOM)
    held = await hold(database, world)
    await change(database, world, phases=PhasesPatch(numbing_minutes=0), numbing_in=NumbingIn.SAME_ROOM)
    visit = await booked(database, world, held)
    assert (visit.room_id, visit.numbing_room_id) == (world.room_id, None)


async def test_somebody_who_left_meanwhile_gives_it_no_more(database: Database, world: World) -> None:
    other = await add_practitioner(database, world)
    held = await hold(database, world)
    async with database.begin(world.scope) as work:
        await practitioners.archive_practitioner(work, held.practitioner_id)
    visit = await booked(database, world, held)
    assert visit.practitioner_id == ({world.practitioner_id, other} - {held.practitioner_id}).pop()
