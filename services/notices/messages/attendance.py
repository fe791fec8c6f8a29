"""Messages about a visit that a client says took place. Titles say nothing of health."""

from __future__ import annotations

from services.kernel.language import day, moment, page_address
from services.kernel.language import gettext as _
from services.notices.messages.booking import hello
from services.notices.messages.letter import Letter, write
from services.notices.messages.why import as_address
from services.notices.schemas import Message
from services.reviews.attendance import Claim
from services.scheduling.schemas import BookingView


def asserted(booking: BookingView, claim: Claim, base_url: str) -> Message:
    """To the clinic: what the client says, what follows, and until when it can be contested."""
    letter = Letter(
        title=_("The client of booking {reference} says that they were there", reference=booking.reference),
        greeting=hello(booking.clinic_name),
        opening=(
            _(
                "A visit has not been marked as completed, and its client says that it took place. "
                "They can write a review of it, as after any visit."
            ),
        ),
        facts=_facts(booking),
        action=(
            _("Open the booking"),
            page_address(base_url, f"/clinic/{booking.clinic_slug}/bookings/{booking.reference}"),
        ),
        closing=(
            _(
                "If it took place, complete it there and nothing more is needed. If it did not, contest it there until "
                "{until}: a moderator then decides.",
                until=moment(claim.contest_until, booking.time_zone),
            ),
        ),
        why=as_address(),
    )
    text, html = write(letter)
    return Message(
        "visit.asserted",
        booking.id,
        0,
        booking.clinic_email,
        letter.title,
        text,
        html,
        zone=booking.time_zone,
    )


def judged(booking: BookingView, *, stands: bool, message: str, to_client: bool) -> Message:
    """To the client, or to the clinic: what a moderator found."""
    words = (
        _(
            "The clinic contested that the visit of {day} took place. A moderator has looked at what both say, "
            "and finds that it took place. A review of it counts like any other."
        )
        if stands
        else _(
            "The clinic contested that the visit of {day} took place. A moderator has looked at what both say, "
            "and finds that it did not take place. It cannot be reviewed, and a review that was written of it is "
            "taken down."
        )
    )
    letter = Letter(
        title=_("Decided: booking {reference}", reference=booking.reference),
        greeting=hello(booking.client_name if to_client else booking.clinic_name),
        opening=(
            words.format(day=day(booking.starts_at, booking.time_zone)),
            *([_("The moderator writes: {words}", words=message)] if message else []),
        ),
        facts=_facts(booking),
        why=_(
            "You get this because of an appointment at {clinic}, booked through Needlewise.",
            clinic=booking.clinic_name,
        )
        if to_client
        else as_address(),
    )
    text, html = write(letter)
    return Message(
        "visit.judged.client" if to_client else "visit.judged.clinic",
        booking.id,
        0,
        booking.client_email if to_client else booking.clinic_email,
        letter.title,
        text,
        html,
        zone=booking.time_zone,
        client_id=booking.client_id if to_client else None,
    )


def _facts(booking: BookingView) -> tuple[tuple[str, str], ...]:
    return (
        (_("Visit"), moment(booking.starts_at, booking.time_zone)),
        (_("Clinic"), booking.clinic_name),
        (_("Reference"), booking.reference),
    )
