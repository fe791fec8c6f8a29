"""Reads a calendar file of somebody else: when they are busy, and nothing more.

Run as a program of its own, since what it reads is anybody's: `python -m services.scheduling.external_text` takes a
line of JSON (zone, since, until), then the file, and gives spans as JSON. It has ten seconds and half a gigabyte.

RFC 5545: events, and times that are said to be busy without any (`VFREEBUSY`). Ignored: what is transparent, free or
cancelled, what ends when it begins, and what never begins. Events of ours that come back are told apart by what they
are of, since only the clinic can say which of them it knows. An event that may be of these days and cannot be
understood is left out alone, and counted.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import recurring_ical_events
from icalendar import Calendar, vDDDTypes

from services.kernel.apart import at_most, keep_within
from services.kernel.language import gettext
from services.scheduling.calendar_zones import OURS
from services.scheduling.external_rules import Read, Spans, joined_spans

MOST_SPANS = 5_000
SECONDS, BYTES = 10, 512 * 1024 * 1024
_SECONDS_A_SERIES = 1.0
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_PARTS_OF_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
_FEW = 100
_TIMES = frozenset({"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"})
# Parts of a file that say nothing of when somebody is busy, and may be broken.
_BESIDE = re.compile(
    rb"^BEGIN:(VALARM|VTODO|VJOURNAL)\s*?\n(?:(?!^(?:BEGIN|END):VEVENT).)*?^END:\1\s*?\n",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_TZID = re.compile(rb";TZID=([^:;\r\n]+)", re.IGNORECASE)
# How long an event is. The library keeps the length alone: of 24 hours, and of a day whatever the clock makes of it.
_DURATION = re.compile(
    rb"^DURATION(?:;[^:\r\n]*)?:([^\r\n]*)(?=\r?\n(?![ \t]))", re.IGNORECASE | re.MULTILINE
)
_AS_GIVEN = "X-NEEDLEWISE-DURATION"
_PARTS = re.compile(
    r"\+?P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?",
    re.IGNORECASE,
)
_UNTIL = re.compile(r"UNTIL=(\d{8})")
_STEP = timedelta(days=28)
_A_DAY = timedelta(days=1)
_APART = 2 * _A_DAY
"""More than any two zones are apart."""
# A visit, a blocked time or time away, as the id of our event begins; of the last two a day follows.
_OURS = re.compile(
    rf"([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})(?:-\d{{8}}(?:T\d{{4}})?)?{re.escape(OURS)}"
)


class NotACalendar(Exception):  # noqa: N818  the name states the fact
    """Why a file cannot be used, in words for whoever gave its address."""


def busy_times(content: bytes, zone: ZoneInfo, since: datetime, until: datetime) -> Read:
    """What a calendar says of the time between two instants. Floating times and whole days are those of `zone`.

    Raises `NotACalendar`.
    """
    calendar = _calendar_of(content)
    found: dict[UUID | None, Spans] = defaultdict(list)
    unread = count = 0
    for uid, series in _series_of(calendar, since, until):
        plain = [event for event in series if not _TIMES & {name for name, _ in event.errors}]
        unread += len(series) - len(plain)
        try:
            with at_most(_SECONDS_A_SERIES):
                events = list(islice(_occurrences(calendar, plain, since, until), MOST_SPANS + 1))
                found[_our_id(uid)] += [
                    span for event in events if (span := _span(event, zone, since, until))
                ]
        except Exception:  # noqa: BLE001  it is anybody's: whatever one event leads a library to, it is that event's alone
            unread += 1
            continue
        count += len(events)
        _require_few(count)
    theirs = [*found.pop(None, ()), *_said_busy(calendar, zone, since, until)]
    _require_few(len(theirs))
    ours = {one: joined_spans(spans) for one, spans in found.items() if one}
    return Read(joined_spans(theirs), ours, unread)


def _our_id(uid: str) -> UUID | None:
    """Of what an event of ours is; nothing for everybody else's."""
    ours = _OURS.fullmatch(uid)
    return UUID(ours[1]) if ours else None


def _require_few(count: int) -> None:
    if count > MOST_SPANS:
        raise NotACalendar(gettext("The calendar has more than {most} events ahead.", most=MOST_SPANS))


def _said_busy(
    calendar: Any, zone: ZoneInfo, since: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The times of a calendar that tells when its owner is busy instead of with what (RFC 5545, 3.6.4)."""
    for part in calendar.walk("VFREEBUSY"):
        given = part.get("FREEBUSY", [])
        for period in given if isinstance(given, list) else [given]:
            if str(period.params.get("FBTYPE", "BUSY")).upper() == "FREE":
                continue
            with suppress(OverflowError):  # at an end of all calendars
                begins, ends = _instant(period.start, zone), _instant(period.end, zone)
                if begins < until and ends > since:
                    yield max(begins, since), min(ends, until)


def _calendar_of(content: bytes) -> Any:
    try:
        plain = _DURATION.sub(rb"\g<0>\r\n%s:\1" % _AS_GIVEN.encode(), _BESIDE.sub(b"", content))
        calendar: Any = Calendar.from_ical(_TZID.sub(_of_a_zone, plain))
        recurring_ical_events.of(calendar.copy())  # it refuses what all of the events would fail by
    except Exception as error:
        raise NotACalendar("What is there is not a calendar.") from error
    if calendar.name != "VCALENDAR":
        raise NotACalendar("What is there is not a calendar.")
    return calendar


def _of_a_zone(parameter: re.Match[bytes]) -> bytes:
    """The name of a zone, but for one that Python looks for as a folder, or as a file with too long a name.

    Those are of no zone, and so are treated as other names that nobody knows.
    """
    with suppress(ValueError, ZoneInfoNotFoundError):
        try:
            ZoneInfo(parameter[1].strip(b'"').decode())
        except OSError:
            return b";TZID=unknown"
    return parameter[0]


def _series_of(calendar: Any, since: datetime, until: datetime) -> list[tuple[str, list[Any]]]:
    """The events that can matter, those with the same id together: one is moved or called off by another."""
    series: dict[str, list[Any]] = defaultdict(list)
    for event in calendar.events:
        uid = str(event.get("UID", id(event)))
        if "DTSTART" in event and not _is_outside(event, since, until):
            series[uid].append(event)
    return [(uid, events) for uid, events in series.items() if any(map(_is_busy, events))]


def _is_outside(event: Any, since: datetime, until: datetime) -> bool:
    """Whether an event cannot be of these days: it begins after them, or it, or the last of it, was over before."""
    if "RECURRENCE-ID" in event or "RDATE" in event:
        return False
    with suppress(ValueError, TypeError, AttributeError, OverflowError):
        begins = _day_of(event["DTSTART"].dt)
        length = timedelta()
        with suppress(ValueError, TypeError, AttributeError):
            length = _length(event)
        last = max((_last_day_of(rule) for rule in _rules_of(event)), default=begins)
        return begins - until.date() > _APART or since.date() - last - _APART > length
    return False


def _length(event: Any) -> timedelta:
    """How long an event is, to the day: more than a calendar's last year may hold."""
    if "DTEND" in event:
        return max(_day_of(event["DTEND"].dt) - _day_of(event["DTSTART"].dt), timedelta())
    length: timedelta = event["DURATION"].dt if "DURATION" in event else timedelta()
    return length


def _rules_of(event: Any) -> list[Any]:
    rules = event.get("RRULE", [])
    return rules if isinstance(rules, list) else [rules]


def _last_day_of(rule: Any) -> date:
    """Until when an event repeats, even by a rule that cannot be understood."""
    until = _UNTIL.search(rule.to_ical().decode())
    return date.fromisoformat(until[1]) if until else date.max


def _is_too_often(rule: Any) -> bool:
    """Whether a rule repeats more often than daily; a few times in all are none too many."""
    parts = 1
    for name in _PARTS_OF_A_DAY:
        parts *= max(len(rule.get(name, ())), 1)
    if parts == 1 and 0 < min(rule.get("COUNT", [0])) <= _FEW:
        return False
    return parts > 24 or bool(_TOO_OFTEN & {str(each).upper() for each in rule.get("FREQ", ())})  # noqa: PLR2004  hours


def _day_of(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _occurrences(calendar: Any, series: list[Any], since: datetime, until: datetime) -> Iterator[Any]:
    """Each event of a series between two instants, or whatever error it leads to."""
    alone = calendar.copy()
    alone.subcomponents = [_within_reach(event, until) for event in series]
    query = recurring_ical_events.of(alone)
    begins, last = since.date() - _A_DAY, until.date() + _A_DAY
    while begins <= last:
        ends = min(begins + _STEP, last + _A_DAY)
        yield from filter(_is_busy, query.between(begins, ends))
        begins = ends if ends > begins and ends <= last else last + _A_DAY


def _within_reach(event: Any, until: datetime) -> Any:
    """The event, with an end no later than makes a difference. Raises `ValueError` for one that repeats too often."""
    if any(map(_is_too_often, _rules_of(event))):
        raise ValueError
    if not isinstance(event.get("SEQUENCE", 0), int):
        del event["SEQUENCE"]
    _keep_last_days(event)
    longest = max(until.date() - _day_of(event["DTSTART"].dt), timedelta()) + _APART
    if _length(event) > longest:
        event.pop("DURATION", None)
        event.pop(_AS_GIVEN, None)
        event["DTEND"] = vDDDTypes(event["DTSTART"].dt + longest)
    return event


def _keep_last_days(event: Any) -> None:
    """Reads an end as who wrote it meant it: of what repeats, or of a whole day.

    The last time of a series in a zone is given in UTC; a day or a wall clock, which RFC 2445 and many programs write,
    is that of the event's own zone, and such a day is one of the series. A whole day that ends on the day on which it
    begins is that day.
    """
    begins = event["DTSTART"].dt
    if not isinstance(begins, datetime):
        if "DTEND" in event and event["DTEND"].dt == begins:
            del event["DTEND"]
        return
    for rule in _rules_of(event):
        rule["UNTIL"] = [_last_of(value, begins.tzinfo) for value in rule.pop("UNTIL", ())]
        if not rule["UNTIL"]:
            del rule["UNTIL"]


def _last_of(value: date, zone: tzinfo | None) -> datetime:
    last = value if isinstance(value, datetime) else datetime.combine(value, time(23, 59, 59))
    if zone is None or last.tzinfo is not None:
        return last
    try:
        return last.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:  # at an end of all calendars
        return last.replace(tzinfo=UTC)


def _is_busy(event: Any) -> bool:
    transparent = str(event.get("TRANSP", "OPAQUE")).upper() == "TRANSPARENT"
    return not transparent and str(event.get("STATUS", "")).upper() != "CANCELLED"


def _span(event: Any, zone: ZoneInfo, since: datetime, until: datetime) -> tuple[datetime, datetime] | None:
    starts, stops = event["DTSTART"].dt, event["DTEND"].dt
    begins, ends = max(_instant(starts, zone), since), min(_end_of(event, starts, stops, zone), until)
    return (begins, ends) if begins < ends else None


def _end_of(event: Any, starts: Any, stops: Any, zone: ZoneInfo) -> datetime:
    """When an event is over. What the clocks skip takes nothing from it, and what they repeat adds nothing to it.

    Hours, minutes and seconds of a length are exact, its weeks and days those of the wall clock (RFC 5545, 3.3.6). What
    begins in the skipped hour does so as if the clocks went forward later (3.3.5), and so is as long as it says.
    """
    if not isinstance(starts, datetime):
        return _instant(stops, zone)
    by_the_wall: timedelta = stops.replace(tzinfo=None) - starts.replace(tzinfo=None)
    given = _PARTS.fullmatch(str(event.get(_AS_GIVEN, "")))
    if given is not None:
        parts = {name: int(number or 0) for name, number in given.groupdict().items()}
        whole = timedelta(weeks=parts.pop("weeks"), days=parts.pop("days"))
        if (
            whole + timedelta(**parts) == by_the_wall
        ):  # else it is one time of a series, with a length of its own
            return _instant(starts + whole, zone) + timedelta(**parts)
    begins, ends = _instant(starts, zone), _instant(stops, zone)
    if (
        ends <= begins and starts.tzinfo == stops.tzinfo
    ):  # nothing is left of it by the clock that goes forward
        return begins + max(by_the_wall, timedelta())
    return ends


def _instant(value: Any, zone: ZoneInfo) -> datetime:
    """A moment of the file: whole days begin at midnight, floating times are the zone's."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    if value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    found: datetime = value.astimezone(UTC)
    return found


def _said(spans: Spans) -> list[list[str]]:
    return [[moment.isoformat() for moment in span] for span in spans]


def main() -> None:
    """Reads the request, writes the answer."""
    keep_within(SECONDS, BYTES)
    asked = json.loads(sys.stdin.buffer.readline())
    edges = (datetime.fromisoformat(asked[name]) for name in ("since", "until"))
    try:
        read = busy_times(sys.stdin.buffer.read(), ZoneInfo(asked["zone"]), *edges)
        answer: dict[str, Any] = {
            "spans": _said(read.spans),
            "ours": {str(one): _said(spans) for one, spans in read.ours.items()},
            "unread": read.unread,
        }
    except NotACalendar as refusal:
        answer = {"problem": str(refusal)}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
