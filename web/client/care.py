"""The client's course page: what was, what to do today, what comes, and how to reach the clinic."""

from __future__ import annotations

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from services.courses import photos
from services.courses.care import get_care
from services.courses.photo_rules import DUE
from services.courses.red_flags import emergency_numbers
from services.kernel.work import Database
from services.scheduling import booking as scheduling
from web.client.managing import open_managed, private
from web.client.plans import day_of_course, drawing_of
from web.context import AppRequest, Visitor
from web.pages import page


class CarePage(Controller):
    """`/bookings/{reference}/course`, for whoever may manage the booking."""

    path = "/bookings/{reference:str}/course"

    @get("/")
    async def show(
        self,
        request: AppRequest,
        reference: str,
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        """The days of the course. Raises `NotFound` for a wrong token as for an unknown reference."""
        managed = await open_managed(
            database, visitor, reference, request.query_params.get("token", ""), health=True
        )
        async with database.begin(managed.scope) as work:
            sessions = await scheduling.list_group(work, managed.booking.group_id)
            care = await get_care(work, sessions, managed.course)
            plan = await photos.get_plan(
                work, sessions, await photos.list_photos(work, managed.booking.group_id)
            )
            base_url = work.tools.base_url
        return private(
            page(
                request,
                "booking/course.html",
                **managed.values(),
                care=care,
                emergency=emergency_numbers(managed.booking.country),
                course=managed.course,
                check_ins=[(one.check_in.day, one.url.removeprefix(base_url)) for one in care.open_check_ins],
                photo_due=next((one for one in plan if one.state == DUE), None),
                plan=drawing_of(managed.sessions, managed.course),
                day_today=day_of_course(managed.sessions, managed.now),
                past=[item for item in care.days if item.on < care.today],
                to_come=[item for item in care.days if item.on >= care.today],
            )
        )
