"""The blocks of the calendar: visits with their phases, and time that is blocked; in minutes of a local day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from services.practitioners.schemas import AbsenceView
from services.scheduling.block_schemas import BlockedSpan
from services.scheduling.diary import Diary, Held, Visit
from services.scheduling.hours_rules import Ranges
from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import Step, may_step
from web.clinic.calendar_view import DEVICE, PRACTITIONER, ROOM, WEEK, View
from web.filters import short_weekday
from web.locale import gettext

A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn, when, and whether one may book from it."""

    view: View
    diary: Diary
    now: datetime
    can_book: bool

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.diary.location.time_zone)

    @property
    def names(self) -> dict[UUID, str]:
        """The people of the location by id."""
        return {one.id: one.name for one in self.diary.people}

    def now_on(self, day: date) -> int:
        """The present in minutes of a local day: before 0 on days ahead, after 1,440 on days past."""
        return minutes_of(self.now.astimezone(self.zone), day)


def minutes_of(moment: datetime, day: date) -> int:
    """Minutes on the wall clock since midnight of a local day; more than 1,440 after it."""
    return (moment.date() - day).days * A_DAY + moment.hour * 60 + moment.minute


def blocks_of(
    drawing: Drawing, visits: Iterable[Visit], day: date, thing: UUID | None = None
) -> list[dict[str, Any]]:
    """The visits of a local day; of a `thing`, a room or a device, only while they take it."""
    return [
        _block(drawing, visit, day, thing)
        for visit in visits
        if visit.booking.starts_at.astimezone(drawing.zone).date() == day
    ]


def _block(drawing: Drawing, visit: Visit, day: date, thing: UUID | None) -> dict[str, Any]:
    view, booking = drawing.view, visit.booking
    start = minutes_of(booking.starts_at.astimezone(drawing.zone), day)
    end = start + int((booking.ends_at - booking.starts_at) / timedelta(minutes=1))
    parts = _parts(visit, start, end)
    if view.kind != PRACTITIONER and (taken := thing or _only_thing(visit, view.kind)):
        parts = [part for part in parts if taken in part["takes"]] or parts
        start, end = parts[0]["from"], parts[-1]["to"]
    path = f"/clinic/{view.slug}/bookings/{booking.reference}"
    late = booking.is_late(drawing.now)
    expected = booking.status == "confirmed" and day == view.today
    return {
        "kind": "visit",
        "from": start,
        "to": end,
        "href": path,
        "client": booking.client_name,
        "treatment": booking.treatment_name,
        "who": booking.practitioner_name,
        "room": _room_of(visit, thing),
        "more": _more(drawing, visit),
        "status": booking.status,
        "late": late,
        "coming": expected_to_come(booking),
        "phases": parts,
        "arrive": f"{path}/arrive" if drawing.can_book and expected else None,
        "move": _way_to_move(drawing, visit, thing, path, start),
    }


def _way_to_move(
    drawing: Drawing, visit: Visit, thing: UUID | None, path: str, start: int
) -> dict[str, Any] | None:
    """Where it is asked for another time; nothing where its state, or the member's role, does not allow it.

    `before` is how long the visit has been under way where its drawn part begins; `stays`: the part is drawn in a room
    that follows from the others, so it is moved in time alone.
    """
    booking = visit.booking
    if not (drawing.can_book and may_step(Step.RESCHEDULE, booking.status, "clinic")):
        return None
    begins = booking.starts_at.astimezone(drawing.zone)
    return {
        "href": f"{path}/reschedule/to",
        "list_href": f"{path}/reschedule?{urlencode({'back': drawing.view.href()})}",
        "before": start - minutes_of(begins, begins.date()),
        "stays": thing not in {None, booking.room_id, booking.device_id},
    }


def held_blocks(
    drawing: Drawing, held: Iterable[Held], day: date, thing: UUID | None = None
) -> list[dict[str, Any]]:
    """Times of a local day that are kept: for somebody who is booking or waits, or for a visit to move there."""
    return [
        _held_block(drawing, one, day, thing)
        for one in held
        if one.booking.starts_at.astimezone(drawing.zone).date() == day
    ]


def _held_block(drawing: Drawing, one: Held, day: date, thing: UUID | None) -> dict[str, Any]:
    view, held = drawing.view, one.booking
    start = minutes_of(held.starts_at.astimezone(drawing.zone), day)
    parts = _parts(one, start, start + int((held.ends_at - held.starts_at) / timedelta(minutes=1)))
    if thing is not None:
        parts = [part for part in parts if thing in part["takes"]] or parts
    leads_to = f"waitlist/{held.wish_id}" if held.wish_id else f"bookings/{held.asked_of}"
    return {
        "kind": "kept",
        "status": "kept",
        "from": parts[0]["from"],
        "to": parts[-1]["to"],
        "href": f"/clinic/{view.slug}/{leads_to}" if held.wish_id or held.asked_of else None,
        "offered_to": held.offered_to,
        "asked_by": held.asked_by,
        "treatment": held.treatment_name,
        "who": drawing.names.get(held.practitioner_id, ""),
        "until": _until(drawing, held.until_at.astimezone(drawing.zone)),
        "phases": parts,
    }


def expected_to_come(booking: BookingView) -> bool:
    """Whether the client has said that they will come, and it is still open whether they do."""
    return booking.coming_at is not None and booking.status == "confirmed"


def _more(drawing: Drawing, visit: Visit) -> str:
    """What the block's second line adds to the treatment.

    Where the column says who, or which room or device, it is the other of who and where; where a column is a whole day,
    it is what was asked for.
    """
    view, booking = drawing.view, visit.booking
    named = view.only is not None or view.span != WEEK
    if view.kind == PRACTITIONER:
        return _room_of(visit, None) if named else booking.practitioner_name
    if named:
        return booking.practitioner_name
    if view.kind == ROOM:
        return _room_of(visit, None)
    return dict(things_of(drawing.diary, DEVICE)).get(booking.device_id, "")


def things_of(diary: Diary, kind: str) -> list[tuple[UUID, str]]:
    """The rooms or the devices of a location, by id and name."""
    if kind == ROOM:
        return [(room.id, room.name) for room in diary.rooms]
    return [(device.id, f"{device.maker} {device.model}") for device in diary.devices]


def _only_thing(visit: Visit, kind: str) -> UUID | None:
    """Where the column is not that of one thing: the device, or the room where the visit keeps to one."""
    if kind == DEVICE:
        return visit.booking.device_id
    return visit.booking.room_id if len(visit.rooms) == 1 else None


def _room_of(visit: Visit, thing: UUID | None) -> str:
    """The rooms of a visit, in the order in which it comes to them; of one of them, that one."""
    booking = visit.booking
    numbing = booking.numbing_room_name or ""
    if len(visit.rooms) == 1 or thing == booking.room_id:
        return booking.room_name
    return numbing if thing == booking.numbing_room_id else f"{numbing}, {booking.room_name}"


def _until(drawing: Drawing, local: datetime) -> str:
    """A moment that is near: its time, with the weekday where that is not today's."""
    today = drawing.now.astimezone(drawing.zone).date()
    return f"{local:%H:%M}" if local.date() == today else f"{short_weekday(local.date())} {local:%H:%M}"


def _parts(visit: Visit | Held, start: int, end: int) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    at = start
    for phase in visit.phases:
        until = min(at + phase.minutes, end)
        if until > at:
            takes = visit.things_in(phase)
            parts.append({"kind": phase.name, "from": at, "to": until, "takes": takes})
        at = until
    return parts or [{"kind": "needling", "from": start, "to": end, "takes": set()}]


def taken_times(drawing: Drawing, absences: Iterable[AbsenceView], name: str = "") -> list[dict[str, Any]]:
    return [
        _blocked(
            drawing,
            one.id,
            (one.opens.hour * 60 + one.opens.minute, one.closes.hour * 60 + one.closes.minute),
            one.note,
            name,
        )
        for one in absences
        if one.opens and one.closes
    ]


def out_of_use(
    drawing: Drawing, spans: Iterable[BlockedSpan], day: date, names: dict[UUID, str] | None = None
) -> list[dict[str, Any]]:
    found = []
    for span in spans:
        begins = minutes_of(span.starts_at.astimezone(drawing.zone), day)
        ends = minutes_of(span.ends_at.astimezone(drawing.zone), day)
        if begins < A_DAY and ends > 0:
            times = (max(begins, 0), min(ends, A_DAY))
            found.append(
                _blocked(drawing, span.blocked_id, times, span.note, (names or {}).get(span.resource_id, ""))
            )
    return found


def busy_elsewhere(
    drawing: Drawing, person_id: UUID, day: date, opened: Ranges, name: str = ""
) -> list[dict[str, Any]]:
    """When a person is busy elsewhere on a local day, as far as it touches their hours.

    What their own calendars say may be booked by hand, and leads there; what another clinic has of them may not.
    """
    found = []
    hours = [(a.hour * 60 + a.minute, b.hour * 60 + b.minute) for a, b in opened]
    for span in drawing.diary.elsewhere:
        if span.practitioner_id != person_id:
            continue
        begins = max(minutes_of(span.starts_at.astimezone(drawing.zone), day), 0)
        ends = min(minutes_of(span.ends_at.astimezone(drawing.zone), day), A_DAY)
        inside = [(max(begins, a), min(ends, b)) for a, b in hours if begins < b and ends > a]
        found += [
            {
                "kind": "blocked",
                "from": a,
                "to": b,
                "href": _by_hand(drawing, person_id, day, a) if span.by_hand else None,
                "note": gettext("Busy elsewhere"),
                "name": name,
                "status": "blocked",
                "elsewhere": True,
            }
            for a, b in inside
        ]
    return found


def _by_hand(drawing: Drawing, person_id: UUID, day: date, minute: int) -> str:
    """Where one books it nevertheless; for those who may not, the day."""
    view = drawing.view
    if not drawing.can_book:
        return view.href(span="day", day=day)
    query = {
        "day": day.isoformat(),
        "time": f"{minute // 60:02d}:{minute % 60:02d}",
        "location_id": str(view.location.id),
        "practitioner_id": str(person_id),
    }
    return f"/clinic/{view.slug}/bookings/new?{urlencode(query)}"


def _blocked(
    drawing: Drawing, blocked_id: UUID, times: tuple[int, int], note: str, name: str
) -> dict[str, Any]:
    return {
        "kind": "blocked",
        "from": times[0],
        "to": times[1],
        "href": f"{drawing.view.path}/blocked/{blocked_id}",
        "note": note,
        "name": name,
        "status": "blocked",
        "elsewhere": False,
    }
