"""Rows of the listing made up at random, and the search worked out by hand from them."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kernel.ids import new_id
from services.kernel.scope import PlatformScope
from services.kernel.work import Database
from services.marketplace import rules
from services.marketplace.repository import write_listing
from services.marketplace.schemas import ListingRow, SearchQuery

CONCERNS = ["acne_scars", "fine_lines", "stretch_marks", "hair_loss"]
AREAS = ["face", "neck", "scalp", "abdomen"]
MODALITIES = ["pen", "roller", "stamp"]
KINDS = ["dermatologist", "registered_nurse", "dentist"]
ACCESS = ["step_free", "lift", "hearing_loop"]
LANGUAGES = ["en", "es", "pl"]
CITIES = [
    ("Leeds", "GB", 53.79648, -1.54785, "Europe/London", "GBP"),
    ("York", "GB", 53.95763, -1.08271, "Europe/London", "GBP"),
    ("Austin", "US", 30.26715, -97.74306, "America/Chicago", "USD"),
    ("Suva", "FJ", -18.14161, 178.44149, "Pacific/Fiji", "USD"),
]
NAMES = ["Harbour Skin", "Linden Dermatology", "Quiet Needle", "Rosewood Clinic", "North Light"]


def make_row(chance: random.Random, now: datetime, **fixed: Any) -> dict[str, Any]:
    """A row such as the projection writes; about one in six has nothing free, no course, no review."""
    city, country, latitude, longitude, zone, currency = chance.choice(CITIES)
    name = chance.choice(NAMES)
    courses = [_course(chance) for _ in range(chance.choice([0, 1, 1, 2, 2, 3]))]
    cheapest = rules.best_course(courses, {})
    count = chance.choice([0, 1, 5, 40])
    shrunk = round(chance.uniform(3, 5), chance.choice([1, 4]))
    people = chance.randint(0, 4)
    checked = chance.randint(0, people)
    kinds = sorted(chance.sample(KINDS, chance.randint(0, 2)))
    free = None if chance.random() < 1 / 6 else now + timedelta(minutes=15 * chance.randint(-50, 4000))
    location_id = new_id()
    return {
        "location_id": location_id,
        "clinic_id": new_id(),
        "slug": f"clinic-{location_id.hex[-10:]}",
        "name": name,
        "city": city,
        "country": country,
        "latitude": latitude + chance.uniform(-0.5, 0.5),
        "longitude": longitude + chance.uniform(-0.5, 0.5),
        "time_zone": zone,
        "concerns": sorted({code for course in courses for code in course["concerns"]}),
        "areas": sorted({code for course in courses for code in course["areas"]}),
        "modalities": sorted({code for course in courses for code in course["modalities"]}),
        "credentials": kinds,
        "languages": sorted(chance.sample(LANGUAGES, chance.randint(1, 3))),
        "accessibility": ACCESS[: place.bit_length()] if (place := location_id.int & 7) else [],
        "course_price": cheapest["price"] if cheapest else None,
        "course_currency": currency if cheapest else None,
        "course_sessions": cheapest["sessions"] if cheapest else None,
        "course_weeks": cheapest["weeks"] if cheapest else None,
        "rating_count": count,
        "rating_mean": shrunk if count else None,
        "rating_shrunk": shrunk,
        "rating_low": shrunk - 0.3,
        "rating_high": min(5.0, shrunk + 0.3),
        "credentials_verified": len(kinds),
        "next_free_at": free,
        "menu": rules.menu_of(courses),
        **rules.standing_points(shrunk, checked, people),
        "words": rules.listing_words([name, city, *(course["name"] for course in courses)]),
        "card": {
            "location_name": city,
            "practitioners": people,
            "practitioners_checked": checked,
            "verified_on": None,
            "courses": courses,
            "concern_ratings": {},
            "clinic_reviews": count,
        },
        "built_at": now,
        **fixed,
    }


def _course(chance: random.Random) -> dict[str, Any]:
    concerns = sorted(chance.sample(CONCERNS, chance.randint(1, 2)))
    sessions = chance.randint(1, 6)
    return {
        "id": str(new_id()),
        "name": f"Pen facial for {concerns[0].replace('_', ' ')}",
        "price": chance.choice([10_000, 45_000, 90_000, 120_000]),
        "sessions": sessions,
        "weeks": rules.course_weeks(sessions, 28),
        "concerns": concerns,
        "areas": sorted(chance.sample(AREAS, chance.randint(1, 2))),
        "modalities": [chance.choice(MODALITIES)],
        "downtime_days": chance.randint(1, 3),
        "device": "SkinPen Precision",
        "labels": {},
    }


async def fill(database: Database, rows: list[dict[str, Any]]) -> None:
    """Writes the rows, each of a clinic of its own."""
    async with database.begin(PlatformScope("rows of the tests")) as work:
        for row in rows:
            await write_listing(work, row["clinic_id"], [ListingRow(row)])


def chosen_of(query: SearchQuery) -> dict[str, str | None]:
    return {"concern": query.concern, "area": query.area, "modality": query.modality}


def metres(row: dict[str, Any], centre: tuple[float, float]) -> int:
    return round(rules.distance_km(*centre, row["latitude"], row["longitude"]) * 1000)


def fits(
    row: dict[str, Any], query: SearchQuery, now: datetime, centre: tuple[float, float] | None = None
) -> bool:
    """Whether a row is what a query without words asks for, by hand."""
    courses = row["card"]["courses"]
    if any(code is not None for code in chosen_of(query).values()) or query.max_course_price is not None:
        courses = rules.fitting_courses(courses, chosen_of(query))
        if query.max_course_price is not None:
            courses = [course for course in courses if course["price"] <= query.max_course_price]
        if not courses:
            return False
    free = row["next_free_at"]
    if query.free_from or query.free_to:
        if free is None or free < now:
            return False
        day = free.astimezone(ZoneInfo(row["time_zone"])).date()
        if (query.free_from and day < query.free_from) or (query.free_to and day > query.free_to):
            return False
    return (
        (query.credential is None or query.credential in row["credentials"])
        and (query.language is None or query.language in row["languages"])
        and set(query.accessibility) <= set(row["accessibility"])
        and (query.min_rating is None or row["rating_shrunk"] >= query.min_rating)
        and (query.currency is None or row["course_currency"] == query.currency)
        and (centre is None or metres(row, centre) <= round(query.radius_km * 1000))
    )


def total_of(row: dict[str, Any], now: datetime, centre: tuple[float, float] | None = None) -> int:
    """The published score by the rule."""
    return rules.score(
        word_similarities=(),
        distance_km=None if centre is None else metres(row, centre) / 1000,
        shrunk=row["rating_shrunk"],
        checked=row["card"]["practitioners_checked"],
        practitioners=row["card"]["practitioners"],
        next_free_at=row["next_free_at"],
        now=now,
    ).total


def in_order(
    rows: list[dict[str, Any]], query: SearchQuery, now: datetime, centre: tuple[float, float] | None = None
) -> list[UUID]:
    """Ids of the rows that fit, in the order asked for, by hand."""
    found = [row for row in rows if fits(row, query, now, centre)]

    def free(row: dict[str, Any]) -> tuple[Any, ...]:
        soon = row["next_free_at"] is not None and row["next_free_at"] >= now
        return (0, row["next_free_at"], row["location_id"]) if soon else (1, row["location_id"])

    def price(row: dict[str, Any]) -> tuple[Any, ...]:
        course = rules.best_course(row["card"]["courses"], chosen_of(query))
        if course is None:
            return (1, row["location_id"])
        return (0, row["course_currency"], course["price"], row["location_id"])

    if query.sort == "rating":
        found.sort(key=lambda row: (row["rating_shrunk"], row["location_id"]), reverse=True)
    elif query.sort == "relevance":
        found.sort(key=lambda row: (total_of(row, now, centre), row["location_id"]), reverse=True)
    elif query.sort == "distance" and centre is not None:
        found.sort(key=lambda row: (metres(row, centre), row["location_id"]))
    elif query.sort == "price":
        found.sort(key=price)
    else:
        found.sort(key=free)
    return [row["location_id"] for row in found]
