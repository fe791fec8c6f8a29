"""The invitation to a review. It says who asks, how the answer is used, and that the clinic may reply (ISO 20488)."""

from __future__ import annotations

from services.notices.messages.booking import said_of
from services.notices.messages.letter import Letter, day, write
from services.notices.schemas import Message
from services.reviews.schemas import InvitationView
from services.scheduling.schemas import BookingView

_ABOUT = {
    "session": "your first appointment",
    "course_end": "your whole course, now that it is over",
    "three_months": "the result, three months on",
}


def invitation(asked: InvitationView, booking: BookingView, url: str) -> Message:
    """Asks for a review, in the same words whoever is asked."""
    until = day(asked.expires_at, asked.time_zone)
    letter = Letter(
        title=f"What do you say about {asked.clinic_name}?",
        greeting=f"Hello {asked.client_name},",
        opening=(
            (
                f"You were at {asked.clinic_name} on {day(asked.visited_at, asked.time_zone)}. "
                f"Needlewise asks everyone who was treated for a review, and asks you about {_ABOUT[asked.stage]}. "
                "Good or bad, it helps the next person to choose."
            ),
        ),
        action=("Write a review", url),
        closing=(
            (
                "How it is used: your review is published at once with your first name and one initial, and counts in "
                "the clinic's figures. The clinic cannot remove or change it; it may write a public reply."
            ),
            f"There is no reward for it. The link works until {until}, once, without signing in.",
        ),
        why=f"You get this because you had an appointment at {asked.clinic_name}, booked through Needlewise.",
    )
    text, html = write(letter)
    return Message(
        "review.invited",
        asked.id,
        0,
        asked.client_email,
        letter.title,
        text,
        html,
        says=(said_of(booking),),
        zone=asked.time_zone,
        client_id=booking.client_id,
    )
