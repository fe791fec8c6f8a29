"""The clinic's bookings as a list: between two days, or over and not closed; by state and practitioner, in pages."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get
from litestar.di import NamedDependency, Provide

from services.clinics import places
from services.kernel.language import N_
from services.practitioners import service as practitioners
from services.scheduling import booking as scheduling
from web.client.weeks import read_day
from web.clinic.desk import Desk, provide_desk
from web.locale import gettext

Desk_ = NamedDependency[Desk]
UNCLOSED = "unclosed"
PAGE, AHEAD, LONGEST = 50, timedelta(days=30), timedelta(days=366)
STATES = {
    "requested": N_("Waiting for an answer"),
    "confirmed": N_("Confirmed"),
    "arrived": N_("Arrived"),
    UNCLOSED: N_("Over, not closed"),
    "completed": N_("Completed"),
    "no_show": N_("Did not come"),
    "cancelled": N_("Cancelled"),
    "declined": N_("Declined"),
    "expired": N_("Expired"),
}


class BookingList(Controller):
    """`/clinic/{slug}/bookings`."""

    path = "/clinic/{slug:str}/bookings"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get("/")
    async def index(self, desk: Desk_) -> Response[str]:
        """Bookings between two days by state and practitioner; those over and not closed are of all days."""
        given = desk.request.query_params
        errors: dict[str, str] = {}
        async with desk.work("bookings:read") as work:
            locations = await places.list_locations(work)
            zone = ZoneInfo(locations[0].time_zone if locations else "UTC")
            today = work.now.astimezone(zone).date()
            unclosed = given.get("state") == UNCLOSED
            days = ("", "") if unclosed else (given.get("from", ""), given.get("to", ""))
            from_on, to_on = _range(*days, today, errors)
            people = [(one, name) for one, name, _ in await practitioners.list_names(work)]
            state = given.get("state", "")
            if state and state not in STATES:
                errors["state"] = "Choose one of the states."
            person = _one_of(given.get("practitioner_id", ""), {str(one): one for one, _ in people}, errors)
            cursor = given.get("cursor")
            found = (
                await scheduling.list_unclosed(work, practitioner_id=person, cursor=cursor, limit=PAGE)
                if unclosed
                else await scheduling.list_bookings(
                    work,
                    from_on,
                    to_on,
                    practitioner_id=person,
                    status=state if state in STATES else None,
                    cursor=cursor,
                    limit=PAGE,
                )
            )
            now = work.now
        base = f"/clinic/{desk.slug}/bookings"
        keep = {name: value for name, value in given.items() if name != "cursor" and value}
        return desk.page(
            "clinic/bookings/index.html",
            current="bookings",
            status=422 if errors else 200,
            bookings=found.items,
            next_url=f"{base}?{urlencode(keep | {'cursor': found.next})}" if found.next else None,
            start_url=f"{base}?{urlencode(keep)}" if cursor else None,
            from_on=from_on,
            to_on=to_on,
            values={
                "from": "" if unclosed else from_on.isoformat(),
                "to": "" if unclosed else to_on.isoformat(),
                "state": state,
                "practitioner_id": given.get("practitioner_id", ""),
            },
            errors=errors,
            states=[(state, gettext(words)) for state, words in STATES.items()],
            people=people,
            now=now,
            filtered=bool(keep),
            unclosed=unclosed,
            can_book=desk.may("bookings:manage"),
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


def _one_of(given: str, options: dict[str, UUID], errors: dict[str, str]) -> UUID | None:
    if given and given not in options:
        errors["practitioner_id"] = "Choose one of the practitioners."
    return options.get(given)
