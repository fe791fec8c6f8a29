"""The message about a course that the clinic has stopped: all that falls away with it, told once."""

from __future__ import annotations

from uuid import UUID

from services.notices.messages.booking import Visits, attached
from services.notices.messages.letter import Letter, moment, write
from services.notices.schemas import Message


def stopped(visits: Visits, course_id: UUID, stopped_at: int) -> Message:
    """To the client, with the end of each calendar entry. `stopped_at`: in seconds, so that each stop is told once."""
    first = visits.first
    words = (("The clinic writes", first.cancel_reason),) if first.cancel_reason else ()
    one = len(visits.bookings) == 1
    letter = Letter(
        title=f"Cancelled: your appointment{'' if one else 's'} at {first.clinic_name}",
        greeting=f"Hello {first.client_name},",
        opening=("The clinic has ended what was planned with you. What was still to come is cancelled.",),
        facts=(
            *(
                (f"Session {booking.position}", moment(booking.starts_at, booking.time_zone))
                for booking in visits.bookings
            ),
            ("Reference", first.reference),
            *words,
        ),
        closing=(
            "The attached file takes them out of your calendar.",
            f"If this is not what you expected, write to {first.clinic_email}.",
        ),
        why=f"You get this because you had appointments at {first.clinic_name}, booked through Needlewise.",
    )
    text, html = write(letter)
    return Message(
        "course.stopped",
        course_id,
        stopped_at,
        first.client_email,
        letter.title,
        text,
        html,
        attached(visits, "CANCEL"),
    )
