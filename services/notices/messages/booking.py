"""Messages about visits. Titles are neutral: no treatment, nothing of health, fit for a locked screen.

Times are in the clinic's own zone and say so. The treatment is named inside confirmations alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from services.kernel.language import current_language, day, moment, money_words, page_address, speaking
from services.kernel.language import gettext as _
from services.notices.messages.letter import Letter, Section, write
from services.notices.messages.own_words import OwnWords
from services.notices.schemas import Attachment, Message, Said
from services.scheduling.calendar import calendar_file
from services.scheduling.reminder_rules import reminder_version
from services.scheduling.schemas import BookingView

Facts = tuple[tuple[str, str], ...]
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Visits:
    """What was booked together, earliest first, with the path at which the client manages it.

    `first_step` is what has to happen before the first session, and how many hours; `version` tells apart what is said
    anew of the group; `was` is when the visits were by what their reader was last told. With `calendar` its file goes
    along, where a message has one.
    """

    bookings: Sequence[BookingView]
    manage_path: str
    base_url: str
    calendar: bool = False
    first_step: tuple[str, int] = ("", 0)
    version: int = 0
    own: OwnWords = field(default_factory=OwnWords)
    # Calendar files that were made, by method and language: client and team are sent the same.
    files: dict[tuple[str, str], tuple[Attachment, ...]] = field(
        default_factory=dict, compare=False, repr=False
    )
    was: Mapping[UUID, datetime] = field(default_factory=dict)

    @property
    def first(self) -> BookingView:
        return self.bookings[0]

    @property
    def clinic_url(self) -> str:
        path = f"/clinic/{self.first.clinic_slug}/bookings/{self.first.reference}"
        return page_address(self.base_url, path)

    @property
    def manage_url(self) -> str:
        return page_address(self.base_url, self.manage_path)

    @property
    def coming_url(self) -> str:
        return page_address(self.base_url, self.manage_path.replace("?", "/coming?"))

    @property
    def lost_url(self) -> str:
        return page_address(self.base_url, "/bookings/lost-link")

    @property
    def before(self) -> str:
        return before_first(*self.first_step)

    @property
    def confirmed(self) -> list[BookingView]:
        return [one for one in self.bookings if one.status == "confirmed"]

    @property
    def has_new_times(self) -> bool:
        """Whether it is not the person or the place alone that changed."""
        return any(self.was.get(one.id) != one.starts_at for one in self.bookings)

    @property
    def says(self) -> tuple[Said, ...]:
        return tuple(said_of(one) for one in self.bookings)


def in_the_clients_language(
    write_it: Callable[Concatenate[Visits, P], R],
) -> Callable[Concatenate[Visits, P], R]:
    """A message to the client of visits, in the language that is kept of them."""

    @wraps(write_it)
    def written(visits: Visits, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with speaking(visits.first.client_language):
            return write_it(visits, *args, **kwargs)

    return written


def said_of(booking: BookingView) -> Said:
    """What a message says of a visit as it is now."""
    return Said(booking.id, booking.status, booking.starts_at, booking.practitioner_id, booking.location_id)


def before_first(step: str, hours: int) -> str:
    """What has to happen before the first session, in words; nothing where nothing does."""
    what = {"consultation": _("A consultation"), "patch_test": _("A patch test")}.get(step, "")
    if not what:
        return ""
    if hours:
        words = _("{what}, at least {hours} hours before the first session. The clinic arranges it.")
        return words.format(what=what, hours=hours)
    return _("{what}, before the first session. The clinic arranges it.", what=what)


def _when(booking: BookingView) -> str:
    return moment(booking.starts_at, booking.time_zone)


def times_of(visits: Visits) -> Facts:
    """When they are, and when they were where that was told before."""
    many = len(visits.bookings) > 1
    return tuple(
        (_("Session {n}", n=one.position) if many else _("When"), _told_when(visits, one))
        for one in visits.bookings
    )


def _told_when(visits: Visits, booking: BookingView) -> str:
    was = visits.was.get(booking.id, booking.starts_at)
    if was == booking.starts_at:
        return _when(booking)
    return _("{now}; until now {before}", now=_when(booking), before=moment(was, booking.time_zone))


def names_of(bookings: Sequence[BookingView]) -> str:
    """Who gives the visits, each once."""
    return ", ".join(dict.fromkeys(one.practitioner_name for one in bookings))


def _place(booking: BookingView) -> Facts:
    reach = (_("Phone"), booking.phone) if booking.phone else (_("E-mail"), booking.clinic_email)
    named = booking.location_name.startswith(booking.clinic_name)
    where = booking.address if named else f"{booking.clinic_name}, {booking.address}"
    return ((_("Where"), where), *((reach,) if reach[1] else ()))


def _price(visits: Visits) -> Facts:
    """What was booked costs, as it was booked: the visit, or the sessions together."""
    first, many = visits.first, len(visits.bookings)
    name = _("Price") if many == 1 else _("Price of the {n} sessions", n=many)
    return ((name, money_words(sum(one.price for one in visits.bookings), first.currency)),)


def _for_client(visits: Visits, *, priced: bool = False) -> Facts:
    first = visits.first
    return (
        *times_of(visits),
        *_place(first),
        (_("With"), names_of(visits.bookings)),
        (_("What"), first.treatment_name),
        *(_price(visits) if priced else ()),
        *before_of(visits),
        (_("Reference"), first.reference),
    )


def before_of(visits: Visits) -> Facts:
    """What has to happen before the first session, as a fact of the letter."""
    return ((_("Before"), visits.before),) if visits.before and visits.first.position == 1 else ()


def _rules(booking: BookingView) -> str:
    if booking.cancellation_hours == 0:
        return _("You can change or cancel it by yourself until it begins.")
    words = (
        _(
            "You can change or cancel it by yourself until {hours} hours before it begins; after that, call the clinic."
        )
        if booking.phone
        else _(
            "You can change or cancel it by yourself until {hours} hours before it begins; "
            "after that, write to the clinic."
        )
    )
    return words.format(hours=booking.cancellation_hours)


def _lost(visits: Visits) -> str:
    return _("Should you lose this message, have the link sent again: {url}", url=visits.lost_url)


def attached(visits: Visits, method: str) -> tuple[Attachment, ...]:
    """A calendar file a visit: an invitation is of one event (RFC 5546, 3.2.2), and only to what is confirmed."""
    if not (visits.calendar and method):
        return ()
    which = method, current_language()
    if which not in visits.files:
        visits.files[which] = _files(visits, method)
    return visits.files[which]


def _files(visits: Visits, method: str) -> tuple[Attachment, ...]:
    kind, many = f"text/calendar; method={method}; charset=utf-8", len(visits.bookings) > 1
    return tuple(
        Attachment(
            f"visit-{one.position}.ics" if many else "visit.ics",
            kind,
            calendar_file([one], cancelled=method == "CANCEL"),
        )
        for one in (visits.bookings if method == "CANCEL" else visits.confirmed)
    )


def hello(name: str) -> str:
    """How a message to a person begins."""
    return _("Hello {name},", name=name)


def client_why(booking: BookingView) -> str:
    """Why a client gets a message about their visit."""
    return _("You get this because you booked at {clinic} through Needlewise.", clinic=booking.clinic_name)


def _message(
    visits: Visits, kind: str, recipient: str, letter: Letter, method: str, *, together: bool
) -> Message:
    first = visits.first
    text, html = write(visits.own.put_into(letter, kind, first.client_name))
    return Message(
        kind=kind,
        subject_id=first.group_id if together else first.id,
        version=visits.version if together else first.sequence,
        recipient=recipient,
        title=letter.title,
        text=text,
        html=html,
        attachments=attached(visits, method),
        says=visits.says,
        zone=first.time_zone,
        client_id=first.client_id,
        urgent=first.changed_by == "client" and kind != "booking.reminder",
    )


def _to_client(
    visits: Visits, kind: str, letter: Letter, *, method: str = "", together: bool = False
) -> Message:
    """`together`: it is about the group, and not about the first of the visits alone."""
    return _message(visits, kind, visits.first.client_email, letter, method, together=together)


@in_the_clients_language
def confirmed(visits: Visits) -> Message:
    """To the client, with the calendar file."""
    first, many = visits.first, len(visits.bookings) > 1
    title = (
        _("Confirmed: your appointments at {clinic}")
        if many
        else _("Confirmed: your appointment at {clinic}")
    )
    what = (
        _("Your {n} appointments are confirmed.", n=len(visits.bookings))
        if many
        else _("Your appointment is confirmed.")
    )
    files = (
        _("The attached files put them into your calendar.")
        if many
        else _("The attached file puts it into your calendar.")
    )
    letter = Letter(
        title=title.format(clinic=first.clinic_name),
        greeting=hello(first.client_name),
        opening=(what,),
        facts=_for_client(visits, priced=True),
        action=(_("See, move or cancel"), visits.manage_url),
        closing=(_rules(first), files, _lost(visits)),
        why=client_why(first),
    )
    return _to_client(visits, "booking.confirmed.client", letter, method="REQUEST", together=True)


@in_the_clients_language
def requested(visits: Visits) -> Message:
    """To the client: the time is held."""
    first = visits.first
    until: Facts = ((_("Answer by"), moment(first.answer_by, first.time_zone)),) if first.answer_by else ()
    letter = Letter(
        title=_("Your request to {clinic}", clinic=first.clinic_name),
        greeting=hello(first.client_name),
        opening=(
            _("The clinic has your request and answers it itself. The time is held for you until then."),
        ),
        facts=(*_for_client(visits, priced=True), *until),
        action=(_("See or withdraw the request"), visits.manage_url),
        closing=(
            _("Nothing is confirmed yet. You get a message as soon as the clinic has answered."),
            _lost(visits),
        ),
        why=client_why(first),
    )
    return _to_client(visits, "booking.requested.client", letter, together=True)


@in_the_clients_language
def rescheduled(visits: Visits) -> Message:
    """To the client, with the calendar entry's next version; of sessions that moved together, all in one."""
    first, many = visits.first, len(visits.bookings) > 1
    files = (
        _("The attached files move them in your calendar.")
        if many
        else _("The attached file moves it in your calendar.")
    )
    letter = Letter(
        title=_title_of_change(visits).format(clinic=first.clinic_name),
        greeting=hello(first.client_name),
        opening=(_what_changed(visits),),
        facts=_for_client(visits),
        sections=() if _by_client(first) else (_if_it_does_not_suit(first),),
        action=(_("See, move or cancel"), visits.manage_url),
        closing=(*((_rules(first),) if _by_client(first) else ()), *([files] if visits.confirmed else [])),
        why=client_why(first),
    )
    return _to_client(visits, "booking.rescheduled.client", letter, method="REQUEST", together=many)


def _by_client(booking: BookingView) -> bool:
    return booking.changed_by == "client"


def _title_of_change(visits: Visits) -> str:
    if not visits.has_new_times:
        return _("Changed: your appointment at {clinic}")
    if len(visits.bookings) > 1:
        return _("New times: your appointments at {clinic}")
    return _("New time: your appointment at {clinic}")


def _what_changed(visits: Visits) -> str:
    """What is new, and who made it so: a client does not wonder at a time that they did not choose."""
    many, by_client = len(visits.bookings) > 1, _by_client(visits.first)
    if not visits.has_new_times:
        return _("The time stays. Who treats you, or where, has changed.")
    if many:
        words = (
            _("{n} of your appointments have new times.")
            if by_client
            else _("The clinic has moved {n} of your appointments.")
        )
        return words.format(n=len(visits.bookings))
    return _("Your appointment has a new time.") if by_client else _("The clinic has moved your appointment.")


def _if_it_does_not_suit(booking: BookingView) -> Section:
    return Section(
        _("Does it not suit you?"),
        (_("Choose another time or cancel by the link below, or tell the clinic."), _rules(booking)),
    )


@in_the_clients_language
def cancelled(visits: Visits) -> Message:
    """To the client, with the calendar entry's end."""
    first = visits.first
    by_clinic = first.cancelled_by == "clinic"
    reason: Facts = (
        ((_("The clinic writes"), _(first.cancel_reason)),) if by_clinic and first.cancel_reason else ()
    )
    letter = Letter(
        title=_("Cancelled: your appointment at {clinic}", clinic=first.clinic_name),
        greeting=hello(first.client_name),
        opening=(
            _("The clinic has cancelled your appointment.")
            if by_clinic
            else _("Your appointment is cancelled, as you asked."),
        ),
        facts=((_("When it was"), _when(first)), *_place(first), (_("Reference"), first.reference), *reason),
        action=(_("See it, or book another time"), visits.manage_url) if by_clinic else None,
        closing=(_("The attached file takes it out of your calendar."),),
        why=client_why(first),
    )
    return _to_client(visits, "booking.cancelled.client", letter, method="CANCEL")


@in_the_clients_language
def declined(visits: Visits) -> Message:
    """To the client: the clinic said no."""
    first = visits.first
    reason: Facts = ((_("The clinic writes"), first.cancel_reason),) if first.cancel_reason else ()
    letter = Letter(
        title=_("{clinic} could not take your request", clinic=first.clinic_name),
        greeting=hello(first.client_name),
        opening=(
            _("The clinic has answered your request, and it cannot take it. The time is no longer held."),
        ),
        facts=(*times_of(visits), (_("Reference"), first.reference), *reason),
        action=(_("See the request"), visits.manage_url),
        why=client_why(first),
    )
    return _to_client(visits, "booking.declined.client", letter)


@in_the_clients_language
def expired(visits: Visits) -> Message:
    """To the client: no answer came in time."""
    first = visits.first
    letter = Letter(
        title=_("{clinic} did not answer your request in time", clinic=first.clinic_name),
        greeting=hello(first.client_name),
        opening=(_("The clinic did not answer in time, so the time is no longer held. You owe nothing."),),
        facts=(*times_of(visits), (_("Reference"), first.reference)),
        action=(_("See the request"), visits.manage_url),
        closing=(_("You can ask for another time, or look at other clinics."),),
        why=client_why(first),
    )
    return _to_client(visits, "booking.expired.client", letter)


@in_the_clients_language
def reminder(visits: Visits, hours: int, now: datetime) -> Message | None:
    """To the client, so many hours before; nothing when the visit is not confirmed any more, or has begun."""
    first = visits.first
    if not first.may_say_coming(now):
        return None
    said = first.coming_at is not None
    change = (_("Move or cancel"), visits.manage_url)
    letter = Letter(
        title=_("Reminder: your appointment on {day}", day=day(first.starts_at, first.time_zone)),
        greeting=hello(first.client_name),
        opening=(
            _("This is a reminder of your appointment."),
            _("You have said that you will come. Thank you.")
            if said
            else _("Tell the clinic that you will come:"),
        ),
        facts=((_("When"), _when(first)), *_place(first), (_("Reference"), first.reference)),
        sections=() if said else (Section(_("Does the time not suit any more?"), (_rules(first),), change),),
        action=change if said else (_("I will come"), visits.coming_url),
        closing=(_rules(first),) if said else (),
        why=client_why(first),
    )
    message = _to_client(visits, "booking.reminder", letter)
    return replace(message, version=reminder_version(first.sequence, hours))
