"""Somebody else's calendar file, read for when they are busy."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.scheduling.external_rules import spans_that_count
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
    read = busy_times(FILE.format("".join(events)).encode(), zone, since, until)
    assert (read.unread, read.ours) == (0, {})
    return [f"{begins:%m-%dT%H:%M}/{ends:%m-%dT%H:%M}" for begins, ends in spans_that_count(read, ())]


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


@pytest.mark.parametrize(
    ("begins", "length", "expected"),
    [
        # The clocks go forward at two on 14 March 2027, from six hours behind UTC to five.
        ("20270314T000000", "PT4H", "03-14T06:00/03-14T10:00"),
        ("20270313T120000", "PT24H", "03-13T18:00/03-14T06:00 03-14T06:00/03-14T18:00"),
        ("20270313T120000", "P1D", "03-13T18:00/03-14T06:00 03-14T06:00/03-14T17:00"),
        (
            "20270313T230000",
            "P1DT2H",
            "03-14T05:00/03-14T17:00 03-14T17:00/03-15T05:00 03-15T05:00/03-15T06:00",
        ),
        ("20270314T023000", "PT1H", "03-14T08:30/03-14T09:30"),
        ("20270314T023000", "PT20M", "03-14T08:30/03-14T08:50"),
        # They go back at two on 7 November.
        ("20271107T000000", "PT4H", "11-07T05:00/11-07T09:00"),
        ("20271106T120000", "PT6H", "11-06T17:00/11-06T23:00"),
    ],
)
@pytest.mark.parametrize("zone", [";TZID=America/Chicago", ""])
@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_hours_are_exact_over_a_changeover_and_days_are_those_of_the_wall_clock(
    zone: str, begins: str, length: str, expected: str, ending: str
) -> None:
    one = event(f"DTSTART{zone}:{begins}", f"DURATION:{length}").replace("\r\n", ending)
    assert " ".join(busy(one, until=SINCE + timedelta(days=300))) == expected


@pytest.mark.parametrize("ends", ["DURATION:PT1H", "DTEND;TZID=America/Chicago:20270313T033000"])
def test_what_begins_in_the_hour_that_is_skipped_takes_the_hour_after_it(ends: str) -> None:
    daily = event("DTSTART;TZID=America/Chicago:20270313T023000", ends, "RRULE:FREQ=DAILY;COUNT=3")
    assert busy(daily) == ["03-13T08:30/03-13T09:30", "03-14T08:30/03-14T09:30", "03-15T07:30/03-15T08:30"]


def test_an_event_that_ends_when_it_begins_in_another_zone_takes_no_time() -> None:
    begins = "DTSTART;TZID=America/Chicago:20270303T090000"
    assert busy(event(begins, "DTEND;TZID=Europe/Berlin:20270303T160000")) == []


@pytest.mark.parametrize(
    "begins", ["DTSTART;TZID=America/Chicago:20270303T190000", "DTSTART:20270303T190000"]
)
@pytest.mark.parametrize("last", ["20270305", "20270305T190000", "20270306T010000Z"])
def test_a_last_day_without_a_zone_is_that_of_the_series_and_one_of_its_days(begins: str, last: str) -> None:
    series = event(begins, "DURATION:PT1H", f"RRULE:FREQ=DAILY;UNTIL={last}")
    # 19 o'clock in Chicago is 1 o'clock in UTC, a day later.
    assert [span[:5] for span in busy(series)] == ["03-04", "03-05", "03-06"]


def test_a_series_until_the_end_of_all_calendars_has_no_end() -> None:
    for last in ("99991231", "99991231T235959"):
        series = event(
            "DTSTART;TZID=America/Chicago:20270303T190000", "DURATION:PT1H", f"RRULE:FREQ=DAILY;UNTIL={last}"
        )
        assert len(busy(series)) == 57


def test_times_that_are_said_to_be_busy_without_an_event_count_and_free_ones_do_not() -> None:
    said = (
        "BEGIN:VFREEBUSY\r\nUID:9\r\nDTSTAMP:20270101T000000Z\r\n"
        "FREEBUSY:20270303T150000Z/PT1H,20270304T150000Z/20270304T160000Z\r\n"
        "FREEBUSY;FBTYPE=FREE:20270305T150000Z/PT1H\r\n"
        "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20270228T230000Z/PT2H\r\n"
        "FREEBUSY:20280305T150000Z/PT1H\r\nEND:VFREEBUSY\r\n"
    )
    alone = "BEGIN:VFREEBUSY\r\nUID:8\r\nFREEBUSY:20270306T150000Z/PT1H\r\nEND:VFREEBUSY\r\n"
    assert busy(said, alone) == [
        "03-01T00:00/03-01T01:00",
        "03-03T15:00/03-03T16:00",
        "03-04T15:00/03-04T16:00",
        "03-06T15:00/03-06T16:00",
    ]


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
    same = busy(event("DTSTART;VALUE=DATE:20270314", "DTEND;VALUE=DATE:20270314"))
    assert same == busy(event("DTSTART;VALUE=DATE:20270314")), "as programs write it that count the last day"
    week = busy(event("DTSTART;VALUE=DATE:20270308", "DTEND;VALUE=DATE:20270310"))
    assert (week[0][:11], week[-1][-11:]) == ("03-08T06:00", "03-10T06:00")


def test_what_is_transparent_cancelled_or_empty_is_ignored() -> None:
    times = ("DTSTART:20270303T150000Z", "DTEND:20270303T160000Z")
    assert busy(event(*times, "TRANSP:TRANSPARENT"), event(*times, "STATUS:CANCELLED", uid="2")) == []
    assert busy(event("DTSTART:20270303T150000Z", uid="3")) == []


def test_what_is_ours_is_told_apart_by_what_it_is_of() -> None:
    times = ("DTSTART:20270303T150000Z", "DTEND:20270303T160000Z")
    visit, away, blocked = UUID(int=7), UUID(int=8), UUID(int=9)
    events = [
        event(*times, uid=f"{visit}@needlewise"),
        event("DTSTART;VALUE=DATE:20270304", uid=f"{away}@needlewise"),
        event("DTSTART:20270305T150000Z", "DURATION:PT1H", uid=f"{away}-20270305@needlewise"),
        event("DTSTART:20270306T150000Z", "DURATION:PT1H", uid=f"{blocked}-20270306T1500@needlewise"),
        event(*times, "STATUS:CANCELLED", uid=f"{UUID(int=1)}@needlewise"),
        event("DTSTART:20270309T150000Z", "DURATION:PT1H", uid=f"{UUID(int=2)}@needlewise.test"),
        event("DTSTART:20270310T150000Z", "DURATION:PT1H", uid="018f@needlewise"),
    ]
    read = busy_times(FILE.format("".join(events)).encode(), CHICAGO, SINCE, UNTIL)
    assert {one: [begins.day for begins, _ in spans] for one, spans in read.ours.items()} == {
        visit: [3],
        away: [4, 5],
        blocked: [6],
    }
    assert [begins.day for begins, _ in read.spans] == [9, 10], "who only looks like us is anybody"
    assert read.unread == 0


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
        FILE.format("CALSCALE:JULIAN\r\n").encode(),
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


HEALTHY = event("DTSTART:20270303T150000Z", "DTEND:20270303T160000Z", uid="healthy")
AT = "DTSTART:20270304T150000Z"
OLD = "DTSTART:20160304T150000Z"


@pytest.mark.parametrize(
    "lines",
    [
        (AT, "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=XX"),
        (OLD, "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=XX"),
        (AT, "DURATION:PT1H", "RRULE:COUNT=2"),
        (AT, "DURATION:PT1H", "RRULE:FREQ=DAILY;INTERVAL=0"),  # the library never comes to its second time
        (AT, "DURATION:PT1S", "RRULE:FREQ=SECONDLY"),
        (OLD, "DURATION:PT1H", "RRULE:FREQ=HOURLY"),
        (AT, "RRULE:FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=0,1,2,3,4,5,6,7,8,9"),
        (AT, "DTEND:tomorrow"),
        (AT, "DURATION:P99999999999D"),
        ("DTSTART:today", "DTEND:20270304T160000Z"),
        (AT, "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2", "EXDATE:never"),
        (AT, "DURATION:PT1H", "RDATE:then"),
        ("DTSTART:00010101T000000Z", "DTEND:99991231T235959Z"),
    ],
)
def test_an_event_that_cannot_be_understood_is_counted_and_the_others_are_read(
    lines: tuple[str, ...],
) -> None:
    read = busy_times(FILE.format(event(*lines) + HEALTHY).encode(), CHICAGO, SINCE, UNTIL)
    assert read.unread == 1
    assert [f"{begins:%m-%dT%H}" for begins, _ in read.spans] == ["03-03T15"]


@pytest.mark.parametrize(
    "lines",
    [
        (OLD, "RRULE:FREQ=HOURLY;COUNT=3", "TRANSP:TRANSPARENT"),
        (AT, "DURATION:PT1S", "RRULE:FREQ=SECONDLY", "TRANSP:TRANSPARENT"),
        (AT, "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=XX", "STATUS:CANCELLED"),
        (OLD, "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=XX;UNTIL=20170101T000000Z"),
        (OLD, "DURATION:PT1H", "RRULE:FREQ=HOURLY;UNTIL=20170101T000000Z"),
        (OLD, "DTEND:tomorrow"),
        ("DTSTART:20280304T150000Z", "DURATION:PT1H", "RRULE:FREQ=HOURLY"),
        ("RRULE:FREQ=DAILY", "DURATION:PT1H"),
        ("DTEND:20270304T150000Z",),
    ],
)
def test_what_is_not_of_these_days_or_not_busy_is_no_matter_however_odd(lines: tuple[str, ...]) -> None:
    assert busy(event(*lines), HEALTHY) == ["03-03T15:00/03-03T16:00"]


@pytest.mark.parametrize("ends", ["DTEND:99991231T235959Z", "DURATION:P9999999D", "DURATION:P999999999D"])
def test_an_end_beyond_all_calendars_is_the_end_of_the_days_that_are_asked_for(ends: str) -> None:
    for begins in (AT, OLD):
        found = busy(event(begins, ends))
        assert (found[0][:5], found[-1][-11:]) == ("03-04" if begins == AT else "03-01", "04-30T00:00")
    whole = busy(
        event("DTSTART;VALUE=DATE:20270304", ends.replace("DTEND:99991231T235959Z", "DTEND:99991231"))
    )
    assert (whole[0][:11], whole[-1][-11:]) == ("03-04T06:00", "04-30T00:00")


def test_a_few_times_an_hour_apart_are_read() -> None:
    hourly = event(AT, "DURATION:PT10M", "RRULE:FREQ=HOURLY;INTERVAL=2;COUNT=2")
    assert busy(hourly) == ["03-04T15:00/03-04T15:10", "03-04T17:00/03-04T17:10"]


def test_of_a_series_only_the_time_that_cannot_be_understood_is_left_out() -> None:
    series = event(AT, "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2", "SEQUENCE:first")
    moved = event("RECURRENCE-ID:20270305T150000Z", "DTSTART:later", "DURATION:PT1H")
    read = busy_times(FILE.format(series + moved).encode(), CHICAGO, SINCE, UNTIL)
    assert ([f"{begins:%m-%dT%H}" for begins, _ in read.spans], read.unread) == (["03-04T15", "03-05T15"], 1)


def test_a_time_of_a_free_series_may_be_busy() -> None:
    free = event(AT, "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2", "TRANSP:TRANSPARENT")
    taken = event("RECURRENCE-ID:20270305T150000Z", "DTSTART:20270305T150000Z", "DURATION:PT1H")
    assert busy(free, taken) == ["03-05T15:00/03-05T16:00"]


def test_broken_alarms_and_tasks_are_no_matter() -> None:
    alarm = ("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:soon", "END:VALARM")
    task = "BEGIN:VTODO\r\nUID:2\r\nDUE:soon\r\nEND:VTODO\r\n"
    assert busy(event(AT, *alarm, "DURATION:PT1H"), task) == ["03-04T15:00/03-04T16:00"]


def test_an_alarm_without_an_end_hides_no_event_behind_it() -> None:
    broken = event(AT, "BEGIN:VALARM", "ACTION:DISPLAY", "DURATION:PT1H")
    closed = event(AT, "BEGIN:VALARM", "ACTION:DISPLAY", "END:VALARM", "DURATION:PT1H", uid="c")
    with pytest.raises(NotACalendar):
        busy(broken, HEALTHY, closed)


@pytest.mark.parametrize("zone", ["Nowhere/Known", "America", "A" * 300])
def test_a_zone_that_is_none_is_the_clinics_and_no_matter_to_the_others(zone: str) -> None:
    assert busy(event(f"DTSTART;TZID={zone}:20270303T080000", "DURATION:PT1H"), HEALTHY) == [
        "03-03T14:00/03-03T16:00"
    ]


def test_a_full_calendar_is_read_in_time() -> None:
    full = "".join(
        event(
            f"DTSTART:{SINCE + timedelta(minutes=15 * number):%Y%m%dT%H%M%SZ}",
            "DURATION:PT10M",
            uid=str(number),
        )
        for number in range(4_500)
    )
    begun = time.process_time()
    assert len(busy(full)) == 4_500
    assert time.process_time() - begun < SECONDS / 2


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
    assert json.loads(answer) == {
        "spans": [["2027-03-03T15:00:00+00:00", "2027-03-03T16:00:00+00:00"]],
        "ours": {},
        "unread": 0,
    }
