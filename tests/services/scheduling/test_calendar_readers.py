"""Calendar files as two independent readers see them, and the changeovers that they carry."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject

from services.scheduling.calendar import calendar_file
from services.scheduling.schemas import BookingView
from tests.services.scheduling.test_calendar import BOOKING

HOUR = timedelta(hours=1)
# Each zone with visits just before and just after both of its changeovers in 2027; Lord Howe moves by half an hour.
AROUND = [
    ("America/New_York", "2027-03-14T07:00", "2027-11-07T06:00"),
    ("Australia/Lord_Howe", "2027-04-03T15:00", "2027-10-02T15:30"),
    ("America/Santiago", "2027-04-04T03:00", "2027-09-05T04:00"),
]
EDGES = [(zone, datetime.fromisoformat(f"{edge}+00:00")) for zone, *edges in AROUND for edge in edges]
SHIFTS = [timedelta(minutes=minutes) for minutes in (-90, -30, -15, 0, 15, 60, 90)]


def at(zone: str, starts_at: datetime, **changed: Any) -> BookingView:
    return replace(BOOKING, time_zone=zone, starts_at=starts_at, ends_at=starts_at + HOUR, **changed)


def read_by_vobject(text: str) -> Any:
    """Read as the first file that the reader sees: it keeps the zones of earlier ones by name."""
    vobject.icalendar.__dict__["__tzidMap"].clear()
    return vobject.readOne(text)


def by_its_own_zone(event: Any, zone: Any, name: str = "DTSTART") -> datetime:
    """The instant that a reader finds who knows no zones but those in the file: RFC 5545, 3.6.5."""
    wall: datetime = event[name].dt.replace(tzinfo=None)
    onsets = []
    for part in zone.subcomponents:
        listed = part.get("RDATE")
        walls = [part["DTSTART"].dt, *([each.dt for each in listed.dts] if listed else [])]
        before, after = part["TZOFFSETFROM"].td, part["TZOFFSETTO"].td
        # In the hour that exists twice the first one is meant; in the hour that does not exist, the time before.
        onsets += [(one + max(after - before, timedelta(0)), after, one - before) for one in walls]
    reached = [(starts, offset) for starts, offset, _ in sorted(onsets) if starts <= wall]
    found: datetime = (wall - reached[-1][1]).replace(tzinfo=UTC)
    return found


@pytest.mark.parametrize(("zone", "edge"), EDGES)
def test_both_readers_find_the_right_instants_around_a_changeover(zone: str, edge: datetime) -> None:
    first, second = ((edge + shift).astimezone(ZoneInfo(zone)).utcoffset() for shift in (-HOUR, HOUR / 4))
    assert first != second, "the test must be about a changeover"
    for shift in SHIFTS:
        booking = at(zone, edge + shift)
        text = calendar_file([booking])
        (one,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
        other = read_by_vobject(text).vevent
        for found in (one.decoded("DTSTART"), other.dtstart.value):
            assert found.astimezone(UTC) == booking.starts_at, shift
        for found in (one.decoded("DTEND"), other.dtend.value):
            assert found.astimezone(UTC) == booking.ends_at, shift


@pytest.mark.parametrize(("zone", "edge"), EDGES)
def test_a_reader_who_knows_no_zones_finds_the_changeovers_in_the_file(zone: str, edge: datetime) -> None:
    for shift in SHIFTS:
        booking = at(zone, edge + shift)
        calendar: Any = icalendar.Calendar.from_ical(calendar_file([booking]))
        (event,), (described,) = calendar.walk("VEVENT"), calendar.walk("VTIMEZONE")
        if not booking.local_starts_at.fold and not booking.local_ends_at.fold:
            assert by_its_own_zone(event, described) == booking.starts_at, shift


def test_an_update_and_a_cancellation_reach_the_same_event_in_both_readers() -> None:
    later = BOOKING.starts_at + timedelta(days=7)
    moved = at(BOOKING.time_zone, later, sequence=1, changed_at=BOOKING.changed_at + HOUR)
    gone = replace(moved, sequence=2, status="cancelled", changed_at=BOOKING.changed_at + 2 * HOUR)
    texts = [calendar_file([BOOKING]), calendar_file([moved]), calendar_file([gone], cancelled=True)]
    theirs = [icalendar.Calendar.from_ical(text) for text in texts]
    others = [read_by_vobject(text) for text in texts]
    assert [str(one["METHOD"]) for one in theirs] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [one.method.value for one in others] == ["REQUEST", "REQUEST", "CANCEL"]
    events = [one.walk("VEVENT")[0] for one in theirs]
    assert len({str(one["UID"]) for one in events} | {one.vevent.uid.value for one in others}) == 1
    assert [one["SEQUENCE"] for one in events] == [0, 1, 2]
    assert [int(one.vevent.sequence.value) for one in others] == [0, 1, 2]
    stamps = [one.decoded("DTSTAMP") for one in events]
    assert stamps == sorted(set(stamps))
    assert [one.vevent.status.value for one in others] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert others[1].vevent.dtstart.value == later


def test_lines_are_folded_in_octets_and_text_is_escaped() -> None:
    name = "Klinik für Hautgesundheit, Straße; 雪の" * 3 + "\n"
    text = calendar_file([replace(BOOKING, clinic_name=name, location_name=name)])
    lines = text.encode().split(b"\r\n")
    assert lines.pop() == b""
    assert max(len(line) for line in lines) <= 75
    assert all(line.decode() is not None for line in lines), "no character is torn apart"
    assert b"\n" not in text.encode().replace(b"\r\n", b"")
    (one,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert str(one["SUMMARY"]) == f"Appointment at {name}"
    assert read_by_vobject(text).vevent.summary.value == f"Appointment at {name}"


def test_what_is_published_invites_nobody() -> None:
    (published,) = icalendar.Calendar.from_ical(calendar_file([BOOKING], method="PUBLISH")).walk("VEVENT")
    assert "ATTENDEE" not in published
    assert str(published["ORGANIZER"]) == "mailto:desk@linden.test"
