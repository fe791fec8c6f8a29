"""How much is wanted, and how it is spread over the clinics."""

from __future__ import annotations

from dataclasses import dataclass

from infra.ops.problem import Problem
from infra.ops.seed.chance import Chance, shares

MOST_PRACTITIONERS, MOST_VISITS = 40, 150
_WIDEST = 6.0  # times the middle one


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many of what; the same seed gives the same world."""

    clinics: int
    practitioners: int
    reviews: int
    bookings: int
    seed: int = 1

    def check(self) -> None:
        """Raises Problem for numbers that no world can have."""
        if min(self.clinics, self.seed) < 1 or min(self.reviews, self.bookings) < 0:
            raise Problem("seed: --clinics and --seed begin at 1, --reviews and --bookings at 0")
        if not self.clinics <= self.practitioners <= self.clinics * MOST_PRACTITIONERS:
            raise Problem(f"seed: --practitioners must be 1 to {MOST_PRACTITIONERS} times --clinics")
        if self.bookings < self.reviews:
            raise Problem("seed: every review is of a visit, so --bookings must be at least --reviews")
        if self.bookings > self.clinics * MOST_VISITS:
            raise Problem(f"seed: at most {MOST_VISITS} bookings a clinic")


@dataclass(frozen=True, slots=True)
class Size:
    """One clinic's share."""

    practitioners: int
    reviews: int
    bookings: int


def sizes(wanted: Wanted) -> list[Size]:
    """Every clinic's share: a few are large, most are small; one practitioner at the least."""
    chance = Chance(wanted.seed, "sizes")
    weights = [min(_WIDEST, chance.lognormvariate(-0.35, 0.85)) + 0.05 for _ in range(wanted.clinics)]
    room = MOST_PRACTITIONERS - 1
    people = shares(wanted.practitioners - wanted.clinics, [min(weight, room) for weight in weights])
    known = [min(_WIDEST, weight * chance.lognormvariate(0, 0.4)) for weight in weights]
    reviews = shares(wanted.reviews, known)
    more = shares(wanted.bookings - wanted.reviews, known)
    return [
        Size(1 + some, told, told + untold) for some, told, untold in zip(people, reviews, more, strict=True)
    ]
