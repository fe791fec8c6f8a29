"""Somebody else's calendar file, read for when they are busy."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.scheduling.external_text import SECONDS, NotACalendar, busy_times

CHICAGO = ZoneInfo("America/Chicago")
SINCE = datetime(2027, 3, 1, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=60)
FILE = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//X//Y//EN\r\n{}END:VCALENDAR\r\n"


def event(*lines: str, uid: str = "1@elsewhere.test") -> str:
    body = "".join(f"{line}\r\n" for line in lines)
    return f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20270101T000000Z\r\nSUMMARY:Private\r\n{body}END:VEVENT\r\n"


def busy(
    *events: str, zone: ZoneInfo = CHICAGO, since: datetime = SINCE, until: datetime = UNTIL
) -> list[str]:
    found = busy_times(FILE.format("".join(events)).encode(), zone, since, until)
    return [f"{begins:%m-%dT%H:%M}/{ends:%m-%dT%H:%M}" for begins, ends in found]


def test_times_in_utc_in_a_zone_and_floating_are_the_right_instants() -> None:
    assert busy(event("DTSTART:20270303T150000Z", "DTEND:20270303T160000Z")) == ["03-03T15:00/03-03T16:00"]
    zoned = event("DTSTART;TZID=Europe/Berlin:20270303T150000", "DURATION:PT30M")
    assert busy(zoned) == ["03-03T14:00/03-03T14:30"]
    assert busy(event("DTSTART:20270303T090000", "DTEND:20270303T100000")) == ["03-03T15:00/03-03T16:00"]
    outlook = event("DTSTART;TZID=W. Europe Standard Time:20270303T150000", "DURATION:PT30M")
    assert busy(outlook) == ["03-03T14:00/03-03T14:30"]


def test_a_zone_that_only_the_file_knows_is_read_from_it() -> None:
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Ours\r\nBEGIN:STANDARD\r\nDTSTART:20200101T000000\r\n"
        "TZOFFSETFROM:+0330\r\nTZOFFSETTO:+0330\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    assert busy(zone, event("DTSTART;TZID=Ours:20270303T150000", "DURATION:PT1H")) == [
        "03-03T11:30/03-03T12:30"
    ]


def test_a_weekly_event_keeps_its_wall_clock_over_a_changeover() -> None:
    weekly = event(
        "DTSTART;TZID=America/Chicago:20270307T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=3"
    )
    # The clocks go forward on 14 March 2027.
    assert busy(weekly) == ["03-07T15:00/03-07T16:00", "03-14T14:00/03-14T15:00", "03-21T14:00/03-21T15:00"]
    floating = event("DTSTART:20270307T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=3")
    assert busy(floating) == busy(weekly)


def test_exceptions_of_a_series_are_left_out_moved_or_cancelled() -> None:
    series = event(
        "DTSTART:20270303T150000Z",
        "DTEND:20270303T160000Z",
        "RRULE:FREQ=DAILY;COUNT=4",
        "EXDATE:20270304T150000Z",
    )
    moved = event("RECURRENCE-ID:20270305T150000Z", "DTSTART:20270305T180000Z", "DTEND:20270305T190000Z")
    gone = event(
        "RECURRENCE-ID:20270306T150000Z", "DTSTART:20270306T150000Z", "DURATION:PT1H", "STATUS:CANCELLED"
    )
    assert busy(series, moved, gone) == ["03-03T15:00/03-03T16:00", "03-05T18:00/03-05T19:00"]


def test_a_whole_day_is_the_clinics_day_in_pieces() -> None:
    assert busy(event("DTSTART;VALUE=DATE:20270314")) == [  # 23 hours long there
        "03-14T06:00/03-14T18:00",
        "03-14T18:00/03-15T05:00",
    ]
    week = busy(event("DTSTART;VALUE=DATE:20270308", "DTEND;VALUE=DATE:20270310"))
    assert (week[0][:11], week[-1][-11:]) == ("03-08T06:00", "03-10T06:00")


def test_what_is_transparent_cancelled_empty_or_our_own_is_ignored() -> None:
    times = ("DTSTART:20270303T150000Z", "DTEND:20270303T160000Z")
    assert busy(event(*times, "TRANSP:TRANSPARENT"), event(*times, "STATUS:CANCELLED", uid="2")) == []
    assert busy(event("DTSTART:20270303T150000Z", uid="3")) == []
    assert busy(event(*times, uid="018f@needlewise")) == [], "our own visit that comes back"


def test_overlapping_events_are_one_span_inside_the_horizon() -> None:
    one = event("DTSTART:20270303T150000Z", "DTEND:20270303T160000Z")
    other = event("DTSTART:20270303T153000Z", "DTEND:20270303T170000Z", uid="2")
    before = event("DTSTART:20270228T200000Z", "DTEND:20270301T030000Z", uid="3")
    after = event("DTSTART:20280101T150000Z", "DTEND:20280101T160000Z", uid="4")
    assert busy(one, other, before, after) == ["03-01T00:00/03-01T03:00", "03-03T15:00/03-03T17:00"]


@pytest.mark.parametrize(
    "content",
    [
        b"<html>Sign in</html>",
        b"",
        FILE.format(event("DTSTART:20270303T150000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY")).encode(),
        FILE.format(
            event("DTSTART:20270303T150000Z", "RRULE:FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=0,1,2,3,4,5,6,7,8,9")
        ).encode(),
        FILE.format(
            "".join(
                event("DTSTART:20270303T150000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY", uid=str(n))
                for n in range(200)
            )
        ).encode(),
    ],
)
def test_what_is_no_calendar_or_too_much_is_refused(content: bytes) -> None:
    with pytest.raises(NotACalendar):
        busy_times(content, CHICAGO, SINCE, UNTIL)


def test_a_megabyte_of_the_past_is_read_at_once() -> None:
    old = "".join(
        event("DTSTART:20170303T150000Z", "DTEND:20170303T160000Z", uid=str(number))
        for number in range(6_000)
    )
    begun = time.process_time()
    assert busy(old, event("DTSTART:20270303T150000Z", "DTEND:20270303T160000Z")) == [
        "03-03T15:00/03-03T16:00"
    ]
    assert time.process_time() - begun < SECONDS / 2


def test_as_a_program_it_answers_in_json_and_never_with_titles() -> None:
    content = FILE.format(event("DTSTART:20270303T150000Z", "DTEND:20270303T160000Z")).encode()
    head = {"zone": "America/Chicago", "since": SINCE.isoformat(), "until": UNTIL.isoformat()}
    command = [sys.executable, "-m", "services.scheduling.external_text"]
    given = json.dumps(head).encode() + b"\n" + content
    answer = subprocess.run(command, input=given, capture_output=True, check=True).stdout
    assert json.loads(answer) == {"spans": [["2027-03-03T15:00:00+00:00", "2027-03-03T16:00:00+00:00"]]}
