"""Messages about another time that a client asked for. Titles name no treatment and nothing of health."""

from __future__ import annotations

from services.kernel.language import gettext as _
from services.kernel.language import moment, speaking
from services.notices.messages.booking import Facts, Visits, client_why, hello
from services.notices.messages.booking_team import Hearer, in_their_language, why
from services.notices.messages.letter import Letter, write
from services.notices.rules import one_each
from services.notices.schemas import Message
from services.scheduling.asked_moves import Asked


def move_asked(visits: Visits, wanted: Asked) -> Message:
    """To the client: nothing has moved yet, and the time is held."""
    first = visits.first
    with speaking(first.client_language):
        letter = Letter(
            title=_("You asked {clinic} for another time", clinic=first.clinic_name),
            greeting=hello(first.client_name),
            opening=(
                _(
                    "The clinic answers that itself. Until then your appointment stays as it is, and the other "
                    "time is held for you."
                ),
            ),
            facts=(
                *_times(visits, wanted),
                *_who_and_where(visits, wanted),
                (_("Answer by"), moment(wanted.until_at, wanted.time_zone)),
                (_("Reference"), first.reference),
            ),
            action=(_("See it, or take the wish back"), visits.manage_url),
            closing=(_("You get a message as soon as the clinic has answered."),),
            why=client_why(first),
        )
        return _to_client(visits, "booking.move_asked.client", wanted, letter, urgent=True)


def move_refused(visits: Visits, wanted: Asked) -> Message:
    """To the client: the clinic said no, or nothing in time; the visit stays as it is."""
    first, declined = visits.first, wanted.answer == "declined"
    with speaking(first.client_language):
        reason: Facts = ((_("The clinic writes"), wanted.reason),) if wanted.reason else ()
        title = (
            _("{clinic} could not give you the other time")
            if declined
            else _("{clinic} did not answer about the other time")
        )
        what = (
            _("The clinic has answered: it cannot give you the other time.")
            if declined
            else _("The clinic did not answer in time, so the other time is no longer held.")
        )
        letter = Letter(
            title=title.format(clinic=first.clinic_name),
            greeting=hello(first.client_name),
            opening=(what, _("Your appointment stays as it is.")),
            facts=(*_times(visits, wanted), *reason, (_("Reference"), first.reference)),
            action=(_("See, move or cancel"), visits.manage_url),
            why=client_why(first),
        )
        kind = "booking.move_declined.client" if declined else "booking.move_expired.client"
        return _to_client(visits, kind, wanted, letter)


@in_their_language
def needs_answer(visits: Visits, hearer: Hearer, wanted: Asked) -> Message:
    """To one of the team: an answer is needed."""
    first = visits.first
    letter = Letter(
        title=_("Booking {reference}: another time needs your answer", reference=first.reference),
        greeting=hello(hearer.name),
        opening=(
            _("A client asks for another time. It is held until you answer, and the visit stays until then."),
        ),
        facts=(
            *_times(visits, wanted),
            (_("Client"), first.client_name),
            (_("With"), wanted.practitioner_name),
            (_("Location"), wanted.location_name),
            (_("Reference"), first.reference),
            (_("Answer by"), moment(wanted.until_at, wanted.time_zone)),
        ),
        action=(_("Accept or decline"), visits.clinic_url),
        closing=(_("Without an answer by then the visit stays where it is, and the client is told."),),
        why=why(visits, hearer),
    )
    text, html = write(letter)
    return Message(
        kind="booking.move_asked.clinic",
        subject_id=one_each(wanted.id, hearer.email),
        version=0,
        recipient=hearer.email,
        title=letter.title,
        text=text,
        html=html,
        zone=first.time_zone,
    )


def _times(visits: Visits, wanted: Asked) -> Facts:
    """When each visit is, and when it would be; once it is answered, of the one that it was asked of."""
    many = len(visits.bookings) > 1
    return tuple(
        fact
        for one in visits.bookings
        for fact in (
            (_("Session {n}", n=one.position) if many else _("Now"), moment(one.starts_at, one.time_zone)),
            (
                _("Asked for"),
                moment(wanted.times.get(one.id, wanted.starts_at), wanted.time_zone),
            ),
        )
    )


def _who_and_where(visits: Visits, wanted: Asked) -> Facts:
    """Who would treat and where, as far as that is not as it is now."""
    mine = next(one for one in visits.bookings if one.id == wanted.booking_id)
    who = () if wanted.practitioner_id == mine.practitioner_id else ((_("With"), wanted.practitioner_name),)
    where = () if wanted.location_id == mine.location_id else ((_("Where"), wanted.location_name),)
    return (*who, *where)


def _to_client(visits: Visits, kind: str, wanted: Asked, letter: Letter, *, urgent: bool = False) -> Message:
    """It says nothing of what the visit is by now: that is told where it changes (`changes`)."""
    first = visits.first
    text, html = write(letter)
    return Message(
        kind=kind,
        subject_id=wanted.id,
        version=first.sequence,
        recipient=first.client_email,
        title=letter.title,
        text=text,
        html=html,
        zone=first.time_zone,
        client_id=first.client_id,
        urgent=urgent,
    )
