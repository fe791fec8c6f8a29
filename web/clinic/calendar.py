"""The clinic's calendar: a day or a week of a location by people, rooms or devices, as a grid and as a list."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get
from litestar.di import NamedDependency, Provide

from services.clinics import places
from services.clinics import service as clinics
from services.clinics.schemas import LocationView
from services.kernel.work import ClinicWork
from services.notices.rules import SETTLING
from services.scheduling.diary import read_diary
from web.client.weeks import read_day
from web.clinic.calendar_blocks import Drawing
from web.clinic.calendar_columns import draw, words_of_day
from web.clinic.calendar_view import DAY, GRID, LIST, WEEK, View, choices, chosen, read_show
from web.clinic.desk import Desk, provide_desk
from web.context import site_of


class CalendarPages(Controller):
    """`/clinic/{slug}/calendar`."""

    path = "/clinic/{slug:str}/calendar"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get("/")
    async def show(self, desk: NamedDependency[Desk]) -> Response[str]:
        """A day (`view=day`) or the week around it (`view=week`), in the location's time."""
        can_book = desk.may("bookings:manage")
        async with desk.work("bookings:read") as work:
            locations = await places.list_locations(work)
            location = chosen(locations, desk.request.query_params.get("location_id", ""))
            if location is None:
                return desk.page("clinic/calendar/nowhere.html", current="calendar")
            view = _view(desk, work, location)
            # Before the days are read: what comes meanwhile is then told again.
            since = await site_of(desk.request).news.mark(work.scope.clinic_id)
            diary = await read_diary(work, location, view.days)
            drawing = Drawing(view, diary, work.now, can_book)
            step = (await clinics.get_clinic(work)).grid_minutes
        part = desk.request.query_params.get("part") == "days"
        return desk.page(
            "clinic/calendar/_days.html" if part else "clinic/calendar/show.html",
            current="calendar",
            view=view,
            step=step if can_book else None,
            since=since,
            utc_days=_utc_days(view, drawing.zone),
            moved=[
                one.booking for one in diary.visits if can_book and one.booking.can_move_back(drawing.now)
            ],
            now=drawing.now,
            settling=SETTLING,
            locations=locations,
            choices=choices(diary),
            words=[(day, words_of_day(diary, day)) for day in view.days],
            can_book=can_book,
            **draw(drawing),
        )


def _utc_days(view: View, zone: ZoneInfo) -> list[str]:
    """The UTC days that the view's local days touch, as the live stream names them."""
    first = datetime.combine(view.days[0], time.min, zone).astimezone(UTC).date()
    last = datetime.combine(view.days[-1], time.max, zone).astimezone(UTC).date()
    return [(first + timedelta(days=number)).isoformat() for number in range((last - first).days + 1)]


def _view(desk: Desk, work: ClinicWork, location: LocationView) -> View:
    given = desk.request.query_params
    today = work.now.astimezone(ZoneInfo(location.time_zone)).date()
    kind, only = read_show(given.get("show", ""))
    form = given.get("as", "")
    return View(
        slug=desk.slug,
        span=WEEK if given.get("view") == WEEK else DAY,
        day=read_day(given.get("day", "")) or today,
        today=today,
        location=location,
        kind=kind,
        only=only,
        form=form if form in {GRID, LIST} else "",
    )
