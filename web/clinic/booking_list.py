"""The clinic's bookings as a list: between two days, by state and practitioner, in pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from services.clinics import places
from services.kernel.paging import Page, encode_cursor
from services.kernel.work import ClinicWork, Database
from services.practitioners import service as practitioners
from services.scheduling import booking as scheduling
from services.scheduling.schemas import BookingView
from web.client.weeks import read_day
from web.clinic.desk import desk_page, may
from web.context import AppRequest, Visitor, clinic_access

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]
PAGE, STEP, AHEAD, LONGEST = 50, 100, timedelta(days=30), timedelta(days=366)
STATES = {
    "requested": "Waiting for an answer",
    "confirmed": "Confirmed",
    "arrived": "Arrived",
    "completed": "Completed",
    "no_show": "Did not come",
    "cancelled": "Cancelled",
    "declined": "Declined",
    "expired": "Expired",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which bookings: local days, both inclusive; a practitioner; a state."""

    from_on: date
    to_on: date
    practitioner_id: UUID | None
    state: str


class BookingList(Controller):
    """`/clinic/{slug}/bookings`."""

    path = "/clinic/{slug:str}/bookings"

    @get("/")
    async def index(
        self, request: AppRequest, slug: str, database: Database_, visitor: Visitor_
    ) -> Response[str]:
        """Bookings between two days, filtered by state and practitioner, in pages."""
        access = clinic_access(visitor, slug, "bookings:read")
        given = request.query_params
        errors: dict[str, str] = {}
        async with database.begin(access.scope) as work:
            locations = await places.list_locations(work)
            zone = ZoneInfo(locations[0].time_zone if locations else "UTC")
            today = work.now.astimezone(zone).date()
            from_on, to_on = _range(given.get("from", ""), given.get("to", ""), today, errors)
            people = await practitioners.list_practitioners(work)
            state = given.get("state", "")
            if state and state not in STATES:
                errors["state"] = "Choose one of the states."
            person = _one_of(
                given.get("practitioner_id", ""), {str(item.id): item.id for item in people}, errors
            )
            cursor = given.get("cursor")
            chosen = Filter(from_on, to_on, person, state if state in STATES else "")
            found = await _page_of(work, chosen, cursor)
        base = f"/clinic/{slug}/bookings"
        keep = {name: value for name, value in given.items() if name != "cursor" and value}
        return desk_page(
            request,
            visitor,
            access,
            "clinic/bookings/index.html",
            current="bookings",
            status=422 if errors else 200,
            bookings=found.items,
            next_url=f"{base}?{urlencode(keep | {'cursor': found.next})}" if found.next else None,
            start_url=f"{base}?{urlencode(keep)}" if cursor else None,
            from_on=from_on,
            to_on=to_on,
            values={
                "from": from_on.isoformat(),
                "to": to_on.isoformat(),
                "state": state,
                "practitioner_id": given.get("practitioner_id", ""),
            },
            errors=errors,
            states=list(STATES.items()),
            people=[(item.id, item.name) for item in people],
            filtered=bool(keep),
            can_book=may(access, "bookings:manage"),
        )


def _range(from_text: str, to_text: str, today: date, errors: dict[str, str]) -> tuple[date, date]:
    from_on, to_on = read_day(from_text) or today, read_day(to_text)
    if from_text and read_day(from_text) is None:
        errors["from"] = "This must be a date, such as 2026-11-30."
    if to_text and to_on is None:
        errors["to"] = "This must be a date, such as 2026-11-30."
    to_on = to_on or from_on + AHEAD
    if to_on < from_on:
        errors["to"] = "The last day is before the first."
        to_on = from_on
    return from_on, min(to_on, from_on + LONGEST)


async def _page_of(work: ClinicWork, chosen: Filter, cursor: str | None) -> Page[BookingView]:
    """A page of what is chosen; read in steps, since scheduling's own list knows no states."""
    shown: list[BookingView] = []
    while True:
        step = await scheduling.list_bookings(
            work,
            chosen.from_on,
            chosen.to_on,
            practitioner_id=chosen.practitioner_id,
            cursor=cursor,
            limit=STEP,
        )
        shown += [item for item in step.items if not chosen.state or item.status == chosen.state]
        cursor = step.next
        if len(shown) > PAGE or (cursor and len(shown) == PAGE):
            last = shown[PAGE - 1]
            return Page(shown[:PAGE], encode_cursor(last.starts_at.isoformat(), last.id))
        if cursor is None:
            return Page(shown)


def _one_of(given: str, options: dict[str, UUID], errors: dict[str, str]) -> UUID | None:
    if given and given not in options:
        errors["practitioner_id"] = "Choose one of the practitioners."
    return options.get(given)
