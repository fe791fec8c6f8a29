"""A clinic's places: locations with their hours, rooms, devices; and what is somebody else's."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.accounts.schemas import SignedIn
from services.clinics import service as clinics
from services.clinics.cities import find_city
from services.clinics.models import Device, Location, Role, Room
from services.clinics.schemas import (
    DevicePatch,
    LocationPatch,
    MemberPatch,
    NewDevice,
    NewRoom,
    RoomPatch,
)
from services.clinics.week_schemas import HoursIn
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.ids import new_id
from services.kernel.scope import ClinicScope
from services.kernel.tables import table
from services.kernel.work import Database
from tests.services.clinics.world import make_clinic, make_location, make_person

WEEK = HoursIn.model_validate({"hours": [{"weekday": 0, "opens": "09:00", "closes": "17:00"}]})


@pytest.fixture
async def ana(database: Database) -> SignedIn:
    return await make_person(database, "ana@example.com")


@pytest.fixture
async def scope(database: Database, ana: SignedIn) -> ClinicScope:
    return await make_clinic(database, ana)


@pytest.fixture
async def other(database: Database) -> ClinicScope:
    """Somebody else's clinic."""
    return await make_clinic(database, await make_person(database, "bo@example.com", "Bo"), "Oak")


def _wrong(refusal: pytest.ExceptionInfo[InvalidFields]) -> list[tuple[str, str]]:
    return [(error.field, error.code) for error in refusal.value.errors]


async def test_cities_are_found_by_any_spelling_and_the_biggest_wins() -> None:
    munich = await find_city("münchen", "DE")
    assert munich is not None
    assert munich == await find_city("Munich", "DE")
    assert munich.time_zone == "Europe/Berlin"
    london = await find_city("London", "GB")
    assert london is not None
    assert round(london.latitude) == 52
    assert await find_city("London", "ES") is None


async def test_smaller_cities_are_found_by_their_other_names_too() -> None:
    found = await find_city("Gotinga", "DE")
    assert found is not None
    assert (found.name, found.label) == ("Göttingen", "Göttingen, DE")
    assert await find_city("Gotinga", "FR") is None


async def test_the_largest_city_of_a_name_is_meant() -> None:
    springfield = await find_city("springfield", "US")
    assert springfield is not None
    assert springfield.label == "Springfield, MO, US"


async def test_a_location_takes_what_is_missing_from_its_city(database: Database, scope: ClinicScope) -> None:
    found = await make_location(database, scope)
    assert (found.country, found.time_zone) == ("ES", "Europe/Madrid")
    kept = await make_location(database, scope, name="Other", latitude=1.5, longitude=2.5, time_zone="UTC")
    assert (kept.latitude, kept.longitude, kept.time_zone) == (1.5, 2.5, "UTC")
    zone = await make_location(database, scope, name="Third", latitude=1.5, longitude=2.5)
    assert (zone.latitude, zone.time_zone) == (1.5, "Europe/Madrid")


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"city": "Nowhere at all"}, ("city", "unknown-city")),
        ({"latitude": 1.0}, ("longitude", "missing")),
        ({"longitude": 1.0}, ("latitude", "missing")),
        ({"name": "CENTRE"}, ("name", "taken")),
    ],
)
async def test_a_location_that_cannot_be_is_refused(
    database: Database, scope: ClinicScope, more: dict[str, Any], wrong: tuple[str, str]
) -> None:
    await make_location(database, scope)
    with pytest.raises(InvalidFields) as refusal:
        await make_location(database, scope, **{"name": "Second", **more})
    assert _wrong(refusal) == [wrong]


async def test_a_location_moves_with_its_city(database: Database, scope: ClinicScope) -> None:
    location = await make_location(database, scope, phone="+34 600")
    async with database.begin(scope) as work:
        moved = await clinics.update_location(work, location.id, LocationPatch(city="Lisbon", country="PT"))
        assert (moved.time_zone, round(moved.longitude), moved.phone) == ("Europe/Lisbon", -9, "+34 600")
        same = await clinics.update_location(work, location.id, LocationPatch(city="Lisbon", phone=""))
        assert (same.time_zone, same.phone) == ("Europe/Lisbon", "")
        by_hand = LocationPatch(city="Porto", latitude=41.0, longitude=-8.0, time_zone="UTC")
        kept = await clinics.update_location(work, location.id, by_hand)
        assert (kept.latitude, kept.longitude, kept.time_zone) == (41.0, -8.0, "UTC")
        with pytest.raises(InvalidFields):
            await clinics.update_location(work, location.id, LocationPatch(city="Nowhere at all"))
    await make_location(database, scope, name="Second")
    async with database.begin(scope) as work:
        with pytest.raises(InvalidFields) as refusal:
            await clinics.update_location(work, location.id, LocationPatch(name="second"))
    assert _wrong(refusal) == [("name", "taken")]


async def test_hours_are_replaced_as_a_whole(database: Database, scope: ClinicScope) -> None:
    location = await make_location(database, scope)
    async with database.begin(scope) as work:
        first = await clinics.set_location_hours(work, location.id, WEEK)
        assert [span.model_dump() for span in first.hours] == [
            {
                "weekday": 0,
                "opens": "09:00",
                "closes": "17:00",
                "weeks": "every",
                "valid_from": None,
                "valid_until": None,
            }
        ]
        assert (await clinics.list_locations(work))[0].hours == first.hours
        assert (await clinics.set_location_hours(work, location.id, HoursIn(hours=[]))).hours == []
        with pytest.raises(NotFound):
            await clinics.set_location_hours(work, new_id(), WEEK)


async def test_a_location_goes_with_its_rooms_and_devices(
    database: Database, scope: ClinicScope, superuser: AsyncEngine
) -> None:
    location, stays = await make_location(database, scope), await make_location(database, scope, name="Stays")
    async with database.begin(scope) as work:
        for place in (location, stays):
            await clinics.add_room(work, NewRoom(location_id=place.id, name="Room 1"))
            await clinics.add_device(
                work, NewDevice(location_id=place.id, maker="C", model="P", modality="pen")
            )
        await clinics.archive_location(work, location.id)
        assert [item.id for item in await clinics.list_locations(work)] == [stays.id]
        assert [item.location_id for item in await clinics.list_rooms(work)] == [stays.id]
        assert [item.location_id for item in await clinics.list_devices(work)] == [stays.id]
        assert await clinics.list_rooms(work, location.id) == []
        with pytest.raises(NotFound):
            await clinics.archive_location(work, location.id)
        with pytest.raises(InvalidFields):
            await clinics.add_room(work, NewRoom(location_id=location.id, name="Room 2"))
    await make_location(database, scope)
    async with superuser.connect() as connection:
        for model, count in ((Location, 3), (Room, 2), (Device, 2)):
            assert len((await connection.execute(select(table(model)))).all()) == count


async def test_rooms_have_names_of_their_own_at_a_location(database: Database, scope: ClinicScope) -> None:
    here, there = await make_location(database, scope), await make_location(database, scope, name="There")
    async with database.begin(scope) as work:
        first = await clinics.add_room(work, NewRoom(location_id=here.id, name="One"))
        await clinics.add_room(work, NewRoom(location_id=there.id, name="One"))
        second = await clinics.add_room(work, NewRoom(location_id=here.id, name="Two"))
        assert (await clinics.update_room(work, first.id, RoomPatch(name="ONE"))).name == "ONE"
        assert await clinics.update_room(work, first.id, RoomPatch()) == await clinics.get_room(
            work, first.id
        )
        with pytest.raises(InvalidFields) as refusal:
            await clinics.update_room(work, second.id, RoomPatch(name="one"))
        assert _wrong(refusal) == [("name", "taken")]
        await clinics.archive_room(work, first.id)
        await clinics.update_room(work, second.id, RoomPatch(name="one"))
        with pytest.raises(NotFound):
            await clinics.archive_room(work, first.id)


async def test_two_rooms_of_one_name_added_at_once_are_one(database: Database, scope: ClinicScope) -> None:
    location = await make_location(database, scope)

    async def add() -> None:
        async with database.begin(scope) as work:
            await clinics.add_room(work, NewRoom(location_id=location.id, name="One"))

    found = await asyncio.gather(*(add() for _ in range(4)), return_exceptions=True)
    assert found.count(None) == 1
    assert sum(isinstance(item, InvalidFields) for item in found) == 3


async def test_devices_are_changed_and_moved_within_the_clinic(
    database: Database, scope: ClinicScope, other: ClinicScope
) -> None:
    here, there = await make_location(database, scope), await make_location(database, scope, name="There")
    foreign = await make_location(database, other)
    async with database.begin(scope) as work:
        new = NewDevice(location_id=here.id, maker="Crown", model="Pen", modality="pen")
        device = await clinics.add_device(work, new)
        assert (device.clearance, device.single_use_cartridges) == ("", True)
        patch = DevicePatch(location_id=there.id, single_use_cartridges=False, clearance="K202243")
        moved = await clinics.update_device(work, device.id, patch)
        assert (moved.location_id, moved.single_use_cartridges) == (there.id, False)
        assert await clinics.update_device(work, device.id, DevicePatch()) == moved
        for wrong in (foreign.id, new_id()):
            with pytest.raises(InvalidFields):
                await clinics.update_device(work, device.id, DevicePatch(location_id=wrong))
        await clinics.archive_device(work, device.id)
        with pytest.raises(NotFound):
            await clinics.get_device(work, device.id)


async def test_another_clinics_things_are_not_found(
    database: Database, scope: ClinicScope, other: ClinicScope
) -> None:
    location = await make_location(database, other)
    async with database.begin(other) as work:
        room = await clinics.add_room(work, NewRoom(location_id=location.id, name="One"))
        new = NewDevice(location_id=location.id, maker="C", model="P", modality="pen")
        device = await clinics.add_device(work, new)
        member = (await clinics.list_team(work))[0]
    async with database.begin(scope) as work:
        for found in (
            clinics.get_location(work, location.id),
            clinics.update_location(work, location.id, LocationPatch(name="Mine")),
            clinics.archive_location(work, location.id),
            clinics.set_location_hours(work, location.id, WEEK),
            clinics.get_room(work, room.id),
            clinics.update_room(work, room.id, RoomPatch(name="Mine")),
            clinics.archive_room(work, room.id),
            clinics.get_device(work, device.id),
            clinics.update_device(work, device.id, DevicePatch(model="Mine")),
            clinics.archive_device(work, device.id),
            clinics.get_member(work, member.id),
            clinics.update_member(work, member.id, MemberPatch(role=Role.MANAGER)),
            clinics.remove_member(work, member.id),
        ):
            with pytest.raises(NotFound):
                await found
        assert await clinics.list_locations(work) == []
        assert [item.email for item in await clinics.list_team(work)] == ["ana@example.com"]
