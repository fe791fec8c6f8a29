"""The calendar's columns from a diary: a person, a room or a device each, or a day of the week each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import chain
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from services.kernel.language import N_
from services.practitioners.schemas import AbsenceView
from services.scheduling.diary import Diary, Held, Person, Visit
from services.scheduling.hours_rules import CLOSED, TAKEN, Ranges
from web.clinic.calendar_blocks import (
    A_DAY,
    Drawing,
    blocks_of,
    busy_elsewhere,
    held_blocks,
    out_of_use,
    taken_times,
    things_of,
)
from web.clinic.calendar_view import DEVICE, PRACTITIONER, ROOM, WEEK
from web.clinic.lanes import lay_out
from web.filters import short_weekday, weekday
from web.locale import gettext

EARLIEST, LATEST, LONGEST_DAY = 8 * 60, 18 * 60, 16 * 60
CELL, SHORTEST_CELL, SHORTEST_FREE = 30, 25, 15
Column = dict[str, Any]
Minutes = list[tuple[int, int]]


def draw(drawing: Drawing) -> dict[str, Any]:
    """The columns, and between which minutes of the day they reach."""
    columns = _week(drawing) if drawing.view.span == WEEK else _day(drawing)
    first, last = _reach(columns)
    return {"columns": columns, "from_minute": first, "to_minute": last}


def _reach(columns: Sequence[Column]) -> tuple[int, int]:
    """Between which minutes a day is drawn: visits and times that are kept before hours, in what a drawing holds.

    What is blocked is drawn as far as it lies there: all of a day, it would leave no room for the afternoon's visits.
    """
    kept = [
        (item["from"], item["to"])
        for column in columns
        for item in column["bookings"]
        if item["kind"] != "blocked"
    ]
    wanted = (kept, [span for column in columns for span in column["open"]], [(EARLIEST, LATEST)])
    spans = next(found for found in wanted if found)
    first = min(begins for begins, _ in spans) // 60 * 60
    last = min(max(ends for _, ends in spans), first + LONGEST_DAY)
    for begins, ends in chain.from_iterable(wanted):
        first = max(min(first, begins // 60 * 60), -(-(last - LONGEST_DAY) // 60) * 60)
        last = min(max(last, ends), first + LONGEST_DAY)
    return first, last


def clock_of(minute: int) -> str:
    """Minutes since midnight as `14:30`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def words_of_day(diary: Diary, day: date) -> list[dict[str, str]]:
    """What is different on a local day: closed, other hours, a public holiday."""
    said = []
    for one in diary.others_on(day):
        when = f" {one.opens:%H:%M}–{one.closes:%H:%M}" if one.opens and one.closes else ""
        what = gettext(N_("Closed") if one.kind in {CLOSED, TAKEN} else N_("Open in addition"))
        said.append({"kind": "info", "text": f"{what}{when}{f': {one.note}' if one.note else ''}"})
    for holiday in diary.holidays:
        if holiday.on == day and holiday.state != CLOSED:
            words = gettext("Public holiday: {name}.")
            if holiday.state == "proposed":
                words = gettext("Public holiday: {name}. You are open unless you say otherwise.")
            said.append({"kind": "caution", "text": words.format(name=holiday.name)})
    return said


def _day(drawing: Drawing) -> list[Column]:
    view, diary = drawing.view, drawing.diary
    if view.kind == PRACTITIONER:
        columns = [
            _person_column(drawing, person) for person in diary.people if view.only in (None, person.id)
        ]
        kept = [column for column in columns if column["open"] or column["bookings"] or column["closed"]]
        columns = kept or columns
    else:
        columns = [
            _thing_column(drawing, *thing)
            for thing in things_of(diary, view.kind)
            if view.only in (None, thing[0])
        ]
    if view.only is None:
        columns += _former_columns(drawing)
    return columns


def _week(drawing: Drawing) -> list[Column]:
    return [_day_column(drawing, day) for day in drawing.view.days]


def _person_column(drawing: Drawing, person: Person) -> Column:
    day, diary = drawing.view.day, drawing.diary
    visits = [visit for visit in diary.visits if visit.booking.practitioner_id == person.id]
    away, hours = person.away_on(day), diary.works_on(person, day)
    return _column(
        drawing,
        day,
        hours,
        [
            *blocks_of(drawing, visits, day),
            *taken_times(drawing, person.taken_on(day)),
            *busy_elsewhere(drawing, person.id, day, hours),
            *held_blocks(
                drawing, [one for one in diary.held if one.booking.practitioner_id == person.id], day
            ),
        ],
        name=person.name,
        note=person.title,
        resource_id=person.id,
        closed=_away(away),
    )


def _thing_column(drawing: Drawing, thing_id: UUID, name: str) -> Column:
    day, diary, kind = drawing.view.day, drawing.diary, drawing.view.kind
    visits = [visit for visit in diary.visits if thing_id in _resources_of(visit, kind)]
    blocked = [span for span in diary.blocked if span.resource_id == thing_id]
    return _column(
        drawing,
        day,
        diary.open_on(day),
        [
            *blocks_of(drawing, visits, day, thing_id),
            *out_of_use(drawing, blocked, day),
            *held_blocks(
                drawing, [one for one in diary.held if thing_id in _resources_of(one, kind)], day, thing_id
            ),
        ],
        name=name,
        note="",
        resource_id=thing_id,
        closed="",
    )


def _former_columns(drawing: Drawing) -> list[Column]:
    """Visits of who or what has left keep a column, so that nothing booked is out of sight."""
    view, diary = drawing.view, drawing.diary
    known = (
        {one.id for one in diary.people}
        if view.kind == PRACTITIONER
        else {one for one, _ in things_of(diary, view.kind)}
    )
    former: dict[UUID, list[Visit]] = {}
    for visit in diary.visits:
        for one in _resources_of(visit, view.kind):
            if one not in known:
                former.setdefault(one, []).append(visit)
    return [
        _column(
            drawing,
            view.day,
            [],
            blocks_of(drawing, visits, view.day, one),
            name=_name_of(visits[0], view.kind, one),
            note="",
            resource_id=None,
            closed="",
        )
        for one, visits in former.items()
    ]


def _day_column(drawing: Drawing, day: date) -> Column:
    view, diary = drawing.view, drawing.diary
    visits = [
        visit for visit in diary.visits if view.only is None or view.only in _resources_of(visit, view.kind)
    ]
    held = [one for one in diary.held if view.only is None or view.only in _resources_of(one, view.kind)]
    blocks = blocks_of(drawing, visits, day, view.only)
    blocks += held_blocks(drawing, held, day, None if view.kind == PRACTITIONER else view.only)
    people = (
        [person for person in diary.people if view.only in (None, person.id)]
        if view.kind == PRACTITIONER
        else []
    )
    for person in people:
        name = "" if view.only else person.name
        blocks += taken_times(drawing, person.taken_on(day), name)
        blocks += busy_elsewhere(drawing, person.id, day, diary.works_on(person, day), name)
    names = dict(things_of(diary, view.kind)) if view.kind != PRACTITIONER else {}
    spans = [
        span for span in diary.blocked if span.resource_id in names and view.only in (None, span.resource_id)
    ]
    blocks += out_of_use(drawing, spans, day, {} if view.only else names)
    opened = diary.works_on(people[0], day) if view.only and people else diary.open_on(day)
    away = people[0].away_on(day) if view.only and people else None
    closed = "; ".join(word["text"] for word in words_of_day(diary, day))
    return _column(
        drawing,
        day,
        opened,
        blocks,
        name=f"{short_weekday(day)} {day.day}",
        note="",
        resource_id=view.only,
        closed=_away(away) or closed,
    ) | {
        "title": weekday(day),
        "href": view.href(span="day", day=day),
        "is_today": day == view.today,
        "by_day": True,
    }


def _away(absence: AbsenceView | None) -> str:
    """That somebody is away, with what they noted of it; nothing where they are not."""
    if absence is None:
        return ""
    return gettext("Away") + (f": {absence.note}" if absence.note else "")


def _column(
    drawing: Drawing,
    day: date,
    opened: Ranges,
    blocks: list[dict[str, Any]],
    *,
    name: str,
    note: str,
    resource_id: UUID | None,
    closed: str,
) -> Column:
    spans = [(a.hour * 60 + a.minute, b.hour * 60 + b.minute) for a, b in opened]
    laid = lay_out(blocks)
    now = drawing.now_on(day)
    free = _without(spans, [(block["from"], block["to"]) for block in laid])
    ahead = [(max(a, _next_quarter(now)), b) for a, b in free if b - max(a, now) >= SHORTEST_FREE]
    return {
        "day": day,
        "name": name,
        "note": note,
        "resource_id": resource_id,
        "thing": f"{drawing.view.kind}_id={resource_id}" if resource_id else "",
        "open": spans,
        "closed": closed,
        "bookings": laid,
        "booked": sum(block["kind"] == "visit" for block in laid),
        "now": now if 0 <= now < A_DAY else None,
        "free": _cells(drawing, day, ahead, resource_id) if drawing.can_book else [],
        "rows": _rows(drawing, day, laid, ahead, resource_id),
    }


def _rows(
    drawing: Drawing, day: date, blocks: Sequence[dict[str, Any]], free: Minutes, resource_id: UUID | None
) -> list[dict[str, Any]]:
    """The column in words, in order of time: visits, blocked and free time."""
    gaps = [
        {"kind": "free", "from": a, "to": b}
        | (
            _ways(drawing, day, (a, b), resource_id)
            if drawing.can_book
            else {"href": None, "block_href": None}
        )
        for a, b in free
        if a < b
    ]
    return sorted([*blocks, *gaps], key=lambda row: (row["from"], row["to"]))


def _cells(drawing: Drawing, day: date, free: Minutes, resource_id: UUID | None) -> list[dict[str, Any]]:
    """Free half hours from which one books with a press; the list has the shorter gaps, too small to press here."""
    cells = []
    for begins, ends in free:
        at = begins
        while at + SHORTEST_CELL <= ends:
            until = min(at // CELL * CELL + CELL, ends)
            if until - at >= SHORTEST_CELL:
                cells.append({"from": at, "to": until, **_ways(drawing, day, (at, until), resource_id)})
            at = until
    return cells


def _ways(drawing: Drawing, day: date, span: tuple[int, int], resource_id: UUID | None) -> dict[str, str]:
    """Where a free time leads: to a booking at it, and to blocking it."""
    view = drawing.view
    query = {"day": day.isoformat(), "time": clock_of(span[0]), "location_id": str(view.location.id)}
    if resource_id:
        query[f"{view.kind}_id"] = str(resource_id)
    block = {
        "day": day.isoformat(),
        "opens": clock_of(span[0]),
        "closes": clock_of(min(span[1], A_DAY - 1)),
    }
    if resource_id:
        block["resource_id"] = str(resource_id)
    return {
        "href": f"/clinic/{view.slug}/bookings/new?{urlencode(query)}",
        "block_href": f"{view.path}/block?{urlencode(block | {'location_id': str(view.location.id)})}",
    }


def _resources_of(visit: Visit | Held, kind: str) -> tuple[UUID, ...]:
    if kind == ROOM:
        return visit.rooms
    return (visit.booking.practitioner_id if kind == PRACTITIONER else visit.booking.device_id,)


def _name_of(visit: Visit, kind: str, one: UUID) -> str:
    booking = visit.booking
    room = booking.room_name if one == booking.room_id else booking.numbing_room_name
    return {PRACTITIONER: booking.practitioner_name, ROOM: room or "", DEVICE: gettext("Other device")}[kind]


def _next_quarter(minute: int) -> int:
    return -(-minute // SHORTEST_FREE) * SHORTEST_FREE


def _without(spans: Iterable[tuple[int, int]], taken: Iterable[tuple[int, int]]) -> Minutes:
    left = list(spans)
    for begins, ends in taken:
        cut: Minutes = []
        for a, b in left:
            if a < min(b, begins):
                cut.append((a, min(b, begins)))
            if max(a, ends) < b:
                cut.append((max(a, ends), b))
        left = cut
    return left
