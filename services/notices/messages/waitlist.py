"""Messages of the waitlist, in the language in which somebody waits. Titles name no treatment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_date, format_datetime

from services.notices.messages.letter import Letter, write
from services.notices.schemas import Message
from services.scheduling.waitlist_schemas import OfferView, WishView


@dataclass(frozen=True, slots=True)
class _Words:
    hello: str
    prove_title: str
    prove: str
    prove_action: str
    prove_closing: str
    offer_title: str
    offer: str
    offer_action: str
    offer_closing: str
    over_title: str
    over: str
    removed: str
    over_action: str
    why: str
    when: str
    until: str
    days: str
    where: str
    with_whom: str
    zone: str
    moment: str
    to: str


_EN = _Words(
    hello="Hello {name},",
    prove_title="Please confirm: the waiting list of {clinic}",
    prove="Somebody, we hope you, wants to be told when a time becomes free. It counts once you confirm it.",
    prove_action="Confirm",
    prove_closing="If it was not you, do nothing: it is deleted within two days.",
    offer_title="A time is free at {clinic}",
    offer="A time that suits you has become free. It is kept for you, and for nobody else, until {until}.",
    offer_action="See it, take it or decline",
    offer_closing="If you do not answer, the next person is asked then. You stay on the waiting list.",
    over_title="You are not on the waiting list of {clinic} any more",
    over="The days for which you waited are over, or several times kept for you were not answered.",
    removed="The clinic has taken you off its waiting list. Ask there if you want to know why.",
    over_action="See the clinic",
    why="You get this because this address was left on the waiting list of {clinic} at Needlewise.",
    when="When",
    until="Kept until",
    days="Days",
    where="Where",
    with_whom="With",
    zone="{city} time",
    moment="EEEE d MMMM y, HH:mm",
    to="to",
)
_ES = _Words(
    hello="Hola, {name}:",
    prove_title="Confirma, por favor: la lista de espera de {clinic}",
    prove="Alguien, esperamos que tú, quiere saber cuándo queda libre una hora. Cuenta en cuanto lo confirmes.",
    prove_action="Confirmar",
    prove_closing="Si no has sido tú, no hagas nada: se borra en dos días.",
    offer_title="Hay una hora libre en {clinic}",
    offer="Ha quedado libre una hora que te conviene. La guardamos para ti, y para nadie más, hasta {until}.",
    offer_action="Verla, aceptarla o rechazarla",
    offer_closing="Si no respondes, después se pregunta a la siguiente persona. Sigues en la lista de espera.",
    over_title="Ya no estás en la lista de espera de {clinic}",
    over="Los días que esperabas han pasado, o varias horas guardadas para ti quedaron sin respuesta.",
    removed="La clínica te ha quitado de su lista de espera. Pregunta allí si quieres saber por qué.",
    over_action="Ver la clínica",
    why="Recibes este mensaje porque esta dirección se dejó en la lista de espera de {clinic} en Needlewise.",
    when="Cuándo",
    until="Guardada hasta",
    days="Días",
    where="Dónde",
    with_whom="Con",
    zone="hora de {city}",
    moment="EEEE d 'de' MMMM 'de' y, HH:mm",
    to="a",
)
_WORDS = {"en": _EN, "es": _ES}


def prove(wish: WishView, url: str) -> Message:
    """To whoever was named: the link that makes the wish count."""
    words = _words(wish)
    letter = Letter(
        title=words.prove_title.format(clinic=wish.clinic_name),
        greeting=words.hello.format(name=wish.name),
        opening=(words.prove,),
        facts=((words.days, _days(wish)),),
        action=(words.prove_action, url),
        closing=(words.prove_closing,),
        why=words.why.format(clinic=wish.clinic_name),
    )
    return _message("waitlist.prove", wish, letter)


def offered(wish: WishView, offer: OfferView, url: str) -> Message:
    """To whoever waits: the time that is kept, and the one link that takes or declines it."""
    words = _words(wish)
    until = _moment(offer.until_at, wish)
    letter = Letter(
        title=words.offer_title.format(clinic=wish.clinic_name),
        greeting=words.hello.format(name=wish.name),
        opening=(words.offer.format(until=until),),
        facts=(
            (words.when, _moment(offer.starts_at, wish)),
            (words.where, ", ".join(part for part in (wish.clinic_name, offer.street, offer.city) if part)),
            (words.with_whom, offer.practitioner_name),
            (words.until, until),
        ),
        action=(words.offer_action, url),
        closing=(words.offer_closing,),
        why=words.why.format(clinic=wish.clinic_name),
    )
    text, html = write(letter)
    return Message("waitlist.offered", offer.id, 0, wish.email, letter.title, text, html)


def over(wish: WishView, url: str) -> Message:
    """To whoever waited: no more."""
    words = _words(wish)
    letter = Letter(
        title=words.over_title.format(clinic=wish.clinic_name),
        greeting=words.hello.format(name=wish.name),
        opening=(words.removed if wish.state == "removed" else words.over,),
        action=(words.over_action, url),
        why=words.why.format(clinic=wish.clinic_name),
    )
    return _message("waitlist.over", wish, letter)


def _words(wish: WishView) -> _Words:
    return _WORDS.get(wish.language, _EN)


def _message(kind: str, wish: WishView, letter: Letter) -> Message:
    text, html = write(letter)
    return Message(kind, wish.id, 0, wish.email, letter.title, text, html)


def _moment(value: datetime, wish: WishView) -> str:
    words = _words(wish)
    city = wish.time_zone.rsplit("/", 1)[-1].replace("_", " ")
    said = format_datetime(value.astimezone(wish.zone), words.moment, locale=wish.language)
    return f"{said} ({words.zone.format(city=city)})"


def _days(wish: WishView) -> str:
    words = _words(wish)
    pattern = words.moment.removeprefix("EEEE ").partition(",")[0]
    first, last = (format_date(day, pattern, locale=wish.language) for day in (wish.first_on, wish.last_on))
    return f"{first} {words.to} {last}"
