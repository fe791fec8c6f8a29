"""What happened in a clinic and what is to come: so many visits and so many reviews, to the last one."""

from __future__ import annotations

from infra.ops.seed.opinions import Opinions, asked_of
from infra.ops.seed.sheets import Values
from infra.ops.seed.visits import Visiting
from infra.ops.seed.wanted import Size
from services.scheduling.models import BookingStatus

_ASKED_DAYS, _PAST_DAYS = 4, 360
_COURSE, _ANSWERS = 0.4, 0.75
_LEFT = (
    ("coming", 0.5),
    (BookingStatus.COMPLETED, 0.2),
    (BookingStatus.CANCELLED, 0.2),
    (BookingStatus.NO_SHOW, 0.1),
)


def live(visiting: Visiting, opinions: Opinions, size: Size) -> None:
    """Adds the clinic's visits and reviews: both as many as its size says."""
    visits, reviews = size.bookings, size.reviews
    while visits:
        group = _next_group(visiting, visits, reviews)
        visits -= len(group)
        opinions.names.update((client["id"], client["name"]) for client in visiting.clients[-1:])
        for asked in asked_of(group, visiting.now):
            # As many visits are left as reviews at the least: each of them is asked for one.
            must = reviews > visits
            answered = reviews > 0 and (must or visiting.chance.happens(_ANSWERS))
            opinions.add(asked, answered=answered)
            reviews -= answered


def _next_group(visiting: Visiting, visits: int, reviews: int) -> list[Values]:
    """The next visits that belong together; single ones where every one left is needed for a review."""
    chance = visiting.chance
    if visits > reviews and chance.happens(_COURSE):
        # A course of the last weeks may not have been asked about yet.
        group = visiting.course(chance.randint(-5, _PAST_DAYS), visits - reviews)
        if group:
            return group
    if reviews:
        return visiting.past_visit((_ASKED_DAYS, _PAST_DAYS))
    (kind,) = chance.choices([kind for kind, _ in _LEFT], [share for _, share in _LEFT])
    if isinstance(kind, BookingStatus):
        return visiting.past_visit((1, _PAST_DAYS), kind)
    return visiting.coming_visit()
