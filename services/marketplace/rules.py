"""The published order and its parts, distances, and words made equal: pure decisions of the marketplace.

Points are whole ten-thousandths, so that the database and this page agree to the last digit.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.kernel.words import fold

WHOLE = 10_000
FORMULA_VERSION = "2026-11"

WEIGHTS: dict[str, int] = {
    "relevance": 3_000,
    "distance": 2_000,
    "rating": 2_500,
    "credentials": 1_500,
    "availability": 1_000,
}
"""How much each part can give, in ten-thousandths; together 10,000. Payment is no part."""

HALF_DISTANCE_KM = 10.0
AVAILABILITY_DAYS = 30.0
EARTH_RADIUS_KM = 6371.0088
KM_A_DEGREE = 111.195
WORD_THRESHOLD = 0.4
NEAR_THE_BEST = 0.8  # of the likeness that the most alike word has
FACET_LIMIT = 1_000
_THIRD = 1 / 3
_ROUNDING = 1e-4  # likeness comes in single precision
_NEVER = 2.0
MOST_WORDS = 6


def relevance(word_similarities: Sequence[float]) -> float:
    """How well the words asked for are found, 0 to 1: the mean trigram similarity; 1 for none typed."""
    if not word_similarities:
        return 1.0
    return min(1.0, max(0.0, sum(word_similarities) / len(word_similarities)))


def nearness(distance_km: float | None) -> float:
    """1 on the spot, a half at 10 km, a fifth at 40 km; 1 for everybody when no place was asked for."""
    if distance_km is None:
        return 1.0
    return HALF_DISTANCE_KM / (HALF_DISTANCE_KM + distance_km)


def rating_part(shrunk: float) -> float:
    """The shrunk rating (1 to 5) as 0 to 1."""
    return min(1.0, max(0.0, (shrunk - 1.0) / 4.0))


def credentials_part(checked: int, practitioners: int) -> float:
    """The share of practitioners with a checked, unexpired credential."""
    if practitioners <= 0:
        return 0.0
    return min(1.0, checked / practitioners)


def availability_part(next_free_at: datetime | None, now: datetime) -> float:
    """1 for a time free now, falling to 0 at 30 days; 0 when nothing is free or the time has passed."""
    if next_free_at is None or next_free_at < now:
        return 0.0
    days = (next_free_at - now).total_seconds() / 86_400
    return max(0.0, 1.0 - days / AVAILABILITY_DAYS)


def points(part: str, share: float) -> int:
    """What a share of a part (0 to 1) gives, in ten-thousandths, rounded down."""
    return math.floor(WEIGHTS[part] * share + 1e-6)


@dataclass(frozen=True, slots=True)
class Score:
    """The published score: points of each part in ten-thousandths."""

    relevance: int
    distance: int
    rating: int
    credentials: int
    availability: int

    @property
    def total(self) -> int:
        """All points together, at most 10,000."""
        return self.relevance + self.distance + self.rating + self.credentials + self.availability

    def shares(self) -> dict[str, float]:
        """Each part as a share of 1."""
        return {part: getattr(self, part) / WHOLE for part in WEIGHTS}


def score(
    *,
    word_similarities: Sequence[float],
    distance_km: float | None,
    shrunk: float,
    checked: int,
    practitioners: int,
    next_free_at: datetime | None,
    now: datetime,
) -> Score:
    """The published formula."""
    return Score(
        relevance=points("relevance", relevance(word_similarities)),
        distance=points("distance", nearness(distance_km)),
        rating=points("rating", rating_part(shrunk)),
        credentials=points("credentials", credentials_part(checked, practitioners)),
        availability=points("availability", availability_part(next_free_at, now)),
    )


def standing_points(shrunk: float, checked: int, practitioners: int) -> dict[str, int]:
    """The points that do not depend on who asks when, as columns of the listing."""
    return {
        "rating_points": points("rating", rating_part(shrunk)),
        "credentials_points": points("credentials", credentials_part(checked, practitioners)),
    }


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """The great-circle distance of two points in WGS 84 degrees, by the haversine formula."""
    first, second = math.radians(latitude), math.radians(other_latitude)
    half_lat = math.radians(other_latitude - latitude) / 2
    half_lng = math.radians(other_longitude - longitude) / 2
    part = math.sin(half_lat) ** 2 + math.cos(first) * math.cos(second) * math.sin(half_lng) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(part)))


@dataclass(frozen=True, slots=True)
class Box:
    """Degrees that hold a circle. Longitudes may pass 180 either way: then the box has two pieces."""

    south: float
    north: float
    west: float
    east: float

    def longitudes(self) -> tuple[tuple[float, float], ...]:
        """The ranges of longitude between -180 and 180."""
        if self.east - self.west >= 360:  # noqa: PLR2004  all around a pole
            return ((-180.0, 180.0),)
        if self.west < -180:  # noqa: PLR2004
            return ((self.west + 360, 180.0), (-180.0, self.east))
        if self.east > 180:  # noqa: PLR2004
            return ((self.west, 180.0), (-180.0, self.east - 360))
        return ((self.west, self.east),)


def box_around(latitude: float, longitude: float, radius_km: float) -> Box:
    """The box that holds every point within the radius; near a pole, all longitudes."""
    tall = radius_km / KM_A_DEGREE * 1.001
    south, north = latitude - tall, latitude + tall
    if south <= -90 or north >= 90:  # noqa: PLR2004  the poles
        return Box(max(south, -90.0), min(north, 90.0), -180.0, 180.0)
    ratio = math.sin(math.radians(tall)) / math.cos(math.radians(latitude))
    wide = math.degrees(math.asin(min(1.0, ratio)))
    return Box(south, north, longitude - wide, longitude + wide)


def search_words(text: str) -> list[str]:
    """The words to look for in what was typed: folded, at least two signs, each once, at most six."""
    words = [word for word in fold(text).split() if len(word) > 1]
    return list(dict.fromkeys(words))[:MOST_WORDS]


def _trigrams(word: str) -> int:
    padded = f"  {word} "
    return len({padded[place : place + 3] for place in range(len(word) + 1)})


def begins_at(word: str) -> float:
    """From which likeness on a listing has a word that begins with this one: all its trigrams but the last."""
    return 1 - 1 / _trigrams(word) - _ROUNDING


def least_likeness(word: str, best: float | None) -> float:
    """How alike a listing's word has to be, as a whole, to be what was meant by one that was mistyped.

    `best` is the likeness of the most alike around; nothing where a listing has the word, or one that begins with it:
    then it was not mistyped, and nothing else is meant. Else what is spelt most like it is meant, or nearly so, if no
    more than one letter is wrong, which takes three trigrams; of longer words a third is enough, for two swapped ones.
    """
    if best is None:
        return _NEVER
    trigrams = _trigrams(word)
    one_wrong = (trigrams - 3) / (trigrams + 3)
    return max(min(one_wrong, _THIRD), NEAR_THE_BEST * best) - _ROUNDING


def listing_words(parts: Iterable[str]) -> str:
    """What a listing can be found by: every word once, folded."""
    return " ".join(dict.fromkeys(word for part in parts for word in fold(part).split()))


def course_weeks(sessions: int, target_days: int) -> int:
    """Whole weeks from the first session to the last at the target interval, rounded up."""
    return math.ceil((sessions - 1) * target_days / 7)


def refresh_at(next_free_at: datetime | None, notice: timedelta, now: datetime, spread: int) -> datetime:
    """When a first free time has to be looked at again: once it can no longer be booked, and once a day.

    `notice` is how soon before its begin a time can still be booked; `spread` is any whole number of the
    clinic's own and chooses the daily minute, so that not all clinics are looked at together.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    daily = midnight + timedelta(minutes=spread % 1440)
    if daily <= now:
        daily += timedelta(days=1)
    if next_free_at is None:
        return daily
    return min(daily, max(next_free_at - notice, now + timedelta(minutes=15)))


def capped(count: int) -> tuple[int, bool]:
    """A facet's count, exact up to 1,000; true when there are more."""
    return (FACET_LIMIT, True) if count > FACET_LIMIT else (count, False)


def wider_radius(radius_km: float) -> float | None:
    """The next radius to try when nothing is found; nothing beyond 500 km."""
    for step in (10.0, 25.0, 50.0, 100.0, 200.0, 500.0):
        if step > radius_km:
            return step
    return None


def differs(values: Sequence[object]) -> bool:
    """Whether what is compared side by side is not all the same."""
    return any(value != values[0] for value in values[1:])


def fitting_courses(
    courses: Sequence[dict[str, Any]], chosen: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    """The courses that have all of the concern, area and modality that were chosen."""
    lists = {"concern": "concerns", "area": "areas", "modality": "modalities"}
    return [
        course
        for course in courses
        if all(code is None or code in course[lists[part]] for part, code in chosen.items())
    ]


def best_course(courses: Sequence[dict[str, Any]], chosen: Mapping[str, str | None]) -> dict[str, Any] | None:
    """The cheapest course that fits; of equal ones that of fewest sessions."""
    fitting = fitting_courses(courses, chosen)
    return min(fitting, key=lambda course: (course["price"], course["sessions"], course["id"]), default=None)


def menu_of(courses: Iterable[Mapping[str, Any]]) -> str:
    """What courses can be chosen by, each kind of course once, as canonical JSON: equal menus are equal text."""
    kinds = {
        json.dumps({name: sorted(course[name]) for name in ("areas", "concerns", "modalities")})
        for course in courses
    }
    return f"[{', '.join(sorted(kinds))}]"


def on_label_for(labels: Mapping[str, bool | None], concern: str | None, area: str | None) -> bool | None:
    """Whether a course's uses (`area:concern`) that fit the search are on the device's label.

    True when all of them are, false when one is not, nothing where the label is not known.
    """
    fitting = _fitting_uses(labels, concern, area).values()
    if not fitting or None in fitting:
        return None
    return all(fitting)


def uses_on_label(labels: Mapping[str, bool | None], concern: str | None, area: str | None) -> list[str]:
    """Those of a course's uses (`area:concern`) that fit the search and are on the device's label."""
    return [use for use, state in _fitting_uses(labels, concern, area).items() if state]


def _fitting_uses(
    labels: Mapping[str, bool | None], concern: str | None, area: str | None
) -> dict[str, bool | None]:
    return {
        use: state
        for use, state in labels.items()
        if (area is None or use.startswith(f"{area}:")) and (concern is None or use.endswith(f":{concern}"))
    }


def public_state(state: str, expires_on: date | None, today: date) -> str:
    """A credential's state for the public: verified only while the check holds, lapsed once it has expired."""
    if state == "lapsed" or (expires_on is not None and expires_on < today):
        return "lapsed"
    return "verified" if state == "verified" else "unverified"
