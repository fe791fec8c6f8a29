"""Booking in the room, or with the device, that the clinic names: there alone, or refused."""

from __future__ import annotations

import asyncio
from datetime import datetime, time
from typing import Any
from uuid import UUID

import pytest

from services.clinics import service as clinics
from services.clinics.models import RoomKind
from services.clinics.schemas import NewDevice, NewRoom
from services.courses.booking import book
from services.courses.schemas import DeskBookingIn
from services.kernel.errors import InvalidFields
from services.kernel.work import Database
from services.scheduling.block_schemas import NewBlock
from services.scheduling.blocking import block_time
from services.scheduling.booking import get_booking, list_group, preview_move, reschedule
from services.scheduling.errors import SlotTaken
from services.scheduling.schemas import BookingView
from services.treatments import service as treatments
from services.treatments.models import DeviceChoice, NumbingIn
from services.treatments.schemas import TreatmentPatch
from tests.factories import World, add_practitioner, booking_ids, booking_in, free_slots, live_clinic


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database)


async def add_room(
    database: Database, world: World, kind: RoomKind = RoomKind.ANY, name: str = "Room 2"
) -> UUID:
    async with database.begin(world.scope) as work:
        new = NewRoom(location_id=world.location_id, name=name, room_kind=kind)
        return (await clinics.add_room(work, new)).id


async def add_pen(database: Database, world: World) -> UUID:
    """Another of the same maker and model."""
    async with database.begin(world.scope) as work:
        new = NewDevice(
            location_id=world.location_id,
            maker="Crown Aesthetics",
            model="SkinPen Precision",
            modality="pen",
            clearance="FDA K202243",
        )
        return (await clinics.add_device(work, new)).id


async def change(database: Database, world: World, **fields: Any) -> None:
    async with database.begin(world.scope) as work:
        await treatments.update_treatment(work, world.treatment_id, TreatmentPatch(**fields))


async def at_desk(
    database: Database, world: World, starts_at: datetime, *, whole_course: bool = False, **named: Any
) -> list[BookingView]:
    """All that is booked at the desk then, in what is named."""
    given = booking_in(world, starts_at, whole_course=whole_course).model_dump()
    async with database.begin(world.scope) as work:
        booked = await book(work, DeskBookingIn(**given | named), by_clinic=True)
    first = (await booking_ids(database, world, booked))[0]
    async with database.begin(world.scope) as work:
        return await list_group(work, (await get_booking(work, first)).group_id)


async def first_free(database: Database, world: World) -> datetime:
    return (await free_slots(database, world))[0].starts_at


async def test_a_room_or_device_that_is_named_is_taken_where_another_comes_first(
    database: Database, world: World
) -> None:
    await change(database, world, device_choice=DeviceChoice.ALIKE)
    room, pen = await add_room(database, world), await add_pen(database, world)
    early = await first_free(database, world)
    (booked,) = await at_desk(database, world, early, room_id=room, device_id=pen)
    assert (booked.starts_at, booked.room_id, booked.device_id) == (early, room, pen)


async def test_every_session_of_a_course_is_in_the_room_that_is_named(
    database: Database, world: World
) -> None:
    room = await add_room(database, world)
    booked = await at_desk(
        database, world, await first_free(database, world), whole_course=True, room_id=room
    )
    assert [one.room_id for one in booked] == [room] * 4


async def test_a_numbing_room_that_is_named_is_where_the_client_numbs(
    database: Database, world: World
) -> None:
    quiet = await add_room(database, world, RoomKind.NUMBING)
    calm = await add_room(database, world, RoomKind.NUMBING, "Calm room")
    early = await first_free(database, world)
    for room in (quiet, calm):
        with pytest.raises(InvalidFields):
            await at_desk(database, world, early, room_id=room)
    await change(database, world, numbing_in=NumbingIn.NUMBING_ROOM)
    (booked,) = await at_desk(database, world, early, room_id=calm)
    assert (booked.room_id, booked.numbing_room_id) == (world.room_id, calm)
    async with database.begin(world.scope) as work:
        same = await reschedule(work, booked.id, early, by="clinic", room_id=calm)
        moved = await reschedule(work, booked.id, early, by="clinic", room_id=quiet)
    assert (same.sequence, moved.sequence) == (0, 1)
    assert (moved.room_id, moved.numbing_room_id) == (world.room_id, quiet)


async def test_what_is_not_of_the_treatment_is_refused_at_its_field(database: Database, world: World) -> None:
    early, pen = await first_free(database, world), await add_pen(database, world)
    for field, wrong in (("room_id", world.device_id), ("device_id", pen), ("device_id", world.room_id)):
        named: dict[str, Any] = {field: wrong}
        with pytest.raises(InvalidFields) as refusal:
            await at_desk(database, world, early, **named)
        assert [(error.field, error.code) for error in refusal.value.errors] == [(field, "not-offered")]
    (booked,) = await at_desk(database, world, early)
    assert (booked.room_id, booked.device_id) == (world.room_id, world.device_id)


async def test_a_room_that_is_taken_is_refused_with_times_at_which_it_is_free(
    database: Database, world: World
) -> None:
    await add_practitioner(database, world)
    room, early = await add_room(database, world), await first_free(database, world)
    async with database.begin(world.scope) as work:
        day = early.date()
        morning = NewBlock(resource_id=room, first_on=day, opens=time(8), closes=time(13), note="Painted")
        await block_time(work, morning)
    with pytest.raises(SlotTaken) as refusal:
        await at_desk(database, world, early, room_id=room)
    near = [datetime.fromisoformat(one["starts_at"]) for one in refusal.value.extra["alternatives"]]
    assert near
    assert not [one for one in near if one.date() == day and one.time() < time(13)]
    (booked,) = await at_desk(database, world, near[0], room_id=room)
    assert (booked.starts_at, booked.room_id) == (near[0], room)


async def test_a_visit_moves_into_the_room_in_which_its_client_numbs(
    database: Database, world: World
) -> None:
    either = await add_room(database, world)
    await change(database, world, numbing_in=NumbingIn.NUMBING_ROOM)
    early = await first_free(database, world)
    (booked,) = await at_desk(database, world, early, room_id=world.room_id)
    numbs_in = booked.numbing_room_id
    assert {booked.room_id, numbs_in} <= {world.room_id, either}
    wanted = either if booked.room_id == world.room_id else world.room_id
    async with database.begin(world.scope) as work:
        seen = await preview_move(work, booked.id, early, room_id=wanted)
        moved = await reschedule(work, booked.id, early, by="clinic", room_id=wanted)
    assert (seen.room_id, moved.room_id, moved.sequence) == (wanted, wanted, 1)


async def test_who_wants_other_people_and_things_waits_for_nobody(database: Database, world: World) -> None:
    await change(database, world, device_choice=DeviceChoice.ALIKE)
    other = await add_practitioner(database, world)
    room, pen = await add_room(database, world), await add_pen(database, world)
    slots = await free_slots(database, world, practitioner_id=other)
    async with database.begin(world.scope) as unfinished:
        mine: dict[str, Any] = {"practitioner_id": world.practitioner_id, "email": "ben@example.test"}
        await book(unfinished, booking_in(world, slots[0].starts_at, **mine))
        await unfinished.write()
        async with asyncio.timeout(20):
            named: dict[str, Any] = {"practitioner_id": other, "room_id": room, "device_id": pen}
            (booked,) = await at_desk(database, world, slots[1].starts_at, **named)
    assert (booked.practitioner_id, booked.room_id, booked.device_id) == (other, room, pen)
