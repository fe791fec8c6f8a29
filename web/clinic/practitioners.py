"""Pages of a clinic's practitioners: the list, one person with credentials and evidence, details and hours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from pydantic import ValidationError

from services.clinics import places
from services.kernel.errors import InvalidFields
from services.kernel.work import ClinicWork, Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import NewPractitioner, PractitionerHoursIn, PractitionerPatch
from services.scheduling import externals
from web.clinic.desk import clinic_zone, desk_page
from web.clinic.field_words import named
from web.clinic.held import held_for, saved_words
from web.clinic.pictures import shown_at
from web.clinic.points import read_points
from web.clinic.walk import leads_to, read_walk
from web.context import AppRequest, ClinicAccess, Visitor, clinic_access
from web.forms import Form, check, read_form
from web.pages import go_to

MANAGE = "practitioners:manage"
SOON = timedelta(days=30)
SPANS = ("first", "second")
_LABELS = {
    "name": "Name",
    "title": "What they are",
    "bio": "Training and experience",
    "needling_since_year": "Needling since",
    "sessions_before": "Sessions performed so far",
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
        return _page(request, visitor, access, "index", people=people, soon=soon, points=points)

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
        words = f"{person.name} is added. Next: enter a credential and upload its evidence."
        return go_to(onward, flash=words)

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
        typed: dict[str, Any] = {}
        for span in values["person"].hours:
            day = f"{span.location_id}-{span.weekday}"
            part = SPANS[1] if f"opens-{day}-{SPANS[0]}" in typed else SPANS[0]
            typed[f"opens-{day}-{part}"] = f"{span.opens:%H:%M}"
            typed[f"closes-{day}-{part}"] = f"{span.closes:%H:%M}"
        return _page(request, visitor, access, "hours", form=Form(typed), **values)

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
        names, spans = _typed_spans(form, [place.id for place in values["places"]])
        try:
            async with database.begin(access.scope) as work:
                if form.values.get("follow") == "true":
                    await practitioners.follow_opening_hours(work, practitioner_id)
                else:
                    week = PractitionerHoursIn.model_validate({"hours": spans})
                    await practitioners.set_practitioner_hours(work, practitioner_id, week)
        except ValidationError as error:
            _reject_spans(form, InvalidFields.from_pydantic(error), names)
        except InvalidFields as refusal:
            _reject_spans(form, refusal, names)
        else:
            return go_to(f"{home_of(slug)}/{practitioner_id}", flash="The hours are saved.")
        return _page(request, visitor, access, "hours", status=422, form=form, **values)


async def person_values(work: ClinicWork, slug: str, practitioner_id: UUID) -> dict[str, Any]:
    """What the pages of one person show: person, portraits, the clinic's places, until when an expiry is near."""
    return {
        "person": await practitioners.get_practitioner(work, practitioner_id),
        "places": await places.list_locations(work),
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


def _typed_spans(form: Form, location_ids: list[UUID]) -> tuple[list[str], list[dict[str, Any]]]:
    """The spans that were typed, and for each the ending of its fields' names."""
    names, spans = [], []
    for location_id in location_ids:
        for weekday in range(7):
            for part in SPANS:
                name = f"{location_id}-{weekday}-{part}"
                given = {key: form.values.get(f"{key}-{name}", "") for key in ("opens", "closes")}
                filled = {key: value for key, value in given.items() if value}
                if filled:
                    names.append(name)
                    spans.append({"location_id": location_id, "weekday": weekday, **filled})
    return names, spans


def _reject_spans(form: Form, refusal: InvalidFields, names: list[str]) -> None:
    for error in refusal.errors:
        parts = error.field.split(".")
        if parts[0] == "hours" and len(parts) > 1:
            field = parts[2] if len(parts) > 2 and parts[2] in {"opens", "closes"} else "opens"  # noqa: PLR2004
            form.errors.setdefault(f"{field}-{names[int(parts[1])]}", error.message)
        else:
            form.errors.setdefault("form", error.message)


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
