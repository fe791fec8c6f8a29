"""Where each clinic will stand, decided before any is built: each is then made without knowing of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from infra.ops.seed.chance import Chance
from infra.ops.seed.towns import Town, Towns
from infra.ops.seed.wanted import Size, Wanted, sizes
from infra.ops.seed.words import BEGINNINGS, ENDINGS
from services.clinics.rules import slug_of, slug_try

CLINICS_A_PART, VISITS_A_PART = 200, 6_000
_OLDEST, _YOUNGEST = timedelta(days=1000), timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Plot:
    """A clinic to be: its size, and all of it that may not be another's."""

    number: int
    size: Size
    town: Town
    name: str
    slug: str
    founded_at: datetime
    first_reference: int


def plots(wanted: Wanted, towns: Towns, taken: set[str], now: datetime) -> list[Plot]:
    """A plot for every clinic, none with a slug that is taken.

    The clinics are founded one after another, so that their keys rise as they are written: what the database adds
    to its indexes then lies at their ends, in memory, however many clinics there are.
    """
    found: list[Plot] = []
    slugs, references = set(taken), 0
    for number, size in enumerate(sizes(wanted)):
        chance = Chance(wanted.seed, f"plot {number}")
        town = towns.choose(chance)
        name = f"{chance.choice(BEGINNINGS)} {chance.choice(ENDINGS)}"
        slug = _free_slug(slugs, slug_of(f"{name} {town.place.name}"))
        founded_at = now - _OLDEST + (_OLDEST - _YOUNGEST) * (number / wanted.clinics)
        found.append(Plot(number, size, town, name, slug, founded_at, references))
        references += size.bookings
    return found


def _free_slug(taken: set[str], wanted: str) -> str:
    number = 1
    while (slug := slug_try(wanted, number)) in taken:
        number += 1
    taken.add(slug)
    return slug


def parts_of(all_plots: Sequence[Plot]) -> list[Sequence[Plot]]:
    """Clinics that are written together: they fit into memory, whatever their size."""
    parts, first, visits = [], 0, 0
    for place, plot in enumerate(all_plots):
        full = place - first >= CLINICS_A_PART or visits + plot.size.bookings > VISITS_A_PART
        if full and place > first:
            parts.append(all_plots[first:place])
            first, visits = place, 0
        visits += plot.size.bookings
    return [*parts, all_plots[first:]]
