"""Calendar files of bookings: one event a session, whose identity stays while its sequence grows.

RFC 5545 (the format), RFC 5546 (methods: an invitation that updates and cancels itself), RFC 7986 (names).
Wording is neutral: a calendar is seen by others, so no treatment is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from icalendar import Calendar, Event, vCalAddress, vText

from services.scheduling.models import BookingStatus
from services.scheduling.schemas import BookingView

PRODUCT = "-//Needlewise//Bookings//EN"
_TENTATIVE = frozenset({BookingStatus.REQUESTED, BookingStatus.HELD})
_OVER = frozenset({BookingStatus.CANCELLED, BookingStatus.DECLINED, BookingStatus.EXPIRED})


def calendar_file(
    bookings: Sequence[BookingView],
    *,
    cancelled: bool = False,
    method: Literal["REQUEST", "PUBLISH"] = "REQUEST",
) -> str:
    """The bookings as iCalendar text, in each location's own zone.

    `REQUEST` invites the client and updates what they have; `PUBLISH` is for a download; with `cancelled` the
    method is `CANCEL`, which takes the events out of the calendar again.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "CANCEL" if cancelled else method)
    for booking in bookings:
        calendar.add_component(_event(booking, cancelled=cancelled))
    calendar.add_missing_timezones()
    text: str = calendar.to_ical().decode()
    return text


def uid_of(booking: BookingView) -> str:
    """The event's identity, the same for as long as the booking exists."""
    return f"{booking.id}@needlewise"


def _event(booking: BookingView, *, cancelled: bool) -> Event:
    event = Event()
    event.add("uid", uid_of(booking))
    event.add("sequence", booking.sequence)
    event.add("dtstamp", booking.changed_at)
    event.add("created", booking.created_at)
    event.add("last-modified", booking.changed_at)
    event.add("dtstart", booking.local_starts_at)
    event.add("dtend", booking.local_ends_at)
    event.add("summary", f"Appointment at {booking.clinic_name}")
    event.add("location", booking.address)
    event.add("description", f"Reference {booking.reference}.")
    event.add("status", _status(booking, cancelled=cancelled))
    event.add("transp", "OPAQUE")
    event.add("class", "PRIVATE")
    organizer = vCalAddress(f"mailto:{booking.clinic_email}")
    organizer.params["CN"] = vText(booking.clinic_name)
    event.add("organizer", organizer)
    attendee = vCalAddress(f"mailto:{booking.client_email}")
    attendee.params["CN"] = vText(booking.client_name)
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    attendee.params["RSVP"] = vText("FALSE")
    event.add("attendee", attendee)
    return event


def _status(booking: BookingView, *, cancelled: bool) -> str:
    if cancelled or booking.status in _OVER:
        return "CANCELLED"
    return "TENTATIVE" if booking.status in _TENTATIVE else "CONFIRMED"
