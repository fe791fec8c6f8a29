"""The clinic's calendar: a day by practitioner with the phases of each visit, a week as a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from services.clinics import places
from services.clinics.schemas import LocationView
from services.kernel.work import ClinicWork, Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import PractitionerView
from services.scheduling import booking as scheduling
from services.scheduling.schemas import BookingView
from services.treatments import service as treatments
from services.treatments.rules import phases
from services.treatments.schemas import TreatmentView
from web.client.weeks import read_day
from web.clinic.desk import desk_page, may
from web.context import AppRequest, Visitor, clinic_access

SHOWN = frozenset({"requested", "held", "confirmed", "arrived", "completed", "no_show"})
EARLIEST, LATEST = 8 * 60, 18 * 60
LONGEST_DAY = 16 * 60
WEEK = 7
MOST_BOOKINGS = 500


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at: a day or a week, at one location."""

    slug: str
    kind: str
    day: date
    location: LocationView | None

    def query(self, **changed: str) -> str:
        """The query of this view with something changed."""
        values = {"view": self.kind, "day": self.day.isoformat()}
        if self.location:
            values["location_id"] = str(self.location.id)
        return urlencode(values | changed)


class CalendarPages(Controller):
    """`/clinic/{slug}/calendar`."""

    path = "/clinic/{slug:str}/calendar"

    @get("/")
    async def show(
        self,
        request: AppRequest,
        slug: str,
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        """A day (`view=day`) or the week around it (`view=week`), in the location's time."""
        access = clinic_access(visitor, slug, "bookings:read")
        async with database.begin(access.scope) as work:
            locations = await places.list_locations(work)
            location = _chosen(locations, request.query_params.get("location_id", ""))
            zone = location.time_zone if location else "UTC"
            today = work.now.astimezone(ZoneInfo(zone)).date()
            kind = "week" if request.query_params.get("view") == "week" else "day"
            view = View(slug, kind, read_day(request.query_params.get("day", "")) or today, location)
            values = await _values(work, view, today)
        return desk_page(
            request,
            visitor,
            access,
            "clinic/calendar/show.html",
            current="calendar",
            locations=[
                {"id": place.id, "name": place.name, "query": view.query(location_id=str(place.id))}
                for place in locations
            ],
            location=location,
            zone=zone,
            can_book=may(access, "bookings:manage"),
            **values,
        )


async def _values(work: ClinicWork, view: View, today: date) -> dict[str, Any]:
    step = timedelta(days=WEEK if view.kind == "week" else 1)
    values: dict[str, Any] = {
        "view": view.kind,
        "day": view.day,
        "is_today": view.day == today,
        "before_query": view.query(day=(view.day - step).isoformat()),
        "after_query": view.query(day=(view.day + step).isoformat()),
        "today_query": view.query(day=today.isoformat()),
        "day_query": view.query(view="day"),
        "week_query": view.query(view="week"),
        "days": [],
        "columns": [],
    }
    if view.location is None:
        return values
    if view.kind == "week":
        return values | {"days": await _week(work, view, view.location, today)}
    return values | await _day(work, view, view.location, today)


async def _week(work: ClinicWork, view: View, location: LocationView, today: date) -> list[dict[str, Any]]:
    monday = view.day - timedelta(days=view.day.weekday())
    found = await bookings_at(work, location, monday, monday + timedelta(days=WEEK - 1))
    zone = ZoneInfo(location.time_zone)
    return [
        {
            "date": day,
            "is_today": day == today,
            "query": view.query(view="day", day=day.isoformat()),
            "bookings": [item for item in found if item.starts_at.astimezone(zone).date() == day],
        }
        for day in (monday + timedelta(days=number) for number in range(WEEK))
    ]


async def _day(work: ClinicWork, view: View, location: LocationView, today: date) -> dict[str, Any]:
    found = await bookings_at(work, location, view.day, view.day)
    menu = {item.id: item for item in await treatments.list_treatments(work)}
    for treatment_id in {item.treatment_id for item in found} - set(menu):
        menu[treatment_id] = await treatments.get_treatment(work, treatment_id)
    people = await practitioners.list_practitioners(work)
    columns = [_column(view, location, person, found, menu) for person in people]
    columns += _columns_of_former(view, found, people, menu)
    columns = [column for column in columns if column["open"] or column["bookings"]] or columns
    edges = [edge for column in columns for span in column["open"] for edge in span]
    edges += [
        edge for column in columns for item in column["bookings"] for edge in (item["from"], item["to"])
    ]
    first = min([EARLIEST, *edges]) // 60 * 60
    last = min(max([LATEST, *edges]), first + LONGEST_DAY)
    local = work.now.astimezone(ZoneInfo(location.time_zone))
    return {
        "columns": columns,
        "from_minute": first,
        "to_minute": last,
        "now": minutes_of(local, today) if view.day == today else None,
    }


async def bookings_at(
    work: ClinicWork, location: LocationView, from_on: date, to_on: date
) -> list[BookingView]:
    """The bookings that take time at a location between two local dates, both inclusive, in order."""
    found: list[BookingView] = []
    cursor: str | None = None
    while True:
        shown = await scheduling.list_bookings(work, from_on, to_on, cursor=cursor, limit=100)
        found += [item for item in shown.items if item.location_id == location.id and item.status in SHOWN]
        cursor = shown.next
        if cursor is None or len(found) >= MOST_BOOKINGS:
            return found


def minutes_of(moment: datetime, day: date) -> int:
    """Minutes on the wall clock since midnight of a local day; more than 1,440 after it."""
    return (moment.date() - day).days * 24 * 60 + moment.hour * 60 + moment.minute


def _minute(value: time | str) -> int:
    at = time.fromisoformat(value) if isinstance(value, str) else value
    return at.hour * 60 + at.minute


def _column(
    view: View,
    location: LocationView,
    person: PractitionerView,
    found: Sequence[BookingView],
    menu: dict[UUID, TreatmentView],
) -> dict[str, Any]:
    spans = [
        (_minute(hours.opens), _minute(hours.closes))
        for hours in person.hours
        if hours.weekday == view.day.weekday() and hours.location_id in {None, location.id}
    ]
    return {
        "name": person.name,
        "note": person.title,
        "open": sorted(spans),
        "bookings": [_block(view, item, menu) for item in found if item.practitioner_id == person.id],
    }


def _columns_of_former(
    view: View,
    found: Sequence[BookingView],
    people: Sequence[PractitionerView],
    menu: dict[UUID, TreatmentView],
) -> list[dict[str, Any]]:
    """Bookings of people who have left keep a column, so that nothing booked is out of sight."""
    known = {person.id for person in people}
    names = {
        item.practitioner_id: item.practitioner_name for item in found if item.practitioner_id not in known
    }
    return [
        {
            "name": name,
            "note": "",
            "open": [],
            "bookings": [_block(view, item, menu) for item in found if item.practitioner_id == former],
        }
        for former, name in names.items()
    ]


def _block(view: View, booking: BookingView, menu: dict[UUID, TreatmentView]) -> dict[str, Any]:
    zone = ZoneInfo(booking.time_zone)
    start = minutes_of(booking.starts_at.astimezone(zone), view.day)
    length = int((booking.ends_at - booking.starts_at) / timedelta(minutes=1))
    return {
        "from": start,
        "to": start + length,
        "href": f"/clinic/{view.slug}/bookings/{booking.reference}",
        "client": booking.client_name,
        "treatment": booking.treatment_name,
        "status": booking.status,
        "phases": _phases(start, length, menu[booking.treatment_id]),
    }


def _phases(start: int, length: int, treatment: TreatmentView) -> list[dict[str, Any]]:
    """The visit's parts. Needling is what the booked length leaves, should the menu have changed since."""
    around = treatment.preparation_minutes + treatment.numbing_minutes + treatment.finish_minutes
    needling = max(length - around, 0)
    parts: list[dict[str, Any]] = []
    at, end = start, start + length
    for phase in phases(
        treatment.preparation_minutes, treatment.numbing_minutes, needling, treatment.finish_minutes
    ):
        until = min(at + phase.minutes, end)
        if until > at:
            parts.append({"kind": str(phase.name), "from": at, "to": until})
        at = until
    return parts


def _chosen(locations: Sequence[LocationView], given: str) -> LocationView | None:
    for place in locations:
        if str(place.id) == given:
            return place
    return locations[0] if locations else None
