"""Messages of the waitlist, in the language in which somebody waits. Titles name no treatment."""

from __future__ import annotations

from datetime import date

from services.kernel.language import day_words, moment
from services.kernel.language import gettext as _
from services.notices.messages.booking import hello
from services.notices.messages.letter import Letter, write
from services.notices.schemas import Message
from services.scheduling.waitlist_schemas import OfferView, WishView


def prove(wish: WishView, url: str) -> Message:
    """To whoever was named: the link that makes the wish count."""
    letter = Letter(
        title=_("Please confirm: the waiting list of {clinic}", clinic=wish.clinic_name),
        greeting=hello(wish.name),
        opening=(
            _(
                "Somebody, we hope you, wants to be told when a time becomes free. It counts once you confirm it."
            ),
        ),
        facts=((_("Days"), _days(wish.first_on, wish.last_on)),),
        action=(_("Confirm"), url),
        closing=(_("If it was not you, do nothing: it is deleted within two days."),),
        why=_why(wish),
    )
    return _message("waitlist.prove", wish, letter)


def offered(wish: WishView, offer: OfferView, url: str) -> Message:
    """To whoever waits: the time that is kept, and the one link that takes or declines it."""
    until = moment(offer.until_at, wish.time_zone)
    letter = Letter(
        title=_("A time is free at {clinic}", clinic=wish.clinic_name),
        greeting=hello(wish.name),
        opening=(
            _(
                "A time that suits you has become free. It is kept for you, and for nobody else, until {until}.",
                until=until,
            ),
        ),
        facts=(
            (_("When"), moment(offer.starts_at, wish.time_zone)),
            (_("Where"), ", ".join(part for part in (wish.clinic_name, offer.street, offer.city) if part)),
            (_("With"), offer.practitioner_name),
            (_("Kept until"), until),
        ),
        action=(_("See it, take it or decline"), url),
        closing=(_("If you do not answer, the next person is asked then. You stay on the waiting list."),),
        why=_why(wish),
    )
    text, html = write(letter)
    return Message("waitlist.offered", offer.id, 0, wish.email, letter.title, text, html)


def over(wish: WishView, url: str) -> Message:
    """To whoever waited: no more."""
    closed = wish.lost == "clinic"
    letter = Letter(
        title=_("You are not on the waiting list of {clinic} any more", clinic=wish.clinic_name),
        greeting=hello(wish.name),
        opening=(_why_over(wish),),
        action=(_("Find another clinic") if closed else _("See the clinic"), url),
        why=_why(wish),
    )
    return _message("waitlist.over", wish, letter)


def _why_over(wish: WishView) -> str:
    if wish.state == "removed":
        return _("The clinic has taken you off its waiting list. Ask there if you want to know why.")
    if wish.lost == "clinic":
        return _("The clinic has closed.")
    if wish.lost == "menu":
        return _("The clinic does not offer any more what you waited for.")
    if wish.lost == "person":
        return _("{name} does not give any more what you waited for.", name=wish.practitioner_name)
    return _(
        "The days for which you waited are over, or it was not offered any more, or several times kept for you "
        "were not answered."
    )


def _why(wish: WishView) -> str:
    return _(
        "You get this because this address was left on the waiting list of {clinic} at Needlewise.",
        clinic=wish.clinic_name,
    )


def _message(kind: str, wish: WishView, letter: Letter) -> Message:
    text, html = write(letter)
    return Message(kind, wish.id, 0, wish.email, letter.title, text, html)


def _days(first: date, last: date) -> str:
    if first == last:
        return day_words(first)
    return _("{first} to {last}", first=day_words(first), last=day_words(last))
