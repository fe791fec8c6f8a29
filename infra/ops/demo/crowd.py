"""The other clinics of the demo world: twelve cities of three countries, written at once as the seed writes them.

Nobody signs in to them, so nobody could tell them from clinics that were lived week by week.
"""

from __future__ import annotations

from infra.ops.seed.building import fill
from infra.ops.seed.towns import Towns, named_towns
from infra.ops.seed.wanted import Wanted
from services.kernel.work import Database

CROWD = Wanted(clinics=47, practitioners=182, reviews=2_980, bookings=3_700, seed=20261101)
_CITIES = {
    "London, GB": 7,
    "Leeds, GB": 3,
    "Manchester, GB": 5,
    "Bristol, GB": 3,
    "Edinburgh, GB": 3,
    "Austin, US": 4,
    "Chicago, US": 5,
    "New York City, US": 7,
    "Seattle, US": 4,
    "Madrid, ES": 6,
    "Barcelona, ES": 5,
    "Valencia, ES": 3,
}


def demo_towns() -> Towns:
    """The cities of the demo world."""
    return named_towns(_CITIES)


async def add_crowd(database: Database) -> None:
    """Adds clinics with practitioners, reviews, visits past and to come, and courses in progress."""
    async for _ in fill(database, CROWD, demo_towns()):
        pass
