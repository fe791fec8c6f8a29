"""Messages to a clinic's team about what clients do: a new booking, a request, another time, a cancellation.

One to each person who wants to hear of it, once. Titles are neutral: no treatment, nothing of health, no client's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from services.kernel.language import day, moment
from services.notices.messages.booking import Facts, Visits, attached, before_of, names_of, times_of
from services.notices.messages.letter import Letter, write
from services.notices.schemas import Message


@dataclass(frozen=True, slots=True)
class Hearer:
    """Somebody of the team, or the clinic's own address, which has no settings."""

    id: UUID
    name: str
    email: str
    settings_url: str = ""


def new_booking(visits: Visits, hearer: Hearer) -> Message:
    """A client has booked; with the calendar file."""
    first = visits.first
    letter = Letter(
        title=f"New booking {first.reference}: {day(first.starts_at, first.time_zone)}",
        greeting=f"Hello {hearer.name},",
        opening=("A client has booked, and the time is taken.",),
        facts=_facts(visits),
        action=("Open the booking", visits.clinic_url),
        why=why(visits, hearer),
    )
    return _message(visits, hearer, "booking.confirmed.clinic", letter, "REQUEST", together=True)


def new_request(visits: Visits, hearer: Hearer) -> Message:
    """A client has asked for a time: an answer is needed."""
    first = visits.first
    until: Facts = (("Answer by", moment(first.answer_by, first.time_zone)),) if first.answer_by else ()
    letter = Letter(
        title=f"Request {first.reference} needs your answer",
        greeting=f"Hello {hearer.name},",
        opening=("A client has asked for a time. It is held until you answer.",),
        facts=(*_facts(visits), *until),
        action=("Answer the request", visits.clinic_url),
        closing=("Without an answer by then the time is free again, and the client is told.",),
        why=why(visits, hearer),
    )
    return _message(visits, hearer, "booking.requested.clinic", letter, together=True)


def another_time(visits: Visits, hearer: Hearer) -> Message:
    """The client has moved it, or a session with later ones of its course; with each entry's next version."""
    reference, n = visits.first.reference, len(visits.bookings)
    letter = Letter(
        title=f"Booking {reference} has a new time" if n == 1 else f"Course {reference} has {n} new times",
        greeting=f"Hello {hearer.name},",
        opening=(
            "The client has moved a booking."
            if n == 1
            else f"The client has moved {n} sessions of a course together.",
        ),
        facts=_facts(visits),
        action=("Open the booking", visits.clinic_url),
        why=why(visits, hearer),
    )
    return _message(visits, hearer, "booking.rescheduled.clinic", letter, "REQUEST", together=n > 1)


def called_off(visits: Visits, hearer: Hearer) -> Message:
    """The client has cancelled; with the calendar entry's end."""
    letter = Letter(
        title=f"Booking {visits.first.reference} is cancelled",
        greeting=f"Hello {hearer.name},",
        opening=("The client has cancelled. The time is free again.",),
        facts=_facts(visits),
        action=("Open the booking", visits.clinic_url),
        why=why(visits, hearer),
    )
    return _message(visits, hearer, "booking.cancelled.clinic", letter, "CANCEL")


def _facts(visits: Visits) -> Facts:
    first = visits.first
    return (
        *times_of(visits),
        ("Client", first.client_name),
        ("With", names_of(visits.bookings)),
        ("Location", first.location_name),
        *before_of(visits),
        ("Reference", first.reference),
    )


def why(visits: Visits, hearer: Hearer) -> str:
    """Why somebody of the team gets a message about visits, and where they choose."""
    if not hearer.settings_url:
        return "You get this because this is the clinic's address at Needlewise."
    return (
        f"You get this because you belong to the team of {visits.first.clinic_name}. "
        f"Choose which of these you get: {hearer.settings_url}"
    )


def _message(
    visits: Visits, hearer: Hearer, kind: str, letter: Letter, method: str = "", *, together: bool = False
) -> Message:
    """One a hearer: who joins, leaves or changes the address is nobody else to the notice's key."""
    first = visits.first
    subject = first.group_id if together else first.id
    text, html = write(letter)
    return Message(
        kind=kind,
        subject_id=uuid5(NAMESPACE_URL, f"{subject}/{hearer.id}"),
        version=visits.version if together else first.sequence,
        recipient=hearer.email,
        title=letter.title,
        text=text,
        html=html,
        attachments=attached(visits, method),
        says=visits.says,
        zone=first.time_zone,
    )
