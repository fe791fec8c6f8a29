"""Where clinics are: cities of the slices' own register, by their people, with what differs by country."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from math import cos, radians
from typing import Any

import pycountry

from infra.ops.seed.chance import Chance
from infra.ops.seed.words import AMERICAN, ENGLISH, SPANISH, Words
from services.clinics.cities import City, register
from services.marketplace.places import get_place

_KM_A_DEGREE = 111.2
_CITIES_A_COUNTRY = 400


@dataclass(frozen=True, slots=True)
class Country:
    """What differs by country: money, the price of a usual session in minor units, languages, names, registers."""

    code: str
    name: str
    currency: str
    session_price: int
    languages: tuple[str, ...]
    words: Words
    weight: float
    doctors: str
    nurses: str
    others: str


COUNTRIES = {
    country.code: country
    for country in (
        Country(
            "US",
            "United States",
            "USD",
            290_00,
            ("en", "es", "vi", "zh", "pl", "ko"),
            AMERICAN,
            0.55,
            "{region} Medical Board",
            "{region} Board of Nursing",
            "{region} Board of Cosmetology",
        ),
        Country(
            "GB",
            "United Kingdom",
            "GBP",
            175_00,
            ("en", "ur", "pl", "pt", "hi", "fr"),
            ENGLISH,
            0.25,
            "GMC",
            "NMC",
            "JCCP",
        ),
        Country(
            "ES",
            "Spain",
            "EUR",
            140_00,
            ("es", "en", "ca", "fr"),
            SPANISH,
            0.12,
            "Colegio Oficial de Médicos de {city}",
            "Colegio Oficial de Enfermería de {city}",
            "Registro sanitario de {city}",
        ),
        Country(
            "IE",
            "Ireland",
            "EUR",
            190_00,
            ("en", "ga", "pl"),
            ENGLISH,
            0.08,
            "Medical Council",
            "NMBI",
            "CIBTAC register",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Town:
    """A city where clinics are."""

    place: City
    country: Country

    @property
    def region(self) -> str:
        """The state's name in the US."""
        return _state(self.place.region) if self.place.region else ""

    @property
    def jurisdiction(self) -> str:
        return f"{self.region}, US" if self.region else self.country.name

    def issuer(self, kind: str) -> str:
        """Who issues a credential of that kind there."""
        if kind in {"registered_nurse", "nurse_practitioner"}:
            pattern = self.country.nurses
        elif kind in {"licensed_aesthetician", "accredited_practitioner"}:
            pattern = self.country.others
        else:
            pattern = self.country.doctors
        return pattern.format(region=self.region, city=self.place.name)

    def somewhere(self, chance: Chance) -> tuple[float, float]:
        """A point in the city, in degrees: nearer its middle than its edge."""
        reach = 1.5 + min(10.0, (self.place.population / 100_000) ** 0.5)
        north, east = chance.gauss(0, reach / 2), chance.gauss(0, reach / 2)
        latitude = self.place.latitude + north / _KM_A_DEGREE
        longitude = self.place.longitude + east / (_KM_A_DEGREE * cos(radians(self.place.latitude)))
        return round(latitude, 5), round(longitude, 5)

    def street(self, chance: Chance) -> str:
        name, number = chance.choice(self.country.words.streets), chance.randint(1, 240)
        return f"{name} {number}" if self.country.words.number_last else f"{number} {name}"


@cache
def _state(code: str) -> str:
    found: Any = next((one for one in pycountry.subdivisions if one.code == f"US-{code}"), None)
    return "" if found is None else str(found.name)


@dataclass(frozen=True, slots=True)
class Towns:
    """Towns with how often each is chosen."""

    towns: Sequence[Town]
    sums: Sequence[float]

    def choose(self, chance: Chance) -> Town:
        return self.towns[bisect_right(self.sums, chance.random() * self.sums[-1])]


def named_towns(names: Mapping[str, float]) -> Towns:
    """Towns as they would be typed into the search (`Leeds, GB`), each as often as its number says."""
    places = [get_place(name) for name in names]
    return Towns(
        [Town(place, COUNTRIES[place.country]) for place in places], list(accumulate(names.values()))
    )


def towns_by_people() -> Towns:
    """The largest cities of each country, each as often as it has people."""
    towns: list[Town] = []
    weights: list[float] = []
    for country in COUNTRIES.values():
        here = [city for city in register().cities if city.country == country.code]
        places = sorted(here, key=lambda city: -city.population)[:_CITIES_A_COUNTRY]
        people = sum(place.population for place in places)
        towns += [Town(place, country) for place in places]
        weights += [country.weight * place.population / people for place in places]
    return Towns(towns, list(accumulate(weights)))
