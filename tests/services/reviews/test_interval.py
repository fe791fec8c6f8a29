"""How often the interval of a rating holds what a clinic is really like, for clinics unlike what the prior assumes.

Each simulated clinic has a true quality in stars, drawn from a distribution that is none of the prior's own. Its
clients give five ratings around it, each client in a mood of their own; what is true of the clinic is the mean of very
many of them. The claim on the page about trust (nine in ten) follows from these figures.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from services.reviews.rules import Sums, figures_of

Quality = Callable[[random.Random], float]
QUALITIES: dict[str, Quality] = {
    "anything from bad to perfect": lambda chance: chance.uniform(2.5, 5.0),
    "many good ones and some bad": lambda chance: (
        chance.gauss(4.6, 0.15) if chance.random() < 0.7 else chance.gauss(3.2, 0.3)
    ),
    "nearly all near the top": lambda chance: 5 - 4 * chance.betavariate(1.5, 8),
}
REVIEWS = (1, 3, 10, 30, 100)
LEAST = 0.86
MANY = 900


def review(quality: float, chance: random.Random) -> int:
    mood = chance.gauss(0, 0.6)
    return sum(min(5, max(1, round(quality + mood + chance.gauss(0, 0.5)))) for _ in range(5))


def coverage(quality: Quality, clinics: int, seed: int) -> dict[int, float]:
    """By number of reviews, the share of clinics whose interval holds the truth."""
    chance = random.Random(seed)  # noqa: S311  a simulation, the same each time
    held = dict.fromkeys(REVIEWS, 0)
    for _ in range(clinics):
        own = quality(chance)
        true = sum(review(own, chance) for _ in range(MANY)) / MANY / 5
        for count in REVIEWS:
            totals = [review(own, chance) for _ in range(count)]
            squares = sum(total * total for total in totals)
            figures = figures_of(Sums(reviews=count, total=sum(totals), total_squares=squares))
            held[count] += figures.low <= true <= figures.high
    return {count: number / clinics for count, number in held.items()}


@pytest.mark.prove
@pytest.mark.parametrize("name", QUALITIES)
def test_nine_in_ten_intervals_hold_the_truth(name: str) -> None:
    found = coverage(QUALITIES[name], 1000, seed=7)
    print(name, found)  # noqa: T201  the figures, with `-s`
    assert min(found.values()) >= LEAST, found
    assert sum(found.values()) / len(found) >= 0.9, found


def test_most_intervals_hold_the_truth_in_a_small_trial() -> None:
    found = coverage(QUALITIES["anything from bad to perfect"], 40, seed=3)
    assert min(found.values()) >= 0.7, found
