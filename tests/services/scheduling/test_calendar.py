"""Calendar files, read back by a parser of the format."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from services.scheduling.calendar import calendar_file, uid_of
from services.scheduling.schemas import BookingView

AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
IDS = (
    "id clinic_id group_id client_id account_id treatment_id location_id "
    "practitioner_id room_id numbing_room_id device_id"
)
NUMBERS: dict[str, Any] = {name: UUID(int=number) for number, name in enumerate(IDS.split())}
BOOKING = BookingView(
    **NUMBERS,
    reference="7K2MPX9QRT",
    position=1,
    area="face",
    starts_at=AT,
    ends_at=AT.replace(hour=16),
    price=20000,
    currency="USD",
    status="confirmed",
    sequence=0,
    answer_by=None,
    coming_at=None,
    cancelled_by="",
    cancel_reason="",
    created_at=AT.replace(day=1),
    changed_at=AT.replace(day=1),
    changed_by="client",
    clinic_name="Linden, Skin; & Co",
    clinic_slug="linden-skin",
    clinic_email="desk@linden.test",
    cancellation_hours=24,
    late_minutes=15,
    treatment_name="Pen facial for acne scars",
    location_name="Linden Uptown",
    street="Main Street 1",
    city="New York",
    region="NY",
    postcode="10001",
    country="US",
    phone="",
    time_zone="America/New_York",
    practitioner_name="Dr Mira Holm",
    room_name="Room 1",
    numbing_room_name=None,
    client_name="Ana Torres",
    client_email="ana@example.test",
    client_phone="",
)


def read(text: str) -> tuple[Any, list[Any]]:
    calendar: Any = Calendar.from_ical(text)
    return calendar, list(calendar.walk("VEVENT"))


def test_an_invitation_stands_in_the_locations_own_time() -> None:
    calendar, (event,) = read(calendar_file([BOOKING]))
    assert (str(calendar["METHOD"]), str(calendar["VERSION"])) == ("REQUEST", "2.0")
    start = event.decoded("DTSTART")
    assert start == AT
    assert event["DTSTART"].params["TZID"] == "America/New_York"
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["America/New_York"]
    assert event.decoded("DTEND") - start == BOOKING.ends_at - BOOKING.starts_at
    assert (str(event["UID"]), event["SEQUENCE"], str(event["STATUS"])) == (
        f"{BOOKING.id}@needlewise",
        0,
        "CONFIRMED",
    )
    assert str(event["ORGANIZER"]) == "mailto:desk@linden.test"
    assert str(event["ATTENDEE"]) == "mailto:ana@example.test"
    assert event.decoded("DTSTAMP") == BOOKING.changed_at


def test_the_wording_is_neutral() -> None:
    text = calendar_file([BOOKING])
    _, (event,) = read(text)
    assert str(event["SUMMARY"]) == "Appointment at Linden, Skin; & Co"
    assert str(event["LOCATION"]) == "Linden Uptown, Main Street 1, New York, NY 10001, United States"
    assert "acne" not in text
    assert "facial" not in text


def test_a_moved_visit_keeps_its_identity_and_raises_its_sequence() -> None:
    moved = replace(BOOKING, sequence=1, starts_at=AT.replace(day=9), ends_at=AT.replace(day=9, hour=16))
    (_, (before,)), (_, (after,)) = read(calendar_file([BOOKING])), read(calendar_file([moved]))
    assert before["UID"] == after["UID"] == uid_of(moved)
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    summer = replace(
        BOOKING, starts_at=datetime(2026, 7, 1, 14, tzinfo=UTC), ends_at=datetime(2026, 7, 1, 15, tzinfo=UTC)
    )
    _, (event,) = read(calendar_file([summer]))
    assert event.decoded("DTSTART").astimezone(ZoneInfo("America/New_York")).hour == 10


def test_a_cancellation_takes_the_event_out_again() -> None:
    gone = replace(BOOKING, sequence=1, status="cancelled")
    calendar, (event,) = read(calendar_file([gone], cancelled=True))
    assert (str(calendar["METHOD"]), str(event["STATUS"]), event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 1)


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("requested", "TENTATIVE"),
        ("confirmed", "CONFIRMED"),
        ("declined", "CANCELLED"),
        ("expired", "CANCELLED"),
    ],
)
def test_a_published_file_has_one_event_a_session(status: str, shown: str) -> None:
    second = replace(BOOKING, id=UUID(int=99), status=status, starts_at=AT.replace(day=30))
    calendar, events = read(calendar_file([BOOKING, second], method="PUBLISH"))
    assert str(calendar["METHOD"]) == "PUBLISH"
    assert [str(event["STATUS"]) for event in events] == ["CONFIRMED", shown]
    assert len({str(event["UID"]) for event in events}) == 2
