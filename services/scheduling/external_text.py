"""Reads a calendar file of somebody else: when they are busy, and nothing more.

Run as a program of its own, since what it reads is anybody's: `python -m services.scheduling.external_text` takes a
line of JSON (zone, since, until), then the file, and gives spans as JSON. It has ten seconds and half a gigabyte.

RFC 5545. Ignored: what is transparent or cancelled, what ends when it begins, and our own visits that come back.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from services.kernel.apart import keep_within
from services.scheduling.calendar_zones import OURS

MOST_SPANS = 5_000
LONGEST_SPAN = timedelta(hours=12)
SECONDS, BYTES = 10, 512 * 1024 * 1024
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_PARTS_OF_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
_STEP = timedelta(days=28)
_A_DAY = timedelta(days=1)
Spans = list[tuple[datetime, datetime]]


class NotACalendar(Exception):  # noqa: N818  the name states the fact
    """Why a file cannot be used, in words for whoever gave its address."""


def busy_times(content: bytes, zone: ZoneInfo, since: datetime, until: datetime) -> Spans:
    """When the calendar's owner is busy between two instants: in order, none touching another, at most 12 hours each.

    Floating times and whole days are those of `zone`. Raises `NotACalendar`.
    """
    try:
        calendar: Any = Calendar.from_ical(content)
    except (ValueError, IndexError, KeyError, TypeError) as error:
        raise NotACalendar("What is there is not a calendar.") from error
    if calendar.name != "VCALENDAR":
        raise NotACalendar("What is there is not a calendar.")
    calendar.subcomponents = [
        part for part in calendar.subcomponents if part.name != "VEVENT" or _may_count(part, since)
    ]
    try:
        found = [
            span
            for event in _occurrences(calendar, since, until)
            if _is_busy(event) and (span := _span(event, zone, since, until))
        ]
    except NotACalendar:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise NotACalendar("An event of the calendar cannot be read.") from error
    return list(_in_pieces(_joined(found)))


def _may_count(event: Any, since: datetime) -> bool:
    """Whether an event can matter: not one of ours, and not a single one that was over long ago."""
    if str(event.get("UID", "")).endswith(OURS):
        return False
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        parts = 1
        for name in _PARTS_OF_A_DAY:
            parts *= max(len(rule.get(name, ())), 1)
        if _TOO_OFTEN & {str(each).upper() for each in rule.get("FREQ", ())} or parts > 24:  # noqa: PLR2004  hours
            raise NotACalendar("An event of the calendar repeats more often than daily.")
    if rules or "RDATE" in event or "RECURRENCE-ID" in event:
        return True
    with suppress(KeyError, AttributeError, TypeError, ValueError):
        last = (event["DTEND"] if "DTEND" in event else event["DTSTART"]).dt
        # Two days more than any zone can be apart; what has a duration instead is looked at.
        return "DURATION" in event or _day_of(last) >= since.date() - 2 * _A_DAY
    return False


def _day_of(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _occurrences(calendar: Any, since: datetime, until: datetime) -> Iterator[Any]:
    query = recurring_ical_events.of(calendar, skip_bad_series=True)
    begins, last, count = since.date() - _A_DAY, until.date() + _A_DAY, 0
    while begins <= last:
        ends = min(begins + _STEP, last + _A_DAY)
        for event in query.between(begins, ends):
            count += 1
            if count > MOST_SPANS:
                raise NotACalendar(f"The calendar has more than {MOST_SPANS} events ahead.")
            yield event
        begins = ends if ends > begins and ends <= last else last + _A_DAY


def _is_busy(event: Any) -> bool:
    transparent = str(event.get("TRANSP", "OPAQUE")).upper() == "TRANSPARENT"
    return not transparent and str(event.get("STATUS", "")).upper() != "CANCELLED"


def _span(event: Any, zone: ZoneInfo, since: datetime, until: datetime) -> tuple[datetime, datetime] | None:
    begins, ends = (_instant(event[name].dt, zone) for name in ("DTSTART", "DTEND"))
    begins, ends = max(begins, since), min(ends, until)
    return (begins, ends) if begins < ends else None


def _instant(value: Any, zone: ZoneInfo) -> datetime:
    """A moment of the file: whole days begin at midnight, floating times are the zone's."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    if value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    found: datetime = value.astimezone(UTC)
    return found


def _joined(spans: Iterable[tuple[datetime, datetime]]) -> Spans:
    joined: Spans = []
    for begins, ends in sorted(spans):
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
        else:
            joined.append((begins, ends))
    return joined


def _in_pieces(spans: Spans) -> Iterator[tuple[datetime, datetime]]:
    for begins, ends in spans:
        at = begins
        while at < ends:
            yield at, min(at + LONGEST_SPAN, ends)
            at += LONGEST_SPAN


def main() -> None:
    """Reads the request, writes the answer."""
    keep_within(SECONDS, BYTES)
    asked = json.loads(sys.stdin.buffer.readline())
    edges = (datetime.fromisoformat(asked[name]) for name in ("since", "until"))
    try:
        spans = busy_times(sys.stdin.buffer.read(), ZoneInfo(asked["zone"]), *edges)
        answer: dict[str, Any] = {"spans": [[moment.isoformat() for moment in span] for span in spans]}
    except NotACalendar as refusal:
        answer = {"problem": str(refusal)}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
