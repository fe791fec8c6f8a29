"""Pages of a clinic's practitioners: the list, one person with credentials and evidence, details and hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from services.clinics import places
from services.kernel.errors import InvalidFields
from services.kernel.language import N_
from services.kernel.work import ClinicWork, Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import NewPractitioner, PractitionerHoursIn, PractitionerPatch
from services.scheduling import externals
from services.scheduling.displaced import list_outside
from services.scheduling.schemas import BookingView
from web.clinic.desk import clinic_zone, desk_page
from web.clinic.field_words import named
from web.clinic.held import held_for, saved_words
from web.clinic.pictures import shown_at
from web.clinic.points import read_points
from web.clinic.walk import leads_to, read_walk
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
from web.context import AppRequest, ClinicAccess, Visitor, clinic_access
from web.forms import Form, check, read_form
from web.locale import gettext
from web.pages import go_to

MANAGE = "practitioners:manage"
SOON = timedelta(days=30)
_LABELS = {
    "name": "Name",
    "title": N_("What they are"),
    "bio": N_("Training and experience"),
    "needling_since_year": N_("Needling since"),
    "sessions_before": N_("Sessions performed so far"),
    "daily_maximum": N_("Visits a day at most"),
}


def home_of(slug: str) -> str:
    """Where the practitioners' pages begin."""
    return f"/clinic/{slug}/practitioners"


class PractitionerPages(Controller):
    path = "/clinic/{slug:str}/practitioners"
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
            people = await practitioners.list_practitioners(work)
            soon = work.now.date() + SOON
            points = await read_points(work, "practitioners")
            walk = await read_walk(work, access)
        return _page(request, visitor, access, "index", people=people, soon=soon, points=points, walk=walk)

    @get("/new")
    async def new(
        self,
        request: AppRequest,
        slug: FromPath[str],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        access = clinic_access(visitor, slug, MANAGE)
        form = Form({"follows_opening_hours": "true", "sessions_before": "0"})
        return _page(request, visitor, access, "new", form=form)

    @post("/new")
    async def add(
        self,
        request: AppRequest,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str] | Redirect:
        access = clinic_access(visitor, slug, MANAGE)
        form = await read_form(request)
        follows = form.values.get("follows_opening_hours") == "true"
        try:
            given = check(form, NewPractitioner, follows_opening_hours=follows)
            async with database.begin(access.scope) as work:
                before = await read_walk(work, access)
                person = await practitioners.add_practitioner(work, given)
                onward = await leads_to(work, access, before, f"{home_of(slug)}/{person.id}")
        except InvalidFields as refusal:
            return _page(request, visitor, access, "new", status=422, form=_rejected(form, refusal))
        words = gettext("{name} is added. Next: enter a credential and upload its evidence.")
        return go_to(onward, flash=words.format(name=person.name))

    @get("/{practitioner_id:uuid}")
    async def show(
        self,
        request: AppRequest,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        access = clinic_access(visitor, slug, MANAGE)
        async with database.begin(access.scope) as work:
            values = await person_values(work, slug, practitioner_id)
        return _page(request, visitor, access, "show", **values)

    @get("/{practitioner_id:uuid}/edit")
    async def edit(
        self,
        request: AppRequest,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        access = clinic_access(visitor, slug, MANAGE)
        async with database.begin(access.scope) as work:
            person = await practitioners.get_practitioner(work, practitioner_id)
            held = await held_for(work, practitioner_id)
        form = Form(person.model_dump())
        return _page(request, visitor, access, "edit", person=person, form=form, held=held, clinic_slug=slug)

    @post("/{practitioner_id:uuid}/edit")
    async def update(
        self,
        request: AppRequest,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str] | Redirect:
        access = clinic_access(visitor, slug, MANAGE)
        form = await read_form(request)
        async with database.begin(access.scope) as work:
            person = await practitioners.get_practitioner(work, practitioner_id)
            held = await held_for(work, practitioner_id)
        try:
            given = check(form, NewPractitioner)
            patch = PractitionerPatch.model_validate(given.model_dump(exclude={"follows_opening_hours"}))
            async with database.begin(access.scope) as work:
                await practitioners.update_practitioner(work, practitioner_id, patch)
                words = await saved_words(work, practitioner_id)
        except InvalidFields as refusal:
            kept = _rejected(form, refusal)
            known = {"person": person, "held": held, "clinic_slug": slug}
            return _page(request, visitor, access, "edit", status=422, form=kept, **known)
        return go_to(f"{home_of(slug)}/{practitioner_id}", flash=words)

    @post("/{practitioner_id:uuid}/archive")
    async def archive(
        self,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Redirect:
        access = clinic_access(visitor, slug, MANAGE)
        async with database.begin(access.scope) as work:
            await practitioners.archive_practitioner(work, practitioner_id)
        return go_to(
            home_of(slug), flash="Taken off your pages and times. What was booked stays in the calendar."
        )

    @get("/{practitioner_id:uuid}/hours")
    async def hours(
        self,
        request: AppRequest,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        access = clinic_access(visitor, slug, MANAGE)
        async with database.begin(access.scope) as work:
            values = await person_values(work, slug, practitioner_id)
            left = await list_outside(work, practitioner_id=practitioner_id)
        fields: dict[str, Any] = {}
        for place in values["places"]:
            there = [span for span in values["person"].hours if span.location_id == place.id]
            fields |= typed(there, place.id)
        return _hours_page(request, visitor, access, Form(fields), values, left=left)

    @post("/{practitioner_id:uuid}/hours")
    async def set_hours(
        self,
        request: AppRequest,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str] | Redirect:
        access = clinic_access(visitor, slug, MANAGE)
        form = await read_form(request)
        async with database.begin(access.scope) as work:
            values = await person_values(work, slug, practitioner_id)
        if with_rows_changed(form):
            return _hours_page(request, visitor, access, form, values, unsaved=True)
        rows, spans = read_rows(form, [place.id for place in values["places"]])
        try:
            async with database.begin(access.scope) as work:
                if form.values.get("follow") == "true":
                    await practitioners.follow_opening_hours(work, practitioner_id)
                else:
                    week = check(Form({"hours": spans}), PractitionerHoursIn)
                    await practitioners.set_practitioner_hours(work, practitioner_id, week)
                left = await list_outside(work, practitioner_id=practitioner_id)
        except InvalidFields as refusal:
            reject(form, refusal.errors, rows)
            return _hours_page(request, visitor, access, form, values, status=422)
        if left:
            return to_what_is_left(f"{home_of(slug)}/{practitioner_id}/hours", left)
        return go_to(f"{home_of(slug)}/{practitioner_id}", flash="The hours are saved.")


async def person_values(work: ClinicWork, slug: str, practitioner_id: UUID) -> dict[str, Any]:
    """What the pages of one person show: person, portraits, the clinic's places, until when an expiry is near."""
    return {
        "person": await practitioners.get_practitioner(work, practitioner_id),
        "places": await places.list_locations(work),
        "now": work.now,
        "soon": work.now.date() + SOON,
        "upload_errors": {},
        "portraits": [
            shown_at(f"/clinic/{slug}", one)
            for one in await practitioners.list_portraits(work, practitioner_id)
        ],
        "portrait_errors": {},
        "calendars": await externals.list_calendars(work, practitioner_id),
        "calendar_form": Form(),
        "clock_zone": await clinic_zone(work),
    }


def _rejected(form: Form, refusal: InvalidFields) -> Form:
    for error in refusal.errors:
        form.errors.setdefault(error.field, named(error, _LABELS))
    return form


def _hours_page(
    request: AppRequest,
    visitor: Visitor,
    access: ClinicAccess,
    form: Form,
    values: dict[str, Any],
    *,
    status: int = 200,
    unsaved: bool = False,
    left: Sequence[BookingView] = (),
) -> Response[str]:
    places_ = values["places"]
    zone = ZoneInfo(places_[0].time_zone if places_ else "UTC")
    return _page(
        request,
        visitor,
        access,
        "hours",
        status=status,
        rows=rows_of(form.values, [place.id for place in places_]),
        weekdays=weekday_names(),
        weeks=weeks_told(values["now"].astimezone(zone).date()),
        unsaved=unsaved,
        left=left,
        values=form.values,
        errors=form.errors,
        **values,
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
    template = f"clinic/practitioners/{name}.html"
    home = home_of(access.slug)
    return desk_page(
        request, visitor, access, template, current="practitioners", status=status, home=home, **values
    )
