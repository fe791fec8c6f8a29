"""A move before it is made: where the visit would be, what the client would be told, which later sessions would follow.

The calendar asks here for what was dragged or moved by keys, and shows the answer in a dialog; without a script it is a
page, reached from the move form.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get
from litestar.di import NamedDependency, Provide

from services.clinics import places
from services.clinics.schemas import LocationView
from services.courses.moving import preview_move
from services.kernel.errors import InvalidFields, NotFound, Refusal
from services.kernel.work import ClinicWork
from services.notices.rules import SETTLING
from services.practitioners import service as practitioners
from services.scheduling.externals import is_busy_elsewhere
from services.scheduling.grid_rules import edge_of
from services.scheduling.moving import get_place_to_move_to
from services.scheduling.obstacles import Obstacle, Sought, list_obstacles
from services.scheduling.schemas import BookingView, MovePreview
from web.client.booking import alternatives_of
from web.client.orders import read_instant
from web.client.weeks import read_day
from web.clinic.desk import Desk, Opened, back_to, open_booking, provide_desk
from web.clinic.meanwhile import said_changed
from web.forms import Form, words_of
from web.pages import go_to

Desk_ = NamedDependency[Desk]
THINGS = ("practitioner_id", "room_id", "device_id")
NO_TIME = "Give a day and a time."


@dataclass(frozen=True, slots=True)
class Asked:
    """What a move asks for: an instant, and whom and what it names."""

    starts_at: datetime | None
    things: dict[str, UUID]

    @property
    def moment(self) -> datetime:
        """The instant, where there is one."""
        if self.starts_at is None:
            raise LookupError("no time was asked for")
        return self.starts_at

    @property
    def fields(self) -> dict[str, str]:
        """As a form or an address sends it again."""
        when = {"starts_at": self.starts_at.isoformat()} if self.starts_at else {}
        return when | {name: str(one) for name, one in self.things.items()}


def read_asked(values: dict[str, Any], zone: ZoneInfo) -> Asked:
    """The wished time: an instant (`starts_at`), or a day and a time of the zone (`on`, `at`). Raises `NotFound`."""
    try:
        things = {name: UUID(str(values[name])) for name in THINGS if values.get(name)}
    except ValueError as error:
        raise NotFound from error
    starts_at = read_instant(str(values.get("starts_at", "")))
    day, at = read_day(str(values.get("on", ""))), _read_time(str(values.get("at", "")))
    if starts_at is None and day and at:
        starts_at = edge_of(day, at, zone).astimezone(UTC)
    return Asked(starts_at, things)


def _read_time(text: str) -> time | None:
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None


class ProposalPages(Controller):
    """`/clinic/{slug}/bookings/{reference}/reschedule/to`."""

    path = "/clinic/{slug:str}/bookings/{reference:str}/reschedule/to"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get("/")
    async def propose(self, desk: Desk_, reference: str) -> Response[Any]:
        """What the move would do; nothing is changed by asking."""
        opened = await open_booking(desk, reference, "bookings:manage")
        if "reschedule" not in opened.actions:
            return go_to(opened.path, flash=said_changed(opened.booking), kind="caution")
        place = await find_place(opened)
        asked = read_asked(dict(desk.request.query_params.items()), ZoneInfo(place.time_zone))
        if asked.starts_at is None:
            refusal: Refusal = InvalidFields.one("on", "missing", NO_TIME)
            return await _page(opened, place, asked, None, refusal)
        try:
            async with desk.work("bookings:manage") as work:
                seen = await preview_move(
                    work, opened.booking.id, asked.starts_at, by="clinic", **asked.things
                )
        except NotFound:
            raise
        except Refusal as refused:
            return await _page(opened, place, asked, None, refused)
        return await _page(opened, place, asked, seen, None)


async def find_place(opened: Opened) -> LocationView:
    """Where the visit would be after a move."""
    async with opened.desk.work("bookings:manage") as work:
        return await get_place_to_move_to(work, opened.booking)


async def find_obstacles(opened: Opened, asked: Asked, refusal: Refusal | None) -> list[Obstacle]:
    """What is in the way, by name, where a time was refused as taken or as out of hours."""
    codes = (
        {one.code for one in refusal.errors}
        if isinstance(refusal, InvalidFields)
        else {refusal and refusal.code}
    )
    if asked.starts_at is None or not codes & {"slot-taken", "not-offered"}:
        return []
    try:
        async with opened.desk.work("bookings:manage") as work:
            return await list_obstacles(work, opened.booking, Sought(asked.starts_at, **asked.things))
    except Refusal:
        return []


async def _page(
    opened: Opened, place: LocationView, asked: Asked, seen: MovePreview | None, refusal: Refusal | None
) -> Response[str]:
    desk, booking = opened.desk, opened.booking
    given = desk.request.query_params
    back = back_to(desk, Form({"back": given.get("back", "")})) or ""
    async with desk.work("bookings:manage") as work:
        people = [(one, name) for one, name, _ in await practitioners.list_names(work)]
        rooms = [(room.id, room.name) for room in await places.list_rooms(work, place.id)]
        elsewhere = seen is not None and await _elsewhere(work, seen)
    part = given.get("part") == "move"
    alternatives = alternatives_of(refusal) if refusal else []
    kept = {name: value for name, value in asked.fields.items() if name != "starts_at"}
    kept |= {"back": back} if back else {}
    at = asked.starts_at.astimezone(ZoneInfo(place.time_zone)) if asked.starts_at else None
    return opened.page(
        "clinic/bookings/_move.html" if part else "clinic/bookings/move.html",
        status=_status(refusal),
        place=place,
        asked=asked.fields,
        on=at.date().isoformat() if at else given.get("on", ""),
        at=f"{at:%H:%M}" if at else given.get("at", ""),
        seen=seen,
        refusal=words_of(refusal) if refusal else None,
        obstacles=await find_obstacles(opened, asked, refusal),
        alternatives=[
            (one, f"{opened.path}/reschedule/to?{urlencode(kept | {'starts_at': one.isoformat()})}")
            for one in alternatives
        ],
        names=dict(people) | dict(rooms),
        people=people,
        team=[{"id": one, "name": name} for one, name in people],
        rooms=rooms,
        elsewhere=elsewhere,
        told=seen is not None and _is_told(booking, place, seen),
        told_in=int(SETTLING.total_seconds() // 60),
        back=back,
        part=part,
    )


def _status(refusal: Refusal | None) -> int:
    return refusal.status if refusal else 200


def _is_told(booking: BookingView, place: LocationView, seen: MovePreview) -> bool:
    """Whether the client hears of it: of another time, person or place, not of another room."""
    now = booking.starts_at, booking.practitioner_id, booking.location_id
    return now != (seen.starts_at, seen.practitioner_id, place.id) or bool(seen.rest)


async def _elsewhere(work: ClinicWork, seen: MovePreview) -> bool:
    return await is_busy_elsewhere(work, seen.practitioner_id, seen.starts_at, seen.ends_at)
