"""The message to who has lost the links to their bookings. It names clinics and times, no treatment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from services.kernel.language import gettext as _
from services.kernel.language import moment
from services.notices.messages.letter import Letter, Section, write
from services.notices.rules import once_a_minute
from services.notices.schemas import Message
from services.scheduling.schemas import BookingView, Reached


def lost_links(email: str, ahead: Sequence[Reached], now: datetime) -> Message:
    """Lists what lies ahead, soonest first, with a link each; it goes to an address once a minute."""
    letter = Letter(
        title=_("The links to your appointments"),
        greeting=_("Hello,"),
        opening=(
            _("You asked for the links to what is booked with this address. This is all that lies ahead."),
        ),
        sections=tuple(_section(one) for one in sorted(ahead, key=lambda one: one.bookings[0].starts_at)),
        closing=(
            _("Whoever has a link can move or cancel what it leads to, so keep this message to yourself."),
        ),
        why=_("If you did not ask for it, do nothing: it went to you alone, and nothing has changed."),
    )
    text, html = write(letter)
    subject = uuid5(NAMESPACE_URL, f"mailto:{email.lower()}")
    return Message("booking.lost_links", subject, once_a_minute(now), email, letter.title, text, html)


def _section(reached: Reached) -> Section:
    first, many = reached.bookings[0], len(reached.bookings) > 1
    times = tuple(_when(one, named=many) for one in reached.bookings)
    label = _("See, move or cancel them") if many else _("See, move or cancel it")
    return Section(first.clinic_name, times, (label, reached.manage_url))


def _when(booking: BookingView, *, named: bool) -> str:
    when = moment(booking.starts_at, booking.time_zone)
    words = _("Session {n}: {when}", n=booking.position, when=when) if named else when
    return _("{when}, not confirmed yet", when=words) if booking.status == "requested" else words
