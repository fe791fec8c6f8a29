"""Set-up pages of a clinic's rooms and devices."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from services.clinics import service as clinics
from services.clinics.schemas import DevicePatch, NewDevice, NewRoom, RoomPatch
from services.kernel.errors import InvalidFields
from services.kernel.work import ClinicWork, Database
from services.treatments.catalogue import get_catalogue
from web.clinic.held import held_for, saved_words
from web.clinic.locations import for_patch
from web.clinic.points import read_points
from web.clinic.walk import Asked, read_walk
from web.context import AppRequest, ClinicAccess, Visitor, clinic_access
from web.forms import Form, check, read_form
from web.locale import gettext
from web.pages import go_to

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]
Cleared = Annotated[str | None, QueryParameter(max_length=40)]


async def load_places(work: ClinicWork, access: ClinicAccess) -> dict[str, Any]:
    locations = await clinics.list_locations(work)
    return {
        "locations": locations,
        "location_options": [(location.id, location.name) for location in locations],
        "rooms": await clinics.list_rooms(work),
        "devices": await clinics.list_devices(work),
        "walk": await read_walk(work, access),
    }


class RoomPages(Controller):
    path = "/clinic/{slug:str}/rooms"

    @get()
    async def show(
        self, request: AppRequest, slug: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Response[str]:
        access = clinic_access(visitor, slug, "clinic:manage")
        return await self._page(Asked(request, visitor, access), database, Form())

    @post(status_code=200)
    async def add(
        self, request: AppRequest, slug: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, "clinic:manage")
        form = await read_form(request)
        try:
            new = check(form, NewRoom)
            async with database.begin(access.scope) as work:
                room = await clinics.add_room(work, new)
        except InvalidFields as refusal:
            return await self._page(
                Asked(request, visitor, access), database, form.reject(refusal), status=422
            )
        return go_to(f"/clinic/{slug}/rooms", flash=gettext("{name} is added.").format(name=room.name))

    @get("/{room_id:uuid}")
    async def edit(
        self,
        request: AppRequest,
        slug: FromPath[str],
        room_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[str]:
        access = clinic_access(visitor, slug, "clinic:manage")
        async with database.begin(access.scope) as work:
            room = await clinics.get_room(work, room_id)
        return await self._page(Asked(request, visitor, access), database, Form(room.model_dump()), room_id)

    @post("/{room_id:uuid}", status_code=200)
    async def save(
        self,
        request: AppRequest,
        slug: FromPath[str],
        room_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, "clinic:manage")
        form = await read_form(request)
        try:
            patch = check(form, RoomPatch, **for_patch(form))
            async with database.begin(access.scope) as work:
                await clinics.update_room(work, room_id, patch)
        except InvalidFields as refusal:
            return await self._page(
                Asked(request, visitor, access), database, form.reject(refusal), room_id, 422
            )
        return go_to(f"/clinic/{slug}/rooms", flash="Saved.")

    @post("/{room_id:uuid}/archive", status_code=303)
    async def archive(
        self, slug: FromPath[str], room_id: FromPath[UUID], database: Database_, visitor: Visitor_
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, "clinic:manage")
        async with database.begin(access.scope) as work:
            await clinics.archive_room(work, room_id)
        return go_to(f"/clinic/{slug}/rooms", flash="The room is taken away.")

    @staticmethod
    async def _page(
        asked: Asked,
        database: Database,
        form: Form,
        room_id: UUID | None = None,
        status: int = 200,
    ) -> Response[str]:
        async with database.begin(asked.access.scope) as work:
            loaded = await load_places(work, asked.access)
        return asked.page(
            "clinic/setup/rooms.html",
            current="rooms",
            status=status,
            room_id=room_id,
            values=form.values,
            errors=form.errors,
            **loaded,
        )


class DevicePages(Controller):
    path = "/clinic/{slug:str}/devices"

    @get()
    async def show(
        self,
        request: AppRequest,
        slug: FromPath[str],
        database: Database_,
        visitor: Visitor_,
        cleared: Cleared = None,
    ) -> Response[str]:
        access = clinic_access(visitor, slug, "clinic:manage")
        form = Form({"single_use_cartridges": "true"})
        if device := get_catalogue().device(cleared or ""):
            form.values |= {
                "maker": device.maker,
                "model": device.model,
                "modality": device.modality,
                "clearance": device.number,
            }
        return await self._page(Asked(request, visitor, access), database, form)

    @post(status_code=200)
    async def add(
        self, request: AppRequest, slug: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, "clinic:manage")
        form = await read_form(request)
        try:
            new = check(form, NewDevice, single_use_cartridges="single_use_cartridges" in form.values)
            async with database.begin(access.scope) as work:
                device = await clinics.add_device(work, new)
        except InvalidFields as refusal:
            return await self._page(
                Asked(request, visitor, access), database, form.reject(refusal), status=422
            )
        words = gettext("{name} is added.").format(name=f"{device.maker} {device.model}")
        return go_to(f"/clinic/{slug}/devices", flash=words)

    @get("/{device_id:uuid}")
    async def edit(
        self,
        request: AppRequest,
        slug: FromPath[str],
        device_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[str]:
        access = clinic_access(visitor, slug, "clinic:manage")
        async with database.begin(access.scope) as work:
            values = (await clinics.get_device(work, device_id)).model_dump()
        if not values.pop("single_use_cartridges"):
            return await self._page(Asked(request, visitor, access), database, Form(values), device_id)
        form = Form({**values, "single_use_cartridges": "true"})
        return await self._page(Asked(request, visitor, access), database, form, device_id)

    @post("/{device_id:uuid}", status_code=200)
    async def save(
        self,
        request: AppRequest,
        slug: FromPath[str],
        device_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, "clinic:manage")
        form = await read_form(request)
        try:
            fixed = {**for_patch(form), "single_use_cartridges": "single_use_cartridges" in form.values}
            patch = check(form, DevicePatch, **fixed)
            async with database.begin(access.scope) as work:
                await clinics.update_device(work, device_id, patch)
                words = await saved_words(work, device_id)
        except InvalidFields as refusal:
            return await self._page(
                Asked(request, visitor, access), database, form.reject(refusal), device_id, 422
            )
        return go_to(f"/clinic/{slug}/devices", flash=words)

    @post("/{device_id:uuid}/archive", status_code=303)
    async def archive(
        self, slug: FromPath[str], device_id: FromPath[UUID], database: Database_, visitor: Visitor_
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, "clinic:manage")
        async with database.begin(access.scope) as work:
            await clinics.archive_device(work, device_id)
        return go_to(f"/clinic/{slug}/devices", flash="The device is taken away.")

    @staticmethod
    async def _page(
        asked: Asked,
        database: Database,
        form: Form,
        device_id: UUID | None = None,
        status: int = 200,
    ) -> Response[str]:
        async with database.begin(asked.access.scope) as work:
            loaded = await load_places(work, asked.access)
            held = await held_for(work, device_id) if device_id else []
            points = await read_points(work, "devices")
        catalogue = get_catalogue()
        return asked.page(
            "clinic/setup/devices.html",
            current="devices",
            status=status,
            device_id=device_id,
            held=held,
            points=points,
            clinic_slug=asked.access.slug,
            cleared=catalogue.devices,
            modalities=[(item.code, gettext(item.name)) for item in catalogue.modalities],
            values=form.values,
            errors=form.errors,
            **loaded,
        )
