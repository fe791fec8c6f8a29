"""Messages after a visit: aftercare, check-ins, and the clinic's alarm. Titles say nothing of health."""

from __future__ import annotations

from collections.abc import Sequence

from services.courses.followup_schemas import CheckInPage
from services.courses.red_flags import emergency_numbers
from services.kernel.language import day, moment, page_address
from services.kernel.language import gettext as _
from services.notices.messages.booking import hello, said_of
from services.notices.messages.letter import Letter, Section, write
from services.notices.messages.own_words import OwnWords
from services.notices.messages.why import as_address, as_owner
from services.notices.rules import RED_FLAG, one_each
from services.notices.schemas import Message
from services.scheduling.schemas import BookingView
from services.treatments.protocol_rules import Step, by_days


def _turn_to_if(booking: BookingView) -> Section:
    return Section(
        _("Call the clinic if") if booking.phone else _("Write to the clinic if"),
        (
            _("redness spreads, or there is pus"),
            _("you have a fever"),
            _("you get blisters or cold sores"),
            _("dark spots come and stay"),
        ),
    )


def when_unwell(country: str) -> str:
    """Where to turn in an emergency, in the country of the visit."""
    numbers = _(" or ").join(emergency_numbers(country)) or _("your local emergency number")
    return _("Trouble breathing, or very unwell? Do not wait for an answer: call {numbers}.", numbers=numbers)


def _client_why(clinic_name: str) -> str:
    return _(
        "You get this because you had an appointment at {clinic}, booked through Needlewise.",
        clinic=clinic_name,
    )


def aftercare(
    booking: BookingView, steps: Sequence[Step], url: str, own: OwnWords, *, urgent: bool = False
) -> Message:
    """What to do in the days after by the protocol of the visit, in one message."""
    phone = ((_("Phone"), booking.phone),) if booking.phone else ()
    letter = Letter(
        title=_("The days after your appointment at {clinic}", clinic=booking.clinic_name),
        greeting=hello(booking.client_name),
        opening=(
            _(
                "Here is what usually helps in the days after. What your clinic told you in person goes first."
            ),
        ),
        facts=((_("Clinic"), booking.clinic_name), *phone, (_("E-mail"), booking.clinic_email)),
        sections=(*_sections(steps), _turn_to_if(booking)),
        action=(_("See what to do today"), url),
        closing=(when_unwell(booking.country),),
        why=_client_why(booking.clinic_name),
    )
    text, html = write(own.put_into(letter, "aftercare", booking.client_name))
    return Message(
        "aftercare",
        booking.id,
        0,
        booking.client_email,
        letter.title,
        text,
        html,
        says=(said_of(booking),),
        zone=booking.time_zone,
        urgent=urgent,
        client_id=booking.client_id,
    )


def _sections(steps: Sequence[Step]) -> tuple[Section, ...]:
    """What is usual is translated; what the clinic wrote itself stays as it is."""
    return tuple(
        Section(_days(first, last), tuple(_(point) for point in points))
        for first, last, points in by_days(steps)
    )


def _days(first: int, last: int) -> str:
    if first == last:
        return _("Today (day 0)") if first == 0 else _("Day {n}", n=first)
    if last == first + 1:
        return _("Days {first} and {last}", first=first, last=last)
    return _("Days {first} to {last}", first=first, last=last)


def check_in(asked: CheckInPage, booking: BookingView, url: str) -> Message:
    """Asks how it is going, by signed link."""
    until = day(asked.check_in.expires_at, asked.time_zone)
    letter = Letter(
        title=_("How are you, a few days after? {clinic} asks", clinic=asked.clinic_name)
        if asked.check_in.day > 1
        else _("How are you today? {clinic} asks", clinic=asked.clinic_name),
        greeting=hello(asked.client_name),
        opening=(
            _(
                "You were at {clinic} on {day}. A few short questions tell the clinic how it is going. "
                "It takes a minute.",
                clinic=asked.clinic_name,
                day=day(asked.visited_at, asked.time_zone),
            ),
        ),
        action=(_("Answer the questions"), url),
        closing=(
            _(
                "The link works until {day}, without signing in. Only the clinic can read your answers.",
                day=until,
            ),
            when_unwell(booking.country),
        ),
        why=_client_why(asked.clinic_name),
    )
    text, html = write(letter)
    return Message(
        kind="check_in.asked",
        subject_id=asked.check_in.id,
        version=0,
        recipient=asked.client_email,
        title=letter.title,
        text=text,
        html=html,
        says=(said_of(booking),),
        zone=asked.time_zone,
        client_id=booking.client_id,
    )


def red_flag(asked: CheckInPage, base_url: str, owner: str = "") -> Message:
    """To the clinic, or to an owner, at once. What exactly was answered is read after signing in, not in an e-mail."""
    letter = Letter(
        title=_("Please look at once: check-in for booking {reference}", reference=asked.reference),
        greeting=hello(asked.clinic_name),
        opening=(
            _(
                "A client has answered a check-in with something that you should look at now. "
                "They were told to call you."
            ),
        ),
        facts=(
            (_("Client"), asked.client_name),
            *_visit_facts(asked),
            *_look_by(asked),
        ),
        action=_read_it(asked, base_url),
        closing=(_("Note there what you did: until then it stands open, and then every owner is told."),),
        why=_("You get this as an owner, because the clinic's address at Needlewise did not take it.")
        if owner
        else as_address(),
    )
    text, html = write(letter)
    subject_id = one_each(asked.check_in.id, owner) if owner else asked.check_in.id
    return Message(RED_FLAG, subject_id, 0, owner or asked.clinic_email, letter.title, text, html)


def unseen(asked: CheckInPage, base_url: str, email: str) -> Message:
    """To an owner, once: nobody has noted in time that they looked."""
    letter = Letter(
        title=_("Nobody has answered: check-in for booking {reference}", reference=asked.reference),
        greeting=hello(asked.clinic_name),
        opening=(
            _(
                "A client has answered a check-in with something that somebody should look at at once, "
                "and nobody has noted that they did. Please see to it yourself, or that somebody does."
            ),
        ),
        facts=(*_visit_facts(asked), *_look_by(asked)),
        action=_read_it(asked, base_url),
        why=as_owner(),
    )
    text, html = write(letter)
    subject_id = one_each(asked.check_in.id, email)
    return Message("check_in.unseen", subject_id, 0, email, letter.title, text, html)


def _visit_facts(asked: CheckInPage) -> tuple[tuple[str, str], ...]:
    return ((_("Visit"), day(asked.visited_at, asked.time_zone)), (_("Reference"), asked.reference))


def _look_by(asked: CheckInPage) -> tuple[tuple[str, str], ...]:
    by = asked.check_in.look_by
    return ((_("Answer by"), moment(by, asked.time_zone)),) if by else ()


def _read_it(asked: CheckInPage, base_url: str) -> tuple[str, str]:
    path = f"/clinic/{asked.clinic_slug}/check-ins/{asked.check_in.id}"
    return _("Read the answer"), page_address(base_url, path)
