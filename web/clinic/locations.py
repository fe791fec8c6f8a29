"""Set-up pages of a clinic's locations with their hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.clinics import service as clinics
from services.clinics.rules import ACCESSIBILITY
from services.clinics.schemas import (
    LocationPatch,
    LocationView,
    NewLocation,
)
from services.clinics.week_schemas import HoursIn
from services.kernel.errors import InvalidFields
from services.kernel.work import Database
from services.scheduling.displaced import list_outside
from services.scheduling.schemas import BookingView
from web.clinic.held import held_for, saved_words
from web.clinic.home import countries
from web.clinic.points import read_points
from web.clinic.walk import Asked, read_walk
from web.clinic.weekly_form import (
    read_rows,
    reject,
    rows_of,
    to_what_is_left,
    typed,
    weekday_names,
    weeks_told,
    with_rows_changed,
)
from web.context import AppRequest, Visitor, clinic_access
from web.forms import Form, check, read_form
from web.locale import gettext
from web.pages import go_to

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]
_WORKING_DAYS = 5
CLEARABLE = ("region", "postcode", "phone", "clearance")


def suggested_hours() -> dict[str, str]:
    """A working week for a location without hours, as the form's fields."""
    return {
        f"{edge}_{day}_1": time
        for day in range(_WORKING_DAYS)
        for edge, time in (("opens", "09:00"), ("closes", "17:00"))
    }


def for_patch(form: Form) -> dict[str, Any]:
    """What an edit form sends even when it is empty: what may be cleared, and what must be filled in."""
    return {key: "" for key in form.values if not form.values[key] and key in {*CLEARABLE, "name", "maker"}}


class LocationPages(Controller):
    path = "/clinic/{slug:str}/locations"

    @get()
    async def show(
        self, request: AppRequest, slug: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Response[str]:
        access = clinic_access(visitor, slug, "clinic:manage")
        async with database.begin(access.scope) as work:
            locations, rooms = await clinics.list_locations(work), await clinics.list_rooms(work)
            devices, walk = await clinics.list_devices(work), await read_walk(work, access)
            points = await read_points(work, "locations")
        return Asked(request, visitor, access).page(
            "clinic/setup/locations.html",
            current="locations",
            walk=walk,
            locations=locations,
            rooms=rooms,
            devices=devices,
            weekdays=weekday_names(),
            points=points,
        )

    @get("/new")
    async def new(
        self, request: AppRequest, slug: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Response[str]:
        access = clinic_access(visitor, slug, "clinic:manage")
        async with database.begin(access.scope) as work:
            clinic = await clinics.get_clinic(work)
        form = Form({"country": clinic.country, "name": clinic.name})
        return self._form_page(Asked(request, visitor, access), form)

    @post("/new", status_code=200)
    async def add(
        self, request: AppRequest, slug: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, "clinic:manage")
        form = await read_form(request, "accessibility")
        try:
            new = check(form, NewLocation)
            async with database.begin(access.scope) as work:
                location = await clinics.add_location(work, new)
        except InvalidFields as refusal:
            return self._form_page(Asked(request, visitor, access), form.reject(refusal), status=422)
        return go_to(
            f"/clinic/{slug}/locations/{location.id}/hours",
            flash=gettext("{name} is added.").format(name=location.name),
        )

    @get("/{location_id:uuid}")
    async def edit(
        self,
        request: AppRequest,
        slug: FromPath[str],
        location_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[str]:
        access = clinic_access(visitor, slug, "clinic:manage")
        async with database.begin(access.scope) as work:
            location = await clinics.get_location(work, location_id)
            held = await held_for(work, location_id)
        form = Form(location.model_dump(exclude={"hours", "id"}))
        return self._form_page(Asked(request, visitor, access), form, location, held=held)

    @post("/{location_id:uuid}", status_code=200)
    async def save(
        self,
        request: AppRequest,
        slug: FromPath[str],
        location_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, "clinic:manage")
        form = await read_form(request, "accessibility")
        async with database.begin(access.scope) as work:
            location = await clinics.get_location(work, location_id)
        try:
            patch = check(_moved(form, location), LocationPatch, **for_patch(form))
            async with database.begin(access.scope) as work:
                await clinics.update_location(work, location_id, patch)
                words = await saved_words(work, location_id)
        except InvalidFields as refusal:
            return self._form_page(Asked(request, visitor, access), form.reject(refusal), location, 422)
        return go_to(f"/clinic/{slug}/locations", flash=words)

    @post("/{location_id:uuid}/archive", status_code=303)
    async def archive(
        self, slug: FromPath[str], location_id: FromPath[UUID], database: Database_, visitor: Visitor_
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, "clinic:manage")
        async with database.begin(access.scope) as work:
            await clinics.archive_location(work, location_id)
        return go_to(f"/clinic/{slug}/locations", flash="The location is taken away.")

    @get("/{location_id:uuid}/hours")
    async def hours(
        self,
        request: AppRequest,
        slug: FromPath[str],
        location_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[str]:
        access = clinic_access(visitor, slug, "clinic:manage")
        async with database.begin(access.scope) as work:
            location = await clinics.get_location(work, location_id)
            left, now = await list_outside(work, location_id=location_id), work.now
        form = Form(dict(typed(location.hours) if location.hours else suggested_hours()))
        return self._hours_page(Asked(request, visitor, access), location, form, now, left=left)

    @post("/{location_id:uuid}/hours", status_code=200)
    async def save_hours(
        self,
        request: AppRequest,
        slug: FromPath[str],
        location_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, "clinic:manage")
        form = await read_form(request)
        async with database.begin(access.scope) as work:
            location = await clinics.get_location(work, location_id)
            now = work.now
        asked = Asked(request, visitor, access)
        if with_rows_changed(form):
            return self._hours_page(asked, location, form, now, unsaved=True)
        rows, spans = read_rows(form)
        try:
            week = check(Form({"hours": spans}), HoursIn)
            async with database.begin(access.scope) as work:
                await clinics.set_location_hours(work, location_id, week)
                first = not await clinics.list_rooms(work, location_id)
                left = await list_outside(work, location_id=location_id)
        except InvalidFields as refusal:
            reject(form, refusal.errors, rows)
            return self._hours_page(asked, location, form, now, 422)
        if left:
            return to_what_is_left(f"/clinic/{slug}/locations/{location_id}/hours", left)
        return go_to(f"/clinic/{slug}/{'rooms' if first else 'locations'}", flash="The hours are saved.")

    @staticmethod
    def _form_page(
        asked: Asked,
        form: Form,
        location: LocationView | None = None,
        status: int = 200,
        held: Sequence[Mapping[str, Any]] = (),
    ) -> Response[str]:
        return asked.page(
            "clinic/setup/location.html",
            current="locations",
            walk=None,
            status=status,
            location=location,
            held=held,
            clinic_slug=asked.access.slug,
            countries=countries(),
            access_codes=ACCESSIBILITY,
            values=form.values,
            errors=form.errors,
        )

    @staticmethod
    def _hours_page(
        asked: Asked,
        location: LocationView,
        form: Form,
        now: datetime,
        status: int = 200,
        *,
        unsaved: bool = False,
        left: Sequence[BookingView] = (),
    ) -> Response[str]:
        return asked.page(
            "clinic/setup/hours.html",
            current="locations",
            walk=None,
            status=status,
            location=location,
            weekdays=weekday_names(),
            rows=rows_of(form.values),
            weeks=weeks_told(now.astimezone(ZoneInfo(location.time_zone)).date()),
            unsaved=unsaved,
            left=left,
            values=form.values,
            errors=form.errors,
        )


def _moved(form: Form, location: LocationView) -> Form:
    """The form without the old coordinates and zone where the city changed, so that they are looked up anew."""
    if form.values.get("city") == location.city and form.values.get("country") == location.country:
        return form
    old = {"latitude": str(location.latitude), "longitude": str(location.longitude)}
    old["time_zone"] = location.time_zone
    return Form({key: value for key, value in form.values.items() if old.get(key) != value})
