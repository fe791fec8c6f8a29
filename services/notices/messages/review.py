"""The invitation to a review. It says who asks, how the answer is used, and that the clinic may reply (ISO 20488)."""

from __future__ import annotations

from services.kernel.language import day
from services.kernel.language import gettext as _
from services.notices.messages.booking import hello, said_of
from services.notices.messages.letter import Letter, write
from services.notices.schemas import Message
from services.reviews.rules import day_of
from services.reviews.schemas import InvitationView
from services.scheduling.schemas import BookingView


def _about(stage: str) -> str:
    words = {
        "session": _("your first appointment"),
        "later_session": _("this appointment"),
        "course_end": _("your whole course, now that it is over"),
        "three_months": _("the result, three months on"),
    }
    return words.get(stage) or _("the result, {days} days on", days=day_of(stage))


def invitation(asked: InvitationView, booking: BookingView, url: str) -> Message:
    """Asks for a review, in the same words whoever is asked."""
    until = day(asked.expires_at, asked.time_zone)
    letter = Letter(
        title=_("What do you say about {clinic}?", clinic=asked.clinic_name),
        greeting=hello(asked.client_name),
        opening=(
            _(
                "You were at {clinic} on {day}. "
                "Needlewise asks everyone who was treated for a review, and asks you about {about}. "
                "Good or bad, it helps the next person to choose.",
                clinic=asked.clinic_name,
                day=day(asked.visited_at, asked.time_zone),
                about=_about(asked.stage),
            ),
        ),
        action=(_("Write a review"), url),
        closing=(
            _(
                "How it is used: your review is published at once with your first name and one initial, and counts in "
                "the clinic's figures. The clinic cannot remove or change it; it may write a public reply."
            ),
            _("There is no reward for it. The link works until {day}, once, without signing in.", day=until),
        ),
        why=_(
            "You get this because you had an appointment at {clinic}, booked through Needlewise.",
            clinic=asked.clinic_name,
        ),
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
