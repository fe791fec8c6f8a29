"""Pages of other hours on single days: of a location with its public holidays, and of a practitioner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.clinics import service as clinics
from services.clinics.hours_schemas import HolidayChoice, NewException
from services.kernel.errors import InvalidFields
from services.kernel.language import N_
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import NewAbsence
from services.scheduling.displaced import list_left
from services.scheduling.schemas import BookingView
from web.clinic.walk import Asked
from web.context import AppRequest, Visitor, clinic_access
from web.forms import Form, check, read_form
from web.locale import gettext
from web.pages import go_to

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]
_PLACES, _PEOPLE = "clinic:manage", "practitioners:manage"
_PLACE_KINDS = {
    "closed": N_("Closed all day"),
    "taken": N_("Closed for part"),
    "extra": N_("Open in addition"),
}
_PEOPLE_KINDS = {
    "closed": N_("Away all day"),
    "taken": N_("Away for part"),
    "extra": N_("Works in addition"),
}


class LocationDays(Controller):
    path = "/clinic/{slug:str}/locations/{location_id:uuid}/days"

    @get()
    async def show(
        self,
        request: AppRequest,
        slug: FromPath[str],
        location_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[str]:
        asked = Asked(request, visitor, clinic_access(visitor, slug, _PLACES))
        return await self._page(asked, database, location_id, Form({"kind": "closed"}))

    @post(status_code=200)
    async def add(
        self,
        request: AppRequest,
        slug: FromPath[str],
        location_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, _PLACES)
        form = await read_form(request)
        try:
            new = check(form, NewException)
            async with database.begin(access.scope) as work:
                added = await clinics.add_exception(work, location_id, new)
                left = await list_left(work, await clinics.list_exceptions(work, [location_id]))
        except InvalidFields as refusal:
            asked = Asked(request, visitor, access)
            return await self._page(asked, database, location_id, form.reject(refusal), 422)
        return _saved(f"/clinic/{slug}/locations/{location_id}/days", left.get(added.id, []))

    @post("/{exception_id:uuid}/remove", status_code=303)
    async def remove(
        self,
        slug: FromPath[str],
        location_id: FromPath[UUID],
        exception_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[Any]:
        async with database.begin(clinic_access(visitor, slug, _PLACES).scope) as work:
            await clinics.remove_exception(work, location_id, exception_id)
        return go_to(f"/clinic/{slug}/locations/{location_id}/days", flash="The week's hours hold again.")

    @post("/holidays", status_code=303)
    async def holidays(
        self,
        request: AppRequest,
        slug: FromPath[str],
        location_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[Any]:
        """`closed` or `open` holds one day; `all` closes on every day of which nothing was said."""
        access, form = clinic_access(visitor, slug, _PLACES), await read_form(request)
        async with database.begin(access.scope) as work:
            holidays = await clinics.list_holidays(work, location_id)
            if form.values.get("all"):
                days = [one.on for one in holidays if one.state == "proposed"]
            else:
                days = [_day(str(form.values.get("closed") or form.values.get("open") or ""))]
            choice = HolidayChoice(closed="open" not in form.values)
            for on in days:
                await clinics.choose_holiday(work, location_id, on, choice)
            found = await clinics.list_exceptions(work, [location_id])
            left = await list_left(work, [one for one in found if one.holiday and one.first_on in days])
        return _saved(
            f"/clinic/{slug}/locations/{location_id}/days#holidays",
            [one for visits in left.values() for one in visits],
        )

    @staticmethod
    async def _page(
        asked: Asked, database: Database, location_id: UUID, form: Form, status: int = 200
    ) -> Response[str]:
        async with database.begin(asked.access.scope) as work:
            location = await clinics.get_location(work, location_id)
            found = await clinics.list_exceptions(work, [location_id])
            holidays = await clinics.list_holidays(work, location_id)
            left = await list_left(work, found)
        return asked.page(
            "clinic/setup/days.html",
            current="locations",
            status=status,
            name=location.name,
            zone=location.time_zone,
            back={"href": f"/clinic/{asked.access.slug}/locations", "label": gettext("Locations")},
            base=f"/clinic/{asked.access.slug}/locations/{location_id}/days",
            exceptions=[item for item in found if item.holiday is None],
            holidays=holidays,
            left=left,
            left_on={item.first_on: left.get(item.id, []) for item in found if item.holiday is not None},
            proposed=sum(item.state == "proposed" for item in holidays),
            places=[],
            kinds=_said(_PLACE_KINDS),
            values=form.values,
            errors=form.errors,
        )


class PractitionerDays(Controller):
    path = "/clinic/{slug:str}/practitioners/{practitioner_id:uuid}/days"

    @get()
    async def show(
        self,
        request: AppRequest,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[str]:
        asked = Asked(request, visitor, clinic_access(visitor, slug, _PEOPLE))
        return await self._page(asked, database, practitioner_id, Form({"kind": "closed"}))

    @post(status_code=200)
    async def add(
        self,
        request: AppRequest,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, _PEOPLE)
        form = await read_form(request)
        try:
            new = check(form, NewAbsence)
            async with database.begin(access.scope) as work:
                added = await practitioners.add_absence(work, practitioner_id, new)
                left = await list_left(work, await practitioners.list_absences(work, practitioner_id))
        except InvalidFields as refusal:
            asked = Asked(request, visitor, access)
            return await self._page(asked, database, practitioner_id, form.reject(refusal), 422)
        return _saved(f"/clinic/{slug}/practitioners/{practitioner_id}/days", left.get(added.id, []))

    @post("/{exception_id:uuid}/remove", status_code=303)
    async def remove(
        self,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        exception_id: FromPath[UUID],
        database: Database_,
        visitor: Visitor_,
    ) -> Response[Any]:
        async with database.begin(clinic_access(visitor, slug, _PEOPLE).scope) as work:
            await practitioners.remove_absence(work, practitioner_id, exception_id)
        path = f"/clinic/{slug}/practitioners/{practitioner_id}/days"
        return go_to(path, flash="The week's hours hold again.")

    @staticmethod
    async def _page(
        asked: Asked, database: Database, practitioner_id: UUID, form: Form, status: int = 200
    ) -> Response[str]:
        async with database.begin(asked.access.scope) as work:
            person = await practitioners.get_practitioner(work, practitioner_id)
            found = await practitioners.list_absences(work, practitioner_id)
            places = await clinics.list_locations(work)
            left = await list_left(work, found)
        own = f"/clinic/{asked.access.slug}/practitioners/{practitioner_id}"
        return asked.page(
            "clinic/setup/days.html",
            current="practitioners",
            status=status,
            name=person.name,
            zone=places[0].time_zone if len(places) == 1 else "",
            back={"href": own, "label": person.name},
            base=f"{own}/days",
            exceptions=found,
            holidays=[],
            left=left,
            left_on={},
            proposed=0,
            places=[(place.id, place.name) for place in places],
            kinds=_said(_PEOPLE_KINDS),
            values=form.values,
            errors=form.errors,
        )


def _said(kinds: Mapping[str, str]) -> list[tuple[str, str]]:
    """The kinds of a day as choices, in the page's language."""
    return [(kind, gettext(words)) for kind, words in kinds.items()]


def _saved(path: str, left: Sequence[BookingView]) -> Response[Any]:
    if not left:
        return go_to(path, flash="Saved.")
    words = gettext("Saved. {n} visits are booked on these days: look whether to move them.")
    if len(left) == 1:
        words = gettext("Saved. One visit is booked on these days: look whether to move it.")
    return go_to(path, flash=words.format(n=len(left)), kind="caution")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidFields.one("on", "wrong-type", "This must be a date, such as 2026-11-30.") from error
