"""In which rooms a treatment is given, and any device of its kind: what is set, refused, offered and booked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.clinics import service as clinics
from services.clinics.models import RoomKind
from services.clinics.schemas import NewDevice, NewLocation, NewRoom, RoomPatch
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.work import Database
from services.marketplace.listing import list_menu
from services.marketplace.projection import compute_listing
from services.scheduling.errors import SlotTaken
from services.scheduling.public_times import list_public_slots
from services.scheduling.schemas import Slot, SlotQuery
from services.scheduling.soonest import next_free_at
from services.treatments import service as treatments
from services.treatments.models import DeviceChoice
from services.treatments.schemas import TreatmentPatch, TreatmentView
from tests.factories import World, add_practitioner, live_clinic
from tests.services.scheduling.seeing import one


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database)


async def change(database: Database, world: World, **fields: Any) -> TreatmentView:
    async with database.begin(world.scope) as work:
        return await treatments.update_treatment(work, world.treatment_id, TreatmentPatch(**fields))


async def refused(database: Database, world: World, **fields: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidFields) as refusal:
        await change(database, world, **fields)
    return [(error.field, error.code) for error in refusal.value.errors]


async def offered(database: Database, world: World) -> list[Slot]:
    """Free times of a day a week ahead, asked as the public does, from what is kept while it is current."""
    async with database.begin(world.scope) as work:
        day = work.now.date() + timedelta(days=7)
    slots = await list_public_slots(database, world.slug, SlotQuery(world.treatment_id, day, day))
    return list(slots.slots)


async def rooms(database: Database, world: World) -> set[UUID]:
    return {slot.room_id for slot in await offered(database, world)}


async def add_room(database: Database, world: World, name: str, **more: Any) -> UUID:
    async with database.begin(world.scope) as work:
        new = NewRoom.model_validate({"location_id": world.location_id, "name": name, **more})
        return (await clinics.add_room(work, new)).id


async def add_pen(database: Database, world: World, **more: Any) -> UUID:
    """Another pen, cleared for acne scars of the face unless said otherwise."""
    pen = {"location_id": world.location_id, "maker": "Quill", "model": "PRO Pen", "modality": "pen"}
    async with database.begin(world.scope) as work:
        new = NewDevice.model_validate({**pen, "clearance": "FDA K243800", **more})
        return (await clinics.add_device(work, new)).id


async def test_a_treatment_is_given_in_the_rooms_that_are_named_and_in_none_once_they_are_gone(
    database: Database, world: World
) -> None:
    other = await add_room(database, world, "Room 2")
    assert await rooms(database, world) == {world.room_id}
    named = await change(database, world, room_ids=[other])
    assert (named.given_in, named.room_ids) == ("named", [other])
    assert await rooms(database, world) == {other}
    both = await change(database, world, room_ids=[other, world.room_id])
    assert set(both.room_ids) == {other, world.room_id}
    assert await rooms(database, world) == {world.room_id}
    await change(database, world, room_ids=[other])
    async with database.begin(world.scope) as work:
        await clinics.archive_room(work, other)
    assert await rooms(database, world) == set()
    kept = await change(database, world, name="Pen facial")
    assert (kept.given_in, kept.room_ids) == ("named", [])
    assert await rooms(database, world) == set()
    anywhere = await change(database, world, room_ids=[])
    assert (anywhere.given_in, anywhere.room_ids) == ("any_room", [])
    assert await rooms(database, world) == {world.room_id}


async def test_a_named_room_is_waited_for_while_another_is_free(database: Database, world: World) -> None:
    await add_practitioner(database, world)
    pen, other = await add_pen(database, world), await add_room(database, world, "Room 2")
    await change(database, world, room_ids=[other], device_choice=DeviceChoice.KIND)
    start = (await offered(database, world))[0].starts_at
    first = await one(database, world, starts_at=start)
    assert first.room_id == other
    with pytest.raises(SlotTaken):
        await one(database, world, starts_at=start, email="bo@example.test")
    await change(database, world, room_ids=[])
    second = await one(database, world, starts_at=start, email="bo@example.test")
    assert (second.room_id, second.device_id) == (world.room_id, pen)


async def test_a_room_elsewhere_or_for_numbing_alone_is_refused_at_its_place(
    database: Database, world: World
) -> None:
    async with database.begin(world.scope) as work:
        south = await clinics.add_location(work, NewLocation(name="South", street="Oak 2", city="Austin"))
    elsewhere = await add_room(database, world, "Room 3", location_id=south.id)
    quiet = await add_room(database, world, "Quiet room", room_kind=RoomKind.NUMBING)
    assert await refused(database, world, room_ids=[world.room_id, elsewhere, quiet]) == [
        ("room_ids.1", "unknown"),
        ("room_ids.2", "numbing-only"),
    ]
    await change(database, world, room_ids=[world.room_id])
    pen = await add_pen(database, world, location_id=south.id)
    assert await refused(database, world, device_id=pen) == [("room_ids.0", "unknown")]
    moved = await change(database, world, device_id=pen, room_ids=[elsewhere])
    assert (moved.device_id, moved.room_ids) == (pen, [elsewhere])


async def test_a_room_that_becomes_one_for_numbing_is_not_used_for_treatment(
    database: Database, world: World
) -> None:
    await change(database, world, room_ids=[world.room_id])
    async with database.begin(world.scope) as work:
        await clinics.update_room(work, world.room_id, RoomPatch(room_kind=RoomKind.NUMBING))
    assert await rooms(database, world) == set()


async def test_any_pen_whose_label_covers_the_treatment_serves_a_second_client(
    database: Database, world: World
) -> None:
    await add_practitioner(database, world)
    await add_room(database, world, "Room 2")
    for unfit in (
        {"clearance": ""},
        {"clearance": "FDA K180778"},
        {"modality": "roller"},
        {"single_use_cartridges": False},
    ):
        await add_pen(database, world, **unfit)
    await change(database, world, device_choice=DeviceChoice.KIND)
    start = (await offered(database, world))[0].starts_at
    first = await one(database, world, starts_at=start)
    assert first.device_id == world.device_id
    with pytest.raises(SlotTaken):
        await one(database, world, starts_at=start, email="bo@example.test")
    pen = await add_pen(database, world)
    second = await one(database, world, starts_at=start, email="bo@example.test")
    assert second.device_id == pen


async def test_any_of_a_kind_is_refused_where_the_label_does_not_cover_every_use(
    database: Database, world: World
) -> None:
    wrong = [("device_choice", "off-label")]
    kind = DeviceChoice.KIND
    assert await refused(database, world, device_choice=kind, concerns=["acne_scars", "fine_lines"]) == wrong
    unlabelled = await add_pen(database, world, clearance="")
    assert await refused(database, world, device_choice=kind, device_id=unlabelled) == wrong
    assert (await change(database, world, device_choice=kind)).device_choice is kind
    assert await refused(database, world, concerns=["fine_lines"]) == wrong
    assert await refused(database, world, device_id=unlabelled) == wrong
    await change(database, world, device_choice=DeviceChoice.ALIKE, concerns=["fine_lines"])


async def test_clients_read_that_it_may_be_another_one(database: Database, world: World) -> None:
    async def said() -> tuple[str, bool | None, bool]:
        async with database.begin(world.scope) as work:
            (shown,) = await list_menu(work)
        return shown.device, shown.on_label, shown.any_of_kind

    assert await said() == ("Crown Aesthetics SkinPen Precision", True, False)
    await change(database, world, device_choice=DeviceChoice.KIND)
    assert await said() == ("Crown Aesthetics SkinPen Precision", True, True)


@pytest.mark.parametrize("choice", [DeviceChoice.ALIKE, DeviceChoice.KIND])
async def test_when_the_named_device_is_gone_its_like_take_its_place(
    database: Database, world: World, choice: DeviceChoice
) -> None:
    alike = (
        {"maker": "crown aesthetics", "model": "SkinPen Precision"} if choice is DeviceChoice.ALIKE else {}
    )
    pen = await add_pen(database, world, **alike)
    await change(database, world, device_choice=choice)
    async with database.begin(world.scope) as work:
        await clinics.archive_device(work, world.device_id)
    assert {slot.device_id for slot in await offered(database, world)} == {pen}
    assert (await one(database, world)).device_id == pen
    async with database.begin(world.scope) as work:
        (shown,) = await list_menu(work)
        (row,) = await compute_listing(work)
        assert await next_free_at(work, world.location_id) is not None
    assert (shown.device_id, shown.location_id) == (pen, world.location_id)
    assert [course["device"] for course in row.values["card"]["courses"]] == [shown.device]
    assert (await change(database, world, name="Pen facial")).device_id == world.device_id
    if choice is DeviceChoice.KIND:
        assert await refused(database, world, concerns=["fine_lines"]) == [("device_choice", "off-label")]


async def test_when_the_named_device_is_gone_and_no_other_may_be_taken_nothing_is_offered(
    database: Database, world: World
) -> None:
    await add_pen(database, world)
    async with database.begin(world.scope) as work:
        await clinics.archive_device(work, world.device_id)
    with pytest.raises(NotFound):
        await offered(database, world)
    async with database.begin(world.scope) as work:
        assert await next_free_at(work, world.location_id) is None
        (row,) = await compute_listing(work)
    assert row.values["card"]["courses"] == []
