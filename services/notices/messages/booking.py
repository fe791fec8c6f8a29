"""Messages about visits. Titles are neutral: no treatment, nothing of health, fit for a locked screen.

Times are in the clinic's own zone and say so. The treatment is named inside confirmations alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.notices.messages.letter import Letter, Section, day, moment, write
from services.notices.messages.own_words import OwnWords
from services.notices.schemas import Attachment, Message, Said
from services.scheduling.reminder_rules import reminder_version
from services.scheduling.schemas import BookingView

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Visits:
    """What was booked together, earliest first, with the address at which the client manages it.

    `before` is what has to happen before the first session; `version` tells apart what is said anew of the group.
    """

    bookings: Sequence[BookingView]
    manage_url: str
    base_url: str
    calendar: str = ""
    before: str = ""
    version: int = 0
    own: OwnWords = field(default_factory=OwnWords)

    @property
    def first(self) -> BookingView:
        return self.bookings[0]

    @property
    def clinic_url(self) -> str:
        return f"{self.base_url}/clinic/{self.first.clinic_slug}/bookings/{self.first.reference}"

    @property
    def coming_url(self) -> str:
        path, _, token = self.manage_url.partition("?")
        return f"{path}/coming?{token}"

    @property
    def lost_url(self) -> str:
        return f"{self.base_url}/bookings/lost-link"

    @property
    def says(self) -> tuple[Said, ...]:
        return tuple(said_of(one) for one in self.bookings)


def said_of(booking: BookingView) -> Said:
    """What a message says of a visit as it is now."""
    return Said(booking.id, booking.status, booking.starts_at, booking.practitioner_id, booking.location_id)


def before_first(step: str, hours: int) -> str:
    """What has to happen before the first session, in words; nothing where nothing does."""
    what = {"consultation": "A consultation", "patch_test": "A patch test"}.get(step, "")
    if not what:
        return ""
    when = f"at least {hours} hours before the first session" if hours else "before the first session"
    return f"{what}, {when}. The clinic arranges it."


def _when(booking: BookingView) -> str:
    return moment(booking.starts_at, booking.time_zone)


def times_of(bookings: Sequence[BookingView]) -> Facts:
    if len(bookings) == 1:
        return (("When", _when(bookings[0])),)
    return tuple((f"Session {one.position}", _when(one)) for one in bookings)


def _place(booking: BookingView) -> Facts:
    phone = ((("Phone", booking.phone),)) if booking.phone else ()
    named = booking.location_name.startswith(booking.clinic_name)
    where = booking.address if named else f"{booking.clinic_name}, {booking.address}"
    return (("Where", where), *phone)


def _for_client(visits: Visits) -> Facts:
    first = visits.first
    return (
        *times_of(visits.bookings),
        *_place(first),
        ("With", first.practitioner_name),
        ("What", first.treatment_name),
        *before_of(visits),
        ("Reference", first.reference),
    )


def before_of(visits: Visits) -> Facts:
    """What has to happen before the first session, as a fact of the letter."""
    return (("Before", visits.before),) if visits.before and visits.first.position == 1 else ()


def _rules(booking: BookingView) -> str:
    if booking.cancellation_hours == 0:
        return "You can change or cancel it by yourself until it begins."
    return (
        f"You can change or cancel it by yourself until {booking.cancellation_hours} hours before it begins; "
        "after that, call the clinic."
    )


def _lost(visits: Visits) -> str:
    return f"Should you lose this message, have the link sent again: {visits.lost_url}"


def attached(visits: Visits, method: str) -> tuple[Attachment, ...]:
    if not visits.calendar:
        return ()
    return (Attachment("visit.ics", f"text/calendar; method={method}; charset=utf-8", visits.calendar),)


def _client_why(booking: BookingView) -> str:
    return f"You get this because you booked at {booking.clinic_name} through Needlewise."


_OF_GROUPS = frozenset(
    {
        "booking.confirmed.client",
        "booking.requested.client",
    }
)


def _message(visits: Visits, kind: str, recipient: str, letter: Letter, method: str) -> Message:
    first = visits.first
    together = kind in _OF_GROUPS
    text, html = write(visits.own.put_into(letter, kind, first.client_name))
    return Message(
        kind=kind,
        subject_id=first.group_id if together else first.id,
        version=visits.version if together else first.sequence,
        recipient=recipient,
        title=letter.title,
        text=text,
        html=html,
        attachments=attached(visits, method) if method else (),
        says=visits.says,
        zone=first.time_zone,
        client_id=first.client_id,
        urgent=first.changed_by == "client" and kind != "booking.reminder",
    )


def _to_client(visits: Visits, kind: str, letter: Letter, *, method: str = "") -> Message:
    return _message(visits, kind, visits.first.client_email, letter, method)


def confirmed(visits: Visits) -> Message:
    """To the client, with the calendar file."""
    first, many = visits.first, len(visits.bookings) > 1
    what = f"Your {len(visits.bookings)} appointments are" if many else "Your appointment is"
    letter = Letter(
        title=f"Confirmed: your {'appointments' if many else 'appointment'} at {first.clinic_name}",
        greeting=f"Hello {first.client_name},",
        opening=(f"{what} confirmed.",),
        facts=_for_client(visits),
        action=("See, move or cancel", visits.manage_url),
        closing=(_rules(first), "The attached file puts it into your calendar.", _lost(visits)),
        why=_client_why(first),
    )
    return _to_client(visits, "booking.confirmed.client", letter, method="REQUEST")


def requested(visits: Visits) -> Message:
    """To the client: the time is held."""
    first = visits.first
    until: Facts = (("Answer by", moment(first.answer_by, first.time_zone)),) if first.answer_by else ()
    letter = Letter(
        title=f"Your request to {first.clinic_name}",
        greeting=f"Hello {first.client_name},",
        opening=("The clinic has your request and answers it itself. The time is held for you until then.",),
        facts=(*_for_client(visits), *until),
        action=("See or withdraw the request", visits.manage_url),
        closing=(
            "Nothing is confirmed yet. You get a message as soon as the clinic has answered.",
            _lost(visits),
        ),
        why=_client_why(first),
    )
    return _to_client(visits, "booking.requested.client", letter)


def rescheduled(visits: Visits) -> Message:
    """To the client, with the calendar entry's next version."""
    first = visits.first
    letter = Letter(
        title=f"New time: your appointment at {first.clinic_name}",
        greeting=f"Hello {first.client_name},",
        opening=("Your appointment has a new time.",),
        facts=_for_client(visits),
        action=("See, move or cancel", visits.manage_url),
        closing=(_rules(first), "The attached file moves it in your calendar."),
        why=_client_why(first),
    )
    return _to_client(visits, "booking.rescheduled.client", letter, method="REQUEST")


def cancelled(visits: Visits) -> Message:
    """To the client, with the calendar entry's end."""
    first = visits.first
    by_clinic = first.cancelled_by == "clinic"
    reason: Facts = (("The clinic writes", first.cancel_reason),) if by_clinic and first.cancel_reason else ()
    letter = Letter(
        title=f"Cancelled: your appointment at {first.clinic_name}",
        greeting=f"Hello {first.client_name},",
        opening=(
            "The clinic has cancelled your appointment."
            if by_clinic
            else "Your appointment is cancelled, as you asked.",
        ),
        facts=(("When it was", _when(first)), *_place(first), ("Reference", first.reference), *reason),
        closing=("The attached file takes it out of your calendar.",),
        why=_client_why(first),
    )
    return _to_client(visits, "booking.cancelled.client", letter, method="CANCEL")


def declined(visits: Visits) -> Message:
    """To the client: the clinic said no."""
    first = visits.first
    reason: Facts = (("The clinic writes", first.cancel_reason),) if first.cancel_reason else ()
    letter = Letter(
        title=f"{first.clinic_name} could not take your request",
        greeting=f"Hello {first.client_name},",
        opening=("The clinic has answered your request, and it cannot take it. The time is no longer held.",),
        facts=(*times_of(visits.bookings), ("Reference", first.reference), *reason),
        action=("See the request", visits.manage_url),
        why=_client_why(first),
    )
    return _to_client(visits, "booking.declined.client", letter)


def expired(visits: Visits) -> Message:
    """To the client: no answer came in time."""
    first = visits.first
    letter = Letter(
        title=f"{first.clinic_name} did not answer your request in time",
        greeting=f"Hello {first.client_name},",
        opening=("The clinic did not answer in time, so the time is no longer held. You owe nothing.",),
        facts=(*times_of(visits.bookings), ("Reference", first.reference)),
        action=("See the request", visits.manage_url),
        closing=("You can ask for another time, or look at other clinics.",),
        why=_client_why(first),
    )
    return _to_client(visits, "booking.expired.client", letter)


def reminder(visits: Visits, hours: int, now: datetime) -> Message | None:
    """To the client, so many hours before; nothing when the visit is not confirmed any more, or has begun."""
    first = visits.first
    if not first.may_say_coming(now):
        return None
    said = first.coming_at is not None
    change = ("Move or cancel", visits.manage_url)
    letter = Letter(
        title=f"Reminder: your appointment on {day(first.starts_at, first.time_zone)}",
        greeting=f"Hello {first.client_name},",
        opening=(
            "This is a reminder of your appointment.",
            "You have said that you will come. Thank you." if said else "Tell the clinic that you will come:",
        ),
        facts=(("When", _when(first)), *_place(first), ("Reference", first.reference)),
        sections=() if said else (Section("Does the time not suit any more?", (_rules(first),), change),),
        action=change if said else ("I will come", visits.coming_url),
        closing=(_rules(first),) if said else (),
        why=_client_why(first),
    )
    message = _to_client(visits, "booking.reminder", letter)
    return replace(message, version=reminder_version(first.sequence, hours))
