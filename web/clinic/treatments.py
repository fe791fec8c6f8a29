"""Pages of a clinic's menu: the list, a treatment's form filled from a template, its course as a drawing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from babel.numbers import get_currency_precision
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from pydantic import ValidationError

from services.clinics import places
from services.clinics import service as clinics
from services.clinics.models import RoomKind
from services.kernel.errors import InvalidFields
from services.kernel.words import in_one_line
from services.kernel.work import ClinicWork, Database
from services.practitioners import service as practitioners
from services.scheduling.devices import devices_of
from services.treatments import protocol_rules
from services.treatments import service as treatments
from services.treatments.catalogue import TreatmentTemplate
from services.treatments.rules import course_plan, major_units
from services.treatments.schemas import NewTreatment, TreatmentPatch, TreatmentView
from web.clinic.desk import desk_page
from web.clinic.points import read_points
from web.clinic.treatment_form import as_input, care_as_typed, reject, steps_as_typed, typed_areas
from web.clinic.walk import leads_to, read_walk
from web.context import AppRequest, ClinicAccess, Visitor, clinic_access
from web.forms import Form, read_form
from web.locale import gettext
from web.pages import go_to

MANAGE = "treatments:manage"
JUDGED_AFTER_DAYS = 28
PHASES = ("preparation_minutes", "numbing_minutes", "finish_minutes")
FACTS = ("numbing_product",)
DAYS = ("min_days", "target_days", "max_days")
USUAL = {
    "modality": "pen",
    "booking_mode": "instant",
    "device_choice": "named",
    "numbing_in": "same_room",
    "given_by": "everyone",
    "given_in": "any_room",
    "first_step": "none",
    "preparation_minutes": "10",
    "numbing_minutes": "25",
    "finish_minutes": "10",
    "downtime_days": "2",
    "sessions": "4",
    "min_days": "28",
    "target_days": "28",
    "max_days": "42",
    "check_in_days": ", ".join(map(str, protocol_rules.CHECK_IN_DAYS)),
    "photo_days": ", ".join(map(str, protocol_rules.PHOTO_DAYS)),
    "review_days": ", ".join(map(str, protocol_rules.REVIEW_DAYS)),
}


class TreatmentPages(Controller):
    path = "/clinic/{slug:str}/treatments"
    include_in_schema = False

    @get()
    async def index(
        self,
        request: AppRequest,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        access = clinic_access(visitor, slug, MANAGE)
        async with database.begin(access.scope) as work:
            menu = await treatments.list_treatments(work)
            given_with = await devices_of(work, menu)
            has_devices = bool(await places.list_devices(work))
            points = await read_points(work, "treatments")
            walk = await read_walk(work, access)
        return _page(
            request,
            visitor,
            access,
            "index",
            menu=menu,
            points=points,
            walk=walk,
            given_with=given_with,
            has_devices=has_devices,
            templates=treatments.get_catalogue().templates,
        )

    @get("/new")
    async def new(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        template: FromQuery[str] = "",
    ) -> Response[str]:
        access = clinic_access(visitor, slug, MANAGE)
        async with database.begin(access.scope) as work:
            around = await _around(work)
        chosen = treatments.get_catalogue().template(template)
        form = Form(_of_template(chosen) if chosen else _usual() | {"concerns": []})
        return _form_page(request, visitor, access, form, around, based_on=chosen)

    @post("/new")
    async def add(
        self,
        request: AppRequest,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str] | Redirect:
        access = clinic_access(visitor, slug, MANAGE)
        form = await read_form(request, "concerns", "performer_ids", "room_ids")
        async with database.begin(access.scope) as work:
            around = await _around(work)
        try:
            given = NewTreatment.model_validate(as_input(form, around["currency"]))
            async with database.begin(access.scope) as work:
                before = await read_walk(work, access)
                added = await treatments.add_treatment(work, given)
                onward = await leads_to(work, access, before, _home(slug))
        except (ValidationError, InvalidFields) as error:
            reject(form, error, around["currency"])
            return _form_page(request, visitor, access, form, around, status=422)
        words = gettext("{name} is on your menu.")
        if before is not None and onward == _home(slug):
            words = gettext(
                "{name} is on your menu. Next: add another treatment, or see what is left on your home page."
            )
        return go_to(onward, flash=words.format(name=added.name))

    @get("/{treatment_id:uuid}")
    async def edit(
        self,
        request: AppRequest,
        slug: FromPath[str],
        treatment_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        access = clinic_access(visitor, slug, MANAGE)
        async with database.begin(access.scope) as work:
            treatment = await treatments.get_treatment(work, treatment_id)
            around = await _around(work, treatment)
        form = Form({**_of_treatment(treatment), **care_as_typed(around["protocol"])})
        return _form_page(request, visitor, access, form, around, treatment=treatment)

    @post("/{treatment_id:uuid}")
    async def update(
        self,
        request: AppRequest,
        slug: FromPath[str],
        treatment_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str] | Redirect:
        access = clinic_access(visitor, slug, MANAGE)
        form = await read_form(request, "concerns", "performer_ids", "room_ids")
        async with database.begin(access.scope) as work:
            treatment = await treatments.get_treatment(work, treatment_id)
            around = await _around(work, treatment)
        try:
            patch = TreatmentPatch.model_validate(as_input(form, around["currency"], whole=True))
            async with database.begin(access.scope) as work:
                await treatments.update_treatment(work, treatment_id, patch)
        except (ValidationError, InvalidFields) as error:
            reject(form, error, around["currency"])
            return _form_page(request, visitor, access, form, around, treatment=treatment, status=422)
        return go_to(_home(slug), flash=gettext("{name} is saved.").format(name=form.values["name"]))

    @post("/{treatment_id:uuid}/archive")
    async def archive(
        self,
        slug: FromPath[str],
        treatment_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Redirect:
        access = clinic_access(visitor, slug, MANAGE)
        async with database.begin(access.scope) as work:
            await treatments.archive_treatment(work, treatment_id)
        return go_to(_home(slug), flash="Taken off the menu. What was booked stays in the calendar.")


def _home(slug: str) -> str:
    return f"/clinic/{slug}/treatments"


async def _around(work: ClinicWork, treatment: TreatmentView | None = None) -> dict[str, Any]:
    """What the form offers: the clinic's devices, rooms, people; the catalogue's codes; the protocol in force."""
    catalogue = treatments.get_catalogue()
    locations = {place.id: place.name for place in await places.list_locations(work)}
    devices = await places.list_devices(work)
    return {
        "currency": (await clinics.get_clinic(work)).currency,
        "devices": [
            (device.id, f"{device.maker} {device.model}, {locations.get(device.location_id, '')}".strip(", "))
            for device in devices
        ],
        "rooms": [
            (room.id, room.name, locations.get(room.location_id, "") if len(locations) > 1 else "")
            for room in await places.list_rooms(work)
            if room.room_kind is not RoomKind.NUMBING
        ],
        "people": [(one, name, title) for one, name, title in await practitioners.list_names(work)],
        "concerns": catalogue.concerns,
        "areas": catalogue.areas,
        "modalities": catalogue.modalities,
        "protocol": await treatments.get_protocol(work, treatment) if treatment else None,
    }


def _usual() -> dict[str, Any]:
    """What a new treatment's form begins with."""
    return USUAL | {"aftercare": steps_as_typed(protocol_rules.AFTERCARE)}


def _of_template(template: TreatmentTemplate) -> dict[str, Any]:
    """A template as the form's values, its words in the page's language; prices are left to the clinic."""
    names = ("modality", *PHASES, "downtime_days", "sessions", *DAYS)
    return {
        **_usual(),
        **{name: str(getattr(template, name)) for name in names},
        "name": gettext(template.name),
        "description": gettext(template.description),
        "concerns": list(template.concerns),
        **{f"minutes_{code}": str(minutes) for code, minutes in template.areas},
    }


def _of_treatment(treatment: TreatmentView) -> dict[str, Any]:
    """A treatment as the form's values, money in major units."""
    digits = get_currency_precision(treatment.currency)
    names = ("name", "description", "modality", "device_id", *PHASES, "downtime_days", *DAYS, *FACTS)
    return {
        **{name: str(getattr(treatment, name)) for name in names},
        "first_step_hours": str(treatment.first_step_hours or ""),
        "booking_mode": treatment.booking_mode.value,
        "device_choice": treatment.device_choice.value,
        "numbing_in": treatment.numbing_in.value,
        "given_by": treatment.given_by,
        "performer_ids": treatment.performer_ids,
        "given_in": treatment.given_in,
        "room_ids": treatment.room_ids,
        "first_step": treatment.first_step.value,
        "topicals": "\n".join(map(in_one_line, treatment.topicals)),
        "concerns": treatment.concerns,
        "sessions": str(treatment.course_sessions),
        "course_price": major_units(treatment.course_price, digits),
        **{f"minutes_{area.code}": str(area.minutes) for area in treatment.areas},
        **{f"price_{area.code}": major_units(area.price, digits) for area in treatment.areas},
    }


def _shown_areas(form: Form) -> list[str]:
    """The areas whose rows are open: those with something in them, else the one that nearly every clinic offers."""
    return typed_areas(form) or ["face"]


def _timeline(values: dict[str, Any]) -> list[dict[str, Any]]:
    """The course that is typed as the drawing takes it; nothing while it cannot be drawn."""
    try:
        sessions, least, usual, most = (int(values.get(name, "")) for name in ("sessions", *DAYS))
    except ValueError:
        return []
    if not (1 <= sessions <= 12 and 1 <= least <= usual <= most <= 365):  # noqa: PLR2004  as the schema has it
        return []
    return [
        {"day": item.day, "number": item.number, "window": item.window}
        for item in course_plan(sessions, least, usual, most)
    ]


def _form_page(
    request: AppRequest,
    visitor: Visitor,
    access: ClinicAccess,
    form: Form,
    around: dict[str, Any],
    *,
    treatment: TreatmentView | None = None,
    based_on: TreatmentTemplate | None = None,
    status: int = 200,
) -> Response[str]:
    course = _timeline(form.values)
    return _page(
        request,
        visitor,
        access,
        "form",
        status=status,
        form=form,
        treatment=treatment,
        based_on=based_on,
        course=course,
        shown_areas=_shown_areas(form),
        templates=() if treatment or based_on or form.errors else treatments.get_catalogue().templates,
        judged_on=course[-1]["day"] + JUDGED_AFTER_DAYS if course else None,
        **around,
    )


def _page(
    request: AppRequest,
    visitor: Visitor,
    access: ClinicAccess,
    name: str,
    *,
    status: int = 200,
    **values: Any,
) -> Response[str]:
    template_name = f"clinic/treatments/{name}.html"
    return desk_page(
        request,
        visitor,
        access,
        template_name,
        current="treatments",
        status=status,
        home=_home(access.slug),
        **values,
    )
