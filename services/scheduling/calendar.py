"""Calendar files of bookings: one event a session, whose identity stays while its sequence grows.

RFC 5545 (the format), RFC 5546 (methods: an invitation that updates and cancels itself), RFC 7986 (names).
Wording is neutral: a calendar is seen by others, so no treatment is named. It is in the language that is spoken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

from icalendar import Calendar, Event, vCalAddress, vText

from services.kernel.language import gettext
from services.scheduling.calendar_zones import OURS, zones_of
from services.scheduling.models import BookingStatus
from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import STANDING

PRODUCT = "-//Needlewise//Bookings//EN"
_END = b"END:VCALENDAR\r\n"
Method = Literal["REQUEST", "PUBLISH", "CANCEL"]
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
    told: Method = "CANCEL" if cancelled else method
    events = [_event(booking, told) for booking in bookings]
    return text_of(told, events, zones_of(booking.local_starts_at for booking in bookings))


def download_of(booking: BookingView, group: Iterable[BookingView]) -> str:
    """What a booking's page hands out: all that stands of what was booked together, or it alone where it does not.

    One that was called off is taken out of the calendar again; one that is over stays where it was.
    """
    if booking.status in STANDING:
        return calendar_file([one for one in group if one.status in STANDING], method="PUBLISH")
    return calendar_file([booking], cancelled=booking.status in _OVER, method="PUBLISH")


def text_of(
    method: Method, events: Iterable[Event], zones: Iterable[bytes], about: Mapping[str, Any] | None = None
) -> str:
    """A calendar as text: lines of at most 75 octets that end in CRLF.

    `zones` are written already, `about` are the calendar's own properties.
    """
    head = _head(method) if about is None else _head_with(method, about)
    return b"".join([head, *zones, *(event.to_ical() for event in events), _END]).decode()


@cache
def _head(method: Method) -> bytes:
    return _head_with(method, {})


def _head_with(method: Method, about: Mapping[str, Any]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    for name, value in about.items():
        calendar.add(name, value)
    written: bytes = calendar.to_ical()
    return written.removesuffix(_END)


def uid_of(booking: BookingView) -> str:
    """The event's identity, the same for as long as the booking exists."""
    return f"{booking.id}{OURS}"


def _event(booking: BookingView, method: Method) -> Event:
    event = Event()
    event.add("uid", uid_of(booking))
    event.add("sequence", sequence_of(booking))
    event.add("dtstamp", booking.changed_at)
    event.add("created", booking.created_at)
    event.add("last-modified", booking.changed_at)
    for name, moment in zip(("dtstart", "dtend"), booking_times(booking), strict=True):
        event.add(name, moment)
    event.add("summary", gettext("Appointment at {clinic}", clinic=booking.clinic_name))
    event.add("location", booking.address)
    event.add("description", gettext("Reference {reference}.", reference=booking.reference))
    event.add("status", status_of(booking, cancelled=method == "CANCEL"))
    event.add("transp", "OPAQUE")
    event.add("class", "PRIVATE")
    organizer = vCalAddress(f"mailto:{booking.clinic_email}")
    organizer.params["CN"] = vText(booking.clinic_name)
    event.add("organizer", organizer)
    if method != "PUBLISH":  # what is published invites nobody (RFC 5546, 3.2.1)
        event.add("attendee", _attendee(booking))
    return event


def sequence_of(booking: BookingView) -> int:
    """How often the event was revised: with each change of its time, its end, and the answer to a request.

    RFC 5546, 2.1.4: another status is a revision too, or a reader may take the answer for what it has already.
    """
    return booking.sequence + (booking.answered_at is not None)


def booking_times(booking: BookingView) -> tuple[datetime, datetime]:
    """Begin and end by the location's wall clock; in UTC where a clock set back shows a time again.

    A wall clock that occurs twice means the first (RFC 5545, 3.3.5), so the second can be named in UTC alone.
    """
    starts_at, ends_at = booking.local_starts_at, booking.local_ends_at
    if starts_at.fold or ends_at.fold:
        return booking.starts_at.astimezone(UTC), booking.ends_at.astimezone(UTC)
    return starts_at, ends_at


def _attendee(booking: BookingView) -> vCalAddress:
    attendee = vCalAddress(f"mailto:{booking.client_email}")
    attendee.params["CN"] = vText(booking.client_name)
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    attendee.params["RSVP"] = vText("FALSE")
    return attendee


def status_of(booking: BookingView, *, cancelled: bool = False) -> str:
    """What a calendar is told of it."""
    if cancelled or booking.status in _OVER:
        return "CANCELLED"
    return "TENTATIVE" if booking.status in _TENTATIVE else "CONFIRMED"
