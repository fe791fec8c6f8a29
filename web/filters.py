"""How values read on a page: money, moments in the clinic's zone, days, durations."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal

from services.clinics.rules import town_line
from services.kernel.language import money_words
from services.kernel.phones import shown_number
from web.audit_words import deed
from web.locale import current_locale, gettext
from web.pictures import cover


def number(value: float, digits: int = 0) -> str:
    """A number with so many decimals, as the page's language writes it: `1,260`, `4.3`."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, pattern, locale=current_locale())


def _instant(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _local(value: date | datetime | str, zone: str) -> date:
    if isinstance(value, str):
        return date.fromisoformat(value)
    return value.astimezone(ZoneInfo(zone)).date() if isinstance(value, datetime) else value


def moment(value: datetime | str, zone: str) -> str:
    """An instant (or its ISO text) in a place's own time: `Tue 4 Mar 2026, 14:30`."""
    return format_datetime(
        _instant(value).astimezone(ZoneInfo(zone)), "EEE d MMM y, HH:mm", locale=current_locale()
    )


def moment_soon(value: datetime | str, zone: str) -> str:
    """An instant of the next weeks in a place's own time, without the year: `Tue 4 Mar, 14:30`."""
    return format_datetime(
        _instant(value).astimezone(ZoneInfo(zone)), "EEE d MMM, HH:mm", locale=current_locale()
    )


@lru_cache(maxsize=4096)
def _written(value: date, pattern: str, locale: str) -> str:
    """A date as a language writes it; a page of free times asks for dozens, and most pages for the same ones."""
    return format_date(value, pattern, locale=locale)


@lru_cache(maxsize=4096)
def _written_time(value: time, locale: str) -> str:
    return format_time(value, "HH:mm", locale=locale)


def day(value: date | datetime | str, zone: str = "UTC") -> str:
    """A date (or its ISO text): `4 March 2026`."""
    return _written(_local(value, zone), gettext("d MMMM y"), current_locale())


def weekday(value: date | datetime | str, zone: str = "UTC") -> str:
    """A date with its weekday: `Tuesday 4 March`."""
    return _written(_local(value, zone), gettext("EEEE d MMMM"), current_locale())


def short_weekday(value: date) -> str:
    """The weekday of a date, shortened: `Tue`."""
    return _written(value, "EEE", current_locale())


def short_month(value: date) -> str:
    """The month of a date, shortened: `Mar`."""
    return _written(value, "LLL", current_locale())


def clock_time(value: datetime | str, zone: str) -> str:
    """A time of day in a place: `14:30`."""
    local = _instant(value).astimezone(ZoneInfo(zone))
    return _written_time(time(local.hour, local.minute), current_locale())


def duration(minutes: int) -> str:
    """Minutes in words: `1 h 15 min`."""
    hours, rest = divmod(int(minutes), 60)
    return " ".join(
        part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "") if part
    )


def town(place: Any) -> str:
    """City, region and postcode of an address in its country's own order: `Austin, TX 78701`, `28001 Madrid`."""
    return town_line(place.country, place.city, place.region, place.postcode)


def country(code: str) -> str:
    """A country by its code, in the page's language: `United States`."""
    return str(Locale(current_locale()).territories.get(code, code))


def place(label: str) -> str:
    """A place as it is written into a field, with its country in words: `Leeds, United Kingdom` for `Leeds, GB`."""
    name, comma, code = label.rpartition(", ")
    return f"{name}{comma}{country(code)}"


def language(code: str) -> str:
    """A language by its code, in the page's language: `English`."""
    return str(Locale(current_locale()).languages.get(code, code))


def span_of_days(first: date, last: date) -> str:
    """Two dates as one span that says each month and year once, and one day once: `23 to 29 November 2026`."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        begins = "d"
    else:
        begins = gettext("d MMMM" if first.year == last.year else "d MMMM y")
    words = gettext("{first} to {last}")
    return words.format(first=format_date(first, begins, locale=current_locale()), last=day(last))


FILTERS: dict[str, Any] = {
    "money": money_words,
    "number": number,
    "moment": moment,
    "moment_soon": moment_soon,
    "day": day,
    "weekday": weekday,
    "short_weekday": short_weekday,
    "short_month": short_month,
    "clock_time": clock_time,
    "duration": duration,
    "said": gettext,
    "town": town,
    "place": place,
    "span_of_days": span_of_days,
    "country": country,
    "language": language,
    "phone_number": shown_number,
    "deed": deed,
    "cover": cover,
}
