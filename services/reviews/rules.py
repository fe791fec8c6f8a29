"""Decisions about reviews: who is asked when, how sums become figures, how an author is shown.

Nothing here looks at how content anyone is: everyone with a completed visit is asked (16 CFR 465; CMA guidance).
A figure comes from whole-number sums and a dated prior, so a rebuild gives it again to the last digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import isqrt

QUESTIONS = 5
MOST_QUARTERS = 8
LOWEST, HIGHEST = 1, 5
ASK_AFTER = timedelta(days=3)
INVITATION_LASTS = timedelta(days=60)
REPLY_CHANGES_WITHIN = timedelta(hours=24)

_SESSION, _LATER_SESSION, _COURSE_END, _THREE_MONTHS = (
    "session",
    "later_session",
    "course_end",
    "three_months",
)
SESSIONS = (_SESSION, _LATER_SESSION)
"""Stages about one visit, not about a course or its result."""
WEIGHING = (_SESSION, _COURSE_END, _THREE_MONTHS)
"""Stages whose reviews count in every figure; the others count in that of their stage alone (docs/adr/0027)."""
_THREE_MONTHS_DAY = 90
_ON_DAY = re.compile(r"after_([1-9][0-9]{0,2})_days")
_OPEN = frozenset({"requested", "held", "confirmed", "arrived"})
_SCALE = 10**8


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed before any review: so many reviews of that total (5 to 25).

    The interval is held by fewer of them, `loose_weight`, that vary by `variance`: how sure we are must hold for
    clinics unlike the rest as well, and they are drawn to the middle less.
    """

    version: str
    weight: int
    total: int
    loose_weight: int
    variance: int


# 10 reviews of 4.2 stars; for the interval 2, with a spread of about 0.9 stars. A change is a new version with a later
# date.
PRIOR = Prior(version="2026-11-27", weight=10, total=21, loose_weight=2, variance=20)
# Wider than the 1.645 of a normal 90 %: by simulation (tests/services/reviews/test_interval.py), since the spread is
# guessed from few reviews.
_Z = Fraction(185, 100)


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over the reviews of one subject; a review's total is that of its five ratings."""

    reviews: int = 0
    total: int = 0
    total_squares: int = 0
    stars: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    ratings: Mapping[str, int] = field(default_factory=dict)
    downtime_count: int = 0
    downtime_sum: int = 0


@dataclass(frozen=True, slots=True)
class Quarter:
    """What the reviews of one quarter of a year (UTC) came to: how many, and their plain mean in stars."""

    quarter: str
    count: int
    mean: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What is shown of a subject, in stars of 1 to 5.

    `mean` is the plain mean (null without reviews), `shrunk` the mean drawn towards the prior, `low` and `high`
    its 90 % interval; `distribution` counts 1 to 5 stars; `downtime_mean` is in days; `trend` has the last quarters
    in which there were reviews, the earliest first.
    """

    count: int
    mean: float | None
    shrunk: float
    low: float
    high: float
    distribution: tuple[int, int, int, int, int]
    ratings: Mapping[str, float]
    downtime_mean: float | None
    prior_version: str
    by_concern: Mapping[str, Figures] = field(default_factory=dict)
    trend: tuple[Quarter, ...] = ()


def quarter_of(at: datetime) -> str:
    """The quarter of the year, in UTC, in which an instant lies: `2026-Q4`."""
    day = at.astimezone(UTC)
    return f"{day.year:04}-Q{(day.month + 2) // 3}"


def trend_of(sums: Mapping[str, Sums]) -> tuple[Quarter, ...]:
    """The last quarters of those that have reviews, the earliest first. Nothing is guessed for the others."""
    found = [
        Quarter(quarter, one.reviews, _stars(Fraction(one.total, one.reviews)))
        for quarter, one in sorted(sums.items())
        if one.reviews
    ]
    return tuple(found[-MOST_QUARTERS:])


def star_of(total: int) -> int:
    """The star, 1 to 5, that a review's total of 5 to 25 counts for: the nearest."""
    return (2 * total + QUESTIONS) // (2 * QUESTIONS)


def figures_of(
    sums: Sums,
    by_concern: Mapping[str, Figures] | None = None,
    trend: tuple[Quarter, ...] = (),
    prior: Prior = PRIOR,
) -> Figures:
    """The figures that follow from the sums."""
    shrunk = Fraction(sums.total + prior.weight * prior.total, sums.reviews + prior.weight)
    low, high = _interval(sums, prior)
    return Figures(
        count=sums.reviews,
        mean=_stars(Fraction(sums.total, sums.reviews)) if sums.reviews else None,
        shrunk=_stars(shrunk),
        low=_stars(max(min(low, shrunk), Fraction(LOWEST * QUESTIONS))),
        high=_stars(min(max(high, shrunk), Fraction(HIGHEST * QUESTIONS))),
        distribution=sums.stars,
        ratings={
            name: _rounded(Fraction(total, sums.reviews))
            for name, total in sums.ratings.items()
            if sums.reviews
        },
        downtime_mean=(
            _rounded(Fraction(sums.downtime_sum, sums.downtime_count)) if sums.downtime_count else None
        ),
        prior_version=prior.version,
        by_concern=by_concern or {},
        trend=trend,
    )


def _interval(sums: Sums, prior: Prior) -> tuple[Fraction, Fraction]:
    n = sums.reviews + prior.loose_weight
    centre = Fraction(sums.total + prior.loose_weight * prior.total, n)
    squares = sums.total_squares + prior.loose_weight * (prior.variance + prior.total**2)
    margin = _Z * _root((Fraction(squares, n) - centre**2) / n)
    return centre - margin, centre + margin


def _stars(total: Fraction) -> float:
    return _rounded(total / QUESTIONS)


def _rounded(value: Fraction) -> float:
    return float(round(value, 4))


def _root(value: Fraction) -> Fraction:
    """The square root in exact arithmetic, cut after eight digits: the same on every machine."""
    return Fraction(isqrt(value.numerator * _SCALE**2 // value.denominator), _SCALE)


def may_reply(replied_at: datetime | None, now: datetime) -> bool:
    """A reply may be given at any time, and changed for a day after it was first given."""
    return replied_at is None or now <= replied_at + REPLY_CHANGES_WITHIN


def shown_name(name: str) -> str:
    """First name and initial: `Ana Maria Torres` is shown as `Ana T.`."""
    parts = name.split()
    if not parts:
        return "A client"
    return parts[0] if len(parts) == 1 else f"{parts[0]} {parts[-1][0].upper()}."


def stage_on(day: int) -> str:
    """The stage of a review of the result so many days after the last session."""
    return _THREE_MONTHS if day == _THREE_MONTHS_DAY else f"after_{day}_days"


def day_of(stage: str) -> int | None:
    """The same backwards; nothing for the other stages."""
    found = _ON_DAY.fullmatch(stage)
    return int(found[1]) if found else _THREE_MONTHS_DAY if stage == _THREE_MONTHS else None


def stages_after(
    position: int, statuses: Mapping[int, str], result_days: Iterable[int]
) -> dict[str, timedelta]:
    """What a completed visit's client is asked, and how long after it.

    `statuses` are those of all visits booked together, by position. After each visit: about the session. After the
    last, when none is open any more: about the course in its place, where there was one, and on `result_days` about
    the result.
    """
    done = [one for one, status in statuses.items() if status == "completed" or one == position]
    is_last = position == max(done) and not any(
        status in _OPEN for one, status in statuses.items() if one != position
    )
    of_visit = _SESSION if position == min(done) else _LATER_SESSION
    asked = {_COURSE_END if is_last and len(done) > 1 else of_visit: ASK_AFTER}
    if is_last:
        asked |= {stage_on(day): timedelta(days=day) for day in result_days}
    return asked
