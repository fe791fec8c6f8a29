"""Public holidays of a country and region, from a kept library (holidays, MIT licence)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import lru_cache

import pycountry
from holidays import country_holidays, list_supported_countries

from services.kernel.words import fold

_LANGUAGE = "en_US"


def holidays_between(country: str, region: str, first: date, last: date) -> list[tuple[date, str]]:
    """Days and English names from `first` to `last`; `region` is the code or name of a part of the country.

    A region that the library does not know gives the whole country's days, an unknown country none.
    """
    if country not in _countries():
        return []
    part = _parts(country).get(fold(region))
    years = range(first.year, last.year + 1)
    found = [pair for year in years for pair in _of_year(country, part, year)]
    return [(on, name) for on, name in found if first <= on <= last]


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    return frozenset(list_supported_countries(include_aliases=False))


@lru_cache(maxsize=64)
def _parts(country: str) -> dict[str, str]:
    """Codes of the country's parts by code and by name."""
    kind = country_holidays(country)
    named = {fold(name): code for name, code in kind.subdivisions_aliases.items()}
    return _officially(country, kind.subdivisions) | {fold(code): code for code in kind.subdivisions} | named


def _officially(country: str, known: Collection[str]) -> dict[str, str]:
    """Codes by the names of ISO 3166-2, `Madrid, Comunidad de`, and as they are spoken, `Comunidad de Madrid`."""
    found: dict[str, str] = {}
    for part in pycountry.subdivisions:
        if part.country_code != country:
            continue
        code = part.code.partition("-")[2]
        if code in known:
            first, _, rest = part.name.partition(", ")
            found |= {fold(part.name): code, fold(f"{rest} {first}".strip()): code}
    return found


@lru_cache(maxsize=512)
def _of_year(country: str, part: str | None, year: int) -> tuple[tuple[date, str], ...]:
    try:
        found = country_holidays(country, subdiv=part, years=year, language=_LANGUAGE)
    except NotImplementedError:
        found = country_holidays(country, subdiv=part, years=year)
    return tuple(sorted(found.items()))
