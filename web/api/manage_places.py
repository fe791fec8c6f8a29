"""The API of a clinic's places: locations with their hours, rooms, devices."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from services.clinics import service as clinics
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
from services.clinics.week_schemas import HoursIn
from services.kernel.work import ClinicWork, Database
from web.api.answers import BEARER, Listed, as_json, listed, made
from web.context import AppRequest, Visitor, clinic_access
from web.idempotent import answer_once


class ManageLocationsApi(Controller):
    path = "/api/v1/manage/{slug:str}/locations"
    tags = ("Clinic: locations",)
    security = BEARER

    @get(summary="Locations")
    async def list_all(
        self,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Listed[LocationView]:
        async with database.begin(clinic_access(visitor, slug, "clinic:read").scope) as work:
            return listed(await clinics.list_locations(work))

    @post(summary="Add a location", responses=made(LocationView))
    async def add(
        self,
        request: AppRequest,
        slug: FromPath[str],
        data: JSONBody[NewLocation],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(await clinics.add_location(work, data))

        scope = clinic_access(visitor, slug, "clinic:manage").scope
        return await answer_once(request, visitor, database, scope, do)

    @get("/{location_id:uuid}", summary="A location")
    async def read(
        self,
        slug: FromPath[str],
        location_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> LocationView:
        async with database.begin(clinic_access(visitor, slug, "clinic:read").scope) as work:
            return await clinics.get_location(work, location_id)

    @patch("/{location_id:uuid}", summary="Change a location")
    async def update(
        self,
        slug: FromPath[str],
        location_id: FromPath[UUID],
        data: JSONBody[LocationPatch],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> LocationView:
        async with database.begin(clinic_access(visitor, slug, "clinic:manage").scope) as work:
            return await clinics.update_location(work, location_id, data)

    @delete("/{location_id:uuid}", summary="Take a location away")
    async def archive(
        self,
        slug: FromPath[str],
        location_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        async with database.begin(clinic_access(visitor, slug, "clinic:manage").scope) as work:
            await clinics.archive_location(work, location_id)

    @put("/{location_id:uuid}/hours", summary="Replace a location's opening hours of the week")
    async def set_hours(
        self,
        slug: FromPath[str],
        location_id: FromPath[UUID],
        data: JSONBody[HoursIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> LocationView:
        async with database.begin(clinic_access(visitor, slug, "clinic:manage").scope) as work:
            return await clinics.set_location_hours(work, location_id, data)


class ManageRoomsApi(Controller):
    path = "/api/v1/manage/{slug:str}/rooms"
    tags = ("Clinic: rooms",)
    security = BEARER

    @get(summary="Rooms")
    async def list_all(
        self,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        location_id: FromQuery[UUID | None] = None,
    ) -> Listed[RoomView]:
        async with database.begin(clinic_access(visitor, slug, "clinic:read").scope) as work:
            return listed(await clinics.list_rooms(work, location_id))

    @post(summary="Add a room", responses=made(RoomView))
    async def add(
        self,
        request: AppRequest,
        slug: FromPath[str],
        data: JSONBody[NewRoom],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(await clinics.add_room(work, data))

        scope = clinic_access(visitor, slug, "clinic:manage").scope
        return await answer_once(request, visitor, database, scope, do)

    @get("/{room_id:uuid}", summary="A room")
    async def read(
        self,
        slug: FromPath[str],
        room_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> RoomView:
        async with database.begin(clinic_access(visitor, slug, "clinic:read").scope) as work:
            return await clinics.get_room(work, room_id)

    @patch("/{room_id:uuid}", summary="Change a room")
    async def update(
        self,
        slug: FromPath[str],
        room_id: FromPath[UUID],
        data: JSONBody[RoomPatch],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> RoomView:
        async with database.begin(clinic_access(visitor, slug, "clinic:manage").scope) as work:
            return await clinics.update_room(work, room_id, data)

    @delete("/{room_id:uuid}", summary="Take a room away")
    async def archive(
        self,
        slug: FromPath[str],
        room_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        async with database.begin(clinic_access(visitor, slug, "clinic:manage").scope) as work:
            await clinics.archive_room(work, room_id)


class ManageDevicesApi(Controller):
    path = "/api/v1/manage/{slug:str}/devices"
    tags = ("Clinic: devices",)
    security = BEARER

    @get(summary="Devices")
    async def list_all(
        self,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        location_id: FromQuery[UUID | None] = None,
    ) -> Listed[DeviceView]:
        async with database.begin(clinic_access(visitor, slug, "clinic:read").scope) as work:
            return listed(await clinics.list_devices(work, location_id))

    @post(summary="Add a device", responses=made(DeviceView))
    async def add(
        self,
        request: AppRequest,
        slug: FromPath[str],
        data: JSONBody[NewDevice],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(await clinics.add_device(work, data))

        scope = clinic_access(visitor, slug, "clinic:manage").scope
        return await answer_once(request, visitor, database, scope, do)

    @get("/{device_id:uuid}", summary="A device")
    async def read(
        self,
        slug: FromPath[str],
        device_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> DeviceView:
        async with database.begin(clinic_access(visitor, slug, "clinic:read").scope) as work:
            return await clinics.get_device(work, device_id)

    @patch("/{device_id:uuid}", summary="Change a device")
    async def update(
        self,
        slug: FromPath[str],
        device_id: FromPath[UUID],
        data: JSONBody[DevicePatch],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> DeviceView:
        async with database.begin(clinic_access(visitor, slug, "clinic:manage").scope) as work:
            return await clinics.update_device(work, device_id, data)

    @delete("/{device_id:uuid}", summary="Take a device away")
    async def archive(
        self,
        slug: FromPath[str],
        device_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        async with database.begin(clinic_access(visitor, slug, "clinic:manage").scope) as work:
            await clinics.archive_device(work, device_id)
