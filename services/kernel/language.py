"""The language of what is being said: of a page while it is answered, of a message while it is written.

    with speaking("es"):
        ...  # texts, days, numbers and addresses of pages are Spanish in here

Services' own texts are written in English and translated by `services/locales`; what people wrote stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, get_timezone_location
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, get_currency_precision, get_currency_symbol
from babel.support import Translations

DEFAULT = "en"
LANGUAGES = {"en": "English", "es": "Español"}
CATALOGUES = Path(__file__).parents[1] / "locales"
_current: ContextVar[str] = ContextVar("language", default=DEFAULT)


def current_language() -> str:
    """The language that is spoken."""
    return _current.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Says what is said inside in that language; in English where we do not have it."""
    token = _current.set(language if language in LANGUAGES else DEFAULT)
    try:
        yield
    finally:
        _current.reset(token)


def read_catalogue(source: Path, language: str) -> Translations:
    """The texts of a `.po` file; none where there is no such file, as for the language that texts are written in."""
    if not source.exists():
        return Translations()
    compiled = BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)


@lru_cache(maxsize=len(LANGUAGES))
def services_catalogue(language: str) -> Translations:
    """The texts of services in a language, read once."""
    return read_catalogue(CATALOGUES / f"{language}.po", language)


def gettext(text: str, **holes: Any) -> str:
    """The text in the language that is spoken, with its holes filled; as it is written where that lacks it."""
    said = str(services_catalogue(current_language()).ugettext(text)) if text else ""
    return said.format(**holes) if holes else said


def N_(text: str) -> str:  # noqa: N802  gettext's own name for it
    """Marks a text that is translated where it is said."""
    return text


def page_address(base_url: str, path: str) -> str:
    """The absolute address of a page in the language that is spoken: English has no prefix (docs/adr/0010)."""
    language = current_language()
    return f"{base_url}{path}" if language == DEFAULT else f"{base_url}/{language}{path}"


def moment(value: datetime, zone: str) -> str:
    """An instant in a place's own time, labelled: `Tuesday 4 March 2026, 14:30 (New York time)`."""
    pattern = gettext("EEEE d MMMM y, HH:mm")
    words = format_datetime(value.astimezone(ZoneInfo(zone)), pattern, locale=current_language())
    return f"{words} ({zone_words(zone)})"


def short_moment(value: datetime, zone: str) -> str:
    """The same where room is short, such as in a text message: `Tue 4 Mar, 14:30`."""
    return format_datetime(
        value.astimezone(ZoneInfo(zone)), gettext("EEE d MMM, HH:mm"), locale=current_language()
    )


def zone_words(zone: str) -> str:
    """A zone as people say it: `New York time`."""
    return gettext("{city} time", city=_city(zone))


def _city(zone: str) -> str:
    area, _, city = zone.rpartition("/")
    if current_language() == DEFAULT or area in {"", "Etc"}:
        return city.replace("_", " ")
    return get_timezone_location(ZoneInfo(zone), locale=current_language(), return_city=True)


def day(value: datetime, zone: str) -> str:
    """The local day of an instant: `4 March 2026`."""
    return day_words(value.astimezone(ZoneInfo(zone)).date())


def day_words(value: date) -> str:
    """A date: `4 March 2026`."""
    return format_date(value, gettext("d MMMM y"), locale=current_language())


def money_words(amount: int, currency: str) -> str:
    """Minor units as money as the language writes it, without cents where there are none: `$1,200`.

    A language that has no sign of its own for a currency takes the English one: `1.200 £`.
    """
    digits = get_currency_precision(currency)
    whole = amount % (10**digits) == 0
    locale = Locale(current_language())
    pattern = str(locale.currency_formats["standard"].pattern)
    words = format_currency(
        amount / 10**digits,
        currency,
        locale=locale,
        currency_digits=not whole,
        format=pattern.replace(".00", "") if whole else None,
    )
    return words.replace(currency, get_currency_symbol(currency, "en"))


def country_name(code: str) -> str:
    """A country by its code."""
    return str(Locale(current_language()).territories.get(code, code))
