"""Messages to a clinic's team about what clients do: a new booking, a request, another time, a cancellation.

One to each person who wants to hear of it, once, in their language. Titles are neutral: no treatment, nothing of
health, no client's name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import NAMESPACE_URL, UUID, uuid5

from services.kernel.language import day, moment, page_address, speaking
from services.kernel.language import gettext as _
from services.notices.messages.booking import Facts, Visits, attached, before_of, hello, names_of, times_of
from services.notices.messages.letter import Letter, write
from services.notices.messages.why import as_address
from services.notices.schemas import Message

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Hearer:
    """Somebody of the team, or the clinic's own address, which has no settings."""

    id: UUID
    name: str
    email: str
    language: str
    has_settings: bool = True


def in_their_language(
    write_it: Callable[Concatenate[Visits, Hearer, P], Message],
) -> Callable[Concatenate[Visits, Hearer, P], Message]:
    """A message to somebody of the team, in the language that they chose."""

    @wraps(write_it)
    def written(visits: Visits, hearer: Hearer, /, *more: P.args, **named: P.kwargs) -> Message:
        with speaking(hearer.language):
            return write_it(visits, hearer, *more, **named)

    return written


@in_their_language
def new_booking(visits: Visits, hearer: Hearer) -> Message:
    """A client has booked; with the calendar file."""
    first = visits.first
    letter = Letter(
        title=_(
            "New booking {reference}: {day}",
            reference=first.reference,
            day=day(first.starts_at, first.time_zone),
        ),
        greeting=hello(hearer.name),
        opening=(_("A client has booked, and the time is taken."),),
        facts=_facts(visits),
        action=(_("Open the booking"), visits.clinic_url),
        why=why(visits, hearer),
    )
    return _message(visits, hearer, "booking.confirmed.clinic", letter, "REQUEST", together=True)


@in_their_language
def new_request(visits: Visits, hearer: Hearer) -> Message:
    """A client has asked for a time: an answer is needed."""
    first = visits.first
    until: Facts = ((_("Answer by"), moment(first.answer_by, first.time_zone)),) if first.answer_by else ()
    letter = Letter(
        title=_("Request {reference} needs your answer", reference=first.reference),
        greeting=hello(hearer.name),
        opening=(_("A client has asked for a time. It is held until you answer."),),
        facts=(*_facts(visits), *until),
        action=(_("Answer the request"), visits.clinic_url),
        closing=(_("Without an answer by then the time is free again, and the client is told."),),
        why=why(visits, hearer),
    )
    return _message(visits, hearer, "booking.requested.clinic", letter, together=True)


@in_their_language
def another_time(visits: Visits, hearer: Hearer) -> Message:
    """The client has moved it, or a session with later ones of its course; with each entry's next version."""
    reference, n = visits.first.reference, len(visits.bookings)
    letter = Letter(
        title=_("Booking {reference} has a new time", reference=reference)
        if n == 1
        else _("Course {reference} has {n} new times", reference=reference, n=n),
        greeting=hello(hearer.name),
        opening=(
            _("The client has moved a booking.")
            if n == 1
            else _("The client has moved {n} sessions of a course together.", n=n),
        ),
        facts=_facts(visits),
        action=(_("Open the booking"), visits.clinic_url),
        why=why(visits, hearer),
    )
    return _message(visits, hearer, "booking.rescheduled.clinic", letter, "REQUEST", together=n > 1)


@in_their_language
def called_off(visits: Visits, hearer: Hearer) -> Message:
    """The client has cancelled; with the calendar entry's end."""
    letter = Letter(
        title=_("Booking {reference} is cancelled", reference=visits.first.reference),
        greeting=hello(hearer.name),
        opening=(_("The client has cancelled. The time is free again."),),
        facts=_facts(visits),
        action=(_("Open the booking"), visits.clinic_url),
        why=why(visits, hearer),
    )
    return _message(visits, hearer, "booking.cancelled.clinic", letter, "CANCEL")


def _facts(visits: Visits) -> Facts:
    first = visits.first
    return (
        *times_of(visits),
        (_("Client"), first.client_name),
        (_("With"), names_of(visits.bookings)),
        (_("Location"), first.location_name),
        *before_of(visits),
        (_("Reference"), first.reference),
    )


def why(visits: Visits, hearer: Hearer) -> str:
    """Why somebody of the team gets a message about visits, and where they choose."""
    if not hearer.has_settings:
        return as_address()
    return _(
        "You get this because you belong to the team of {clinic}. Choose which of these you get: {url}",
        clinic=visits.first.clinic_name,
        url=page_address(visits.base_url, f"/clinic/{visits.first.clinic_slug}/messages"),
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
