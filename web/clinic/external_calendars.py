"""A practitioner's calendars elsewhere: added, read now, taken off."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.kernel.errors import InvalidFields, TooManyRequests
from services.kernel.work import Database
from services.scheduling import externals
from services.scheduling.externals import NewExternalCalendar
from web.clinic.desk import desk_page
from web.clinic.practitioners import MANAGE, home_of, person_values
from web.context import AppRequest, Visitor, clinic_access
from web.forms import check, read_form
from web.locale import gettext
from web.pages import go_to


class ExternalCalendarPages(Controller):
    """`/clinic/{slug}/practitioners/{practitioner_id}/calendars`."""

    path = "/clinic/{slug:str}/practitioners/{practitioner_id:uuid}/calendars"
    include_in_schema = False

    @post(status_code=200)
    async def add(
        self,
        request: AppRequest,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """From now on it is read."""
        access = clinic_access(visitor, slug, MANAGE)
        form = await read_form(request)
        try:
            new = check(form, NewExternalCalendar)
            async with database.begin(access.scope) as work:
                added = await externals.add_calendar(work, practitioner_id, new)
        except InvalidFields as refusal:
            async with database.begin(access.scope) as work:
                values = await person_values(work, slug, practitioner_id)
            values |= {"calendar_form": form.reject(refusal), "home": home_of(slug)}
            template = "clinic/practitioners/show.html"
            return desk_page(
                request, visitor, access, template, current="practitioners", status=422, **values
            )
        path = f"{home_of(slug)}/{practitioner_id}#calendars"
        words = gettext("Added. {host} is read in a moment, and again every hour at least.")
        return go_to(path, flash=words.format(host=added.host))

    @post("/{calendar_id:uuid}/read", status_code=303)
    async def read_now(
        self,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        calendar_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """Within moments, once a minute at most."""
        path = f"{home_of(slug)}/{practitioner_id}#calendars"
        try:
            async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
                await externals.read_soon(work, practitioner_id, calendar_id)
        except TooManyRequests:
            return go_to(path, flash="It was read within the last minute. Wait a moment.", kind="info")
        return go_to(path, flash="It is read in a moment.")

    @post("/{calendar_id:uuid}/remove", status_code=303)
    async def remove(
        self,
        slug: FromPath[str],
        practitioner_id: FromPath[UUID],
        calendar_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """It is read no more, and what it said no longer counts."""
        async with database.begin(clinic_access(visitor, slug, MANAGE).scope) as work:
            await externals.remove_calendar(work, practitioner_id, calendar_id)
        return go_to(
            f"{home_of(slug)}/{practitioner_id}#calendars", flash="Removed. What it said no longer counts."
        )
