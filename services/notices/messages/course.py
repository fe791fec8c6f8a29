"""The message about a course that the clinic has stopped: all that falls away with it, told once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.kernel.language import gettext as _
from services.kernel.language import moment
from services.notices.messages.booking import Visits, attached, hello, in_the_clients_language
from services.notices.messages.letter import Letter, write
from services.notices.rules import STOPPED, stop_version
from services.notices.schemas import Message


@in_the_clients_language
def stopped(visits: Visits, course_id: UUID, stopped_at: datetime) -> Message:
    """To the client, with the end of each calendar entry. `stopped_at`: so that each stop is told once."""
    first = visits.first
    words = ((_("The clinic writes"), first.cancel_reason),) if first.cancel_reason else ()
    title = (
        _("Cancelled: your appointment at {clinic}")
        if len(visits.bookings) == 1
        else _("Cancelled: your appointments at {clinic}")
    )
    letter = Letter(
        title=title.format(clinic=first.clinic_name),
        greeting=hello(first.client_name),
        opening=(_("The clinic has ended what was planned with you. What was still to come is cancelled."),),
        facts=(
            *(
                (_("Session {n}", n=booking.position), moment(booking.starts_at, booking.time_zone))
                for booking in visits.bookings
            ),
            (_("Reference"), first.reference),
            *words,
        ),
        closing=(
            _("The attached file takes them out of your calendar."),
            _("If this is not what you expected, write to {email}.", email=first.clinic_email),
        ),
        why=_(
            "You get this because you had appointments at {clinic}, booked through Needlewise.",
            clinic=first.clinic_name,
        ),
    )
    text, html = write(letter)
    return Message(
        STOPPED,
        course_id,
        stop_version(stopped_at),
        first.client_email,
        letter.title,
        text,
        html,
        attached(visits, "CANCEL"),
        says=visits.says,
        zone=first.time_zone,
        client_id=first.client_id,
    )
