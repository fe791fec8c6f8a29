"""Use cases of a clinic's places: locations with their hours, rooms, devices."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.clinics.cities import find_city
from services.clinics.events import CHANGED
from services.clinics.held_edits import hold_sensitive
from services.clinics.models import EditSubject
from services.clinics.repository import ClinicRepository, PlaceRepository
from services.clinics.schemas import (
    DevicePatch,
    DeviceView,
    LocationPatch,
    LocationView,
    NewDevice,
    NewLocation,
    NewRoom,
    RoomPatch,
    RoomView,
)
from services.clinics.week_rules import week_problems
from services.clinics.week_schemas import HoursIn, HoursSpan
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.ids import new_id
from services.kernel.work import ClinicWork


def _changed(work: ClinicWork, action: str, kind: str, subject_id: UUID, **detail: Any) -> None:
    work.audit(action, kind, subject_id, **detail)
    work.announce(CHANGED(clinic_id=work.scope.clinic_id))


async def list_locations(work: ClinicWork) -> list[LocationView]:
    """The clinic's locations with their hours, oldest first."""
    places = PlaceRepository(work)
    return await _with_hours(places, await places.locations())


async def get_location(work: ClinicWork, location_id: UUID, *, archived: bool = False) -> LocationView:
    """A location; with `archived` also one that was taken away, for what is booked there. Raises `NotFound`."""
    places = PlaceRepository(work)
    found = await places.location(location_id, archived=archived)
    if found is None:
        raise NotFound
    return (await _with_hours(places, [found]))[0]


async def _with_hours(places: PlaceRepository, found: list[Row[Any]]) -> list[LocationView]:
    hours: dict[UUID, list[HoursSpan]] = {row.id: [] for row in found}
    for row in await places.hours(list(hours)):
        hours[row.location_id].append(HoursSpan.model_validate(row))
    return [LocationView.model_validate(row).model_copy(update={"hours": hours[row.id]}) for row in found]


async def add_location(work: ClinicWork, new: NewLocation) -> LocationView:
    """A location. Missing coordinates and zone come from the packaged register of cities.

    Raises `InvalidFields` where the city is not in it and they were not given, or for a name used already.
    """
    clinic = await ClinicRepository(work).get(lock=True)
    if clinic is None:
        raise NotFound
    values = new.model_dump()
    values["country"] = new.country or clinic.country
    if (new.latitude is None) != (new.longitude is None):
        missing = "latitude" if new.latitude is None else "longitude"
        raise InvalidFields.one(missing, "missing", "Give both coordinates, or neither.")
    await _fill_in(values)
    places, location_id = PlaceRepository(work), new_id()
    await _free_name(places, new.name)
    await places.add_location(id=location_id, **values)
    _changed(work, "location.add", "location", location_id)
    return await get_location(work, location_id)


async def _fill_in(values: dict[str, Any]) -> None:
    wanted = [key for key in ("latitude", "longitude", "time_zone") if values[key] is None]
    if not wanted:
        return
    city = await find_city(values["city"], values["country"])
    if city is None:
        raise InvalidFields.one(
            "city",
            "unknown-city",
            "We do not know this city there. Check city and country, or give its coordinates and time zone.",
        )
    for key in wanted:
        values[key] = getattr(city, key)


async def _free_name(places: PlaceRepository, name: str, *, but: UUID | None = None) -> None:
    if await places.location_named(name, but=but):
        raise InvalidFields.one("name", "taken", "Another location has this name.")


async def update_location(work: ClinicWork, location_id: UUID, patch: LocationPatch) -> LocationView:
    """Changes what was given. A new city without coordinates moves the location to that city's middle.

    Raises `NotFound`, `InvalidFields`.
    """
    if await ClinicRepository(work).get(lock=True) is None:
        raise NotFound
    places, present = PlaceRepository(work), await get_location(work, location_id)
    changes = {key: value for key, value in patch.changes().items() if getattr(present, key) != value}
    if "name" in changes:
        await _free_name(places, changes["name"], but=location_id)
    if {"city", "country"} & set(changes):
        given = patch.changes()
        filled = {
            "city": changes.get("city", present.city),
            "country": changes.get("country", present.country),
            **{key: given.get(key) for key in ("latitude", "longitude", "time_zone")},
        }
        await _fill_in(filled)
        changes |= {key: value for key, value in filled.items() if getattr(present, key) != value}
    changes = await hold_sensitive(
        work, EditSubject.LOCATION, location_id, present, changes, label=present.name
    )
    if changes:
        await places.change_location(location_id, **changes)
        _changed(work, "location.update", "location", location_id, fields=sorted(changes))
    return await get_location(work, location_id)


async def archive_location(work: ClinicWork, location_id: UUID) -> None:
    """Takes the location away, with its rooms and devices; what was booked there stays. Raises `NotFound`."""
    await get_location(work, location_id)
    await PlaceRepository(work).archive_location(location_id)
    _changed(work, "location.archive", "location", location_id)


async def set_location_hours(work: ClinicWork, location_id: UUID, week: HoursIn) -> LocationView:
    """Replaces the opening hours of the week, in the location's local time.

    Raises `NotFound`, and `InvalidFields` for spans that overlap or never come.
    """
    places = PlaceRepository(work)
    if await places.location(location_id, lock=True) is None:
        raise NotFound
    if problems := week_problems([span.as_rule() for span in week.hours]):
        raise InvalidFields(problems)
    await places.set_hours(location_id, [span.columns() for span in week.hours])
    _changed(work, "location.set_hours", "location", location_id, spans=len(week.hours))
    return await get_location(work, location_id)


async def list_rooms(work: ClinicWork, location_id: UUID | None = None) -> list[RoomView]:
    """Rooms, oldest first, of all locations or of one."""
    return [RoomView.model_validate(row) for row in await PlaceRepository(work).rooms(location_id)]


async def get_room(work: ClinicWork, room_id: UUID) -> RoomView:
    """A room. Raises `NotFound`."""
    found = await PlaceRepository(work).room(room_id)
    if found is None:
        raise NotFound
    return RoomView.model_validate(found)


async def add_room(work: ClinicWork, new: NewRoom) -> RoomView:
    """A room. Raises `InvalidFields` for an unknown location, or a name used in it already."""
    places, room_id = PlaceRepository(work), new_id()
    await _known_location(places, new.location_id)
    if await places.room_named(new.location_id, new.name):
        raise InvalidFields.one("name", "taken", "Another room there has this name.")
    await places.add_room(id=room_id, **new.model_dump())
    _changed(work, "room.add", "room", room_id)
    return await get_room(work, room_id)


async def update_room(work: ClinicWork, room_id: UUID, patch: RoomPatch) -> RoomView:
    """Changes what was given. Raises `NotFound`, or `InvalidFields` where the name is used already."""
    places, room, changes = PlaceRepository(work), await get_room(work, room_id), patch.changes()
    await _known_location(places, room.location_id)
    if changes:
        name = changes.get("name", room.name)
        if await places.room_named(room.location_id, name, but=room_id):
            raise InvalidFields.one("name", "taken", "Another room there has this name.")
        await places.change_room(room_id, **changes)
        _changed(work, "room.update", "room", room_id, fields=sorted(changes))
    return await get_room(work, room_id)


async def archive_room(work: ClinicWork, room_id: UUID) -> None:
    """Takes the room away; what was booked in it stays. Raises `NotFound`."""
    await get_room(work, room_id)
    await PlaceRepository(work).archive_room(room_id)
    _changed(work, "room.archive", "room", room_id)


async def list_devices(work: ClinicWork, location_id: UUID | None = None) -> list[DeviceView]:
    """Devices, oldest first, of all locations or of one."""
    return [DeviceView.model_validate(row) for row in await PlaceRepository(work).devices(location_id)]


async def get_device(work: ClinicWork, device_id: UUID, *, archived: bool = False) -> DeviceView:
    """A device; with `archived` also one that was taken away, for what was done with it. Raises `NotFound`."""
    found = await PlaceRepository(work).device(device_id, archived=archived)
    if found is None:
        raise NotFound
    return DeviceView.model_validate(found)


async def add_device(work: ClinicWork, new: NewDevice) -> DeviceView:
    """A device. Raises `InvalidFields` for an unknown location."""
    places, device_id = PlaceRepository(work), new_id()
    await _known_location(places, new.location_id)
    await places.add_device(id=device_id, **new.model_dump())
    _changed(work, "device.add", "device", device_id)
    return await get_device(work, device_id)


async def update_device(work: ClinicWork, device_id: UUID, patch: DevicePatch) -> DeviceView:
    """Changes what was given. Raises `NotFound`, or `InvalidFields` for an unknown location."""
    places, changes = PlaceRepository(work), patch.changes()
    present = await get_device(work, device_id)
    label = f"{present.maker} {present.model}"
    changes = await hold_sensitive(work, EditSubject.DEVICE, device_id, present, changes, label=label)
    if "location_id" in changes:
        await _known_location(places, changes["location_id"])
    if changes:
        await places.change_device(device_id, **changes)
        _changed(work, "device.update", "device", device_id, fields=sorted(changes))
    return await get_device(work, device_id)


async def archive_device(work: ClinicWork, device_id: UUID) -> None:
    """Takes the device away; what was booked on it stays. Raises `NotFound`."""
    await get_device(work, device_id)
    await PlaceRepository(work).archive_device(device_id)
    _changed(work, "device.archive", "device", device_id)


async def _known_location(places: PlaceRepository, location_id: UUID) -> None:
    """Locks the location, so that two rooms of one name cannot be added at once."""
    if await places.location(location_id, lock=True) is None:
        raise InvalidFields.one("location_id", "unknown", "This is not one of your locations.")
