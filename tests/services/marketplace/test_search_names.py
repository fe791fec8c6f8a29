"""Clinics found by their names, as people type them: whole, begun, mistyped, with words that many others share."""

from __future__ import annotations

import random
from typing import Any

import pytest

from services.kernel.scope import PublicScope
from services.kernel.work import Database
from services.marketplace import rules
from services.marketplace.schemas import SearchQuery
from services.marketplace.service import search
from tests.services.marketplace.rows import CITIES, fill, make_row

# What nearly every listing has in common with the others.
MENU = ["Pen facial", "Face", "Neck", "Fine lines and wrinkles", "Acne scars", "Crown SkinPen Precision"]
LEEDS, AUSTIN, SUVA = CITIES[0], CITIES[2], CITIES[3]
IN_LEEDS = [
    "Linden Skin",
    "Harbour Skin",
    "Lumen Skin Studio",
    "London Road Skin",
    "Lundin Dermatology",
    "Rosewood Clinic",
    "Peña Dermatología",
    "Skinlab Leeds",
]


@pytest.fixture
async def market(database: Database) -> Database:
    """Eight clinics of Leeds, and two elsewhere."""
    named = [(name, LEEDS) for name in IN_LEEDS] + [("Lindon Aesthetics", AUSTIN), ("Reef Skin", SUVA)]
    await fill(database, [await _row(database, name, city) for name, city in named])
    return database


async def _row(database: Database, name: str, place: tuple[Any, ...]) -> dict[str, Any]:
    city, country, latitude, longitude, zone, _ = place
    async with database.begin(PublicScope()) as work:
        now = work.now
    return make_row(
        random.Random(name),  # noqa: S311  made-up rows
        now,
        name=name,
        city=city,
        country=country,
        time_zone=zone,
        latitude=latitude,
        longitude=longitude,
        words=rules.listing_words([name, city, *MENU]),
    )


async def _names(database: Database, q: str, **more: Any) -> set[str]:
    async with database.begin(PublicScope()) as work:
        page = await search(work, SearchQuery.model_validate({"q": q, **more}))
    assert page.total == len(page.items)
    return {item.name for item in page.items}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Linden Skin", {"Linden Skin"}),
        ("linden", {"Linden Skin"}),
        ("Lind", {"Linden Skin", "Lindon Aesthetics"}),
        ("Harbour Skin", {"Harbour Skin"}),
        ("peña dermatologia", {"Peña Dermatología"}),
        ("Derm", {"Lundin Dermatology", "Peña Dermatología"}),
        ("Rosewood Clinic", {"Rosewood Clinic"}),
        ("lines Rosewood", {"Rosewood Clinic"}),
        ("Skinlab", {"Skinlab Leeds"}),
    ],
)
async def test_a_name_finds_who_has_it_and_nobody_who_shares_a_word(
    market: Database, typed: str, found: set[str]
) -> None:
    assert await _names(market, typed) == found


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Lindne Skin", {"Linden Skin"}),
        ("Lynden Skin", {"Linden Skin"}),
        ("Harbuor Skin", {"Harbour Skin"}),
        ("Harbor Skin", {"Harbour Skin"}),
        ("Rosewod", {"Rosewood Clinic"}),
        ("Dermatolgy", {"Lundin Dermatology"}),
        ("Linden Skni", {"Linden Skin"}),
    ],
)
async def test_a_mistyped_name_still_finds_who_was_meant(
    market: Database, typed: str, found: set[str]
) -> None:
    assert await _names(market, typed, place="Leeds") == found


async def test_what_counts_as_mistyped_is_asked_around_the_place(market: Database) -> None:
    assert await _names(market, "Lindon") == {"Lindon Aesthetics"}
    assert await _names(market, "Lindon Skin", place="Leeds") == {"Linden Skin", "London Road Skin"}
    # Every listing has 'lines', which is spelt a little like 'Linden': who is not there is not meant by it.
    assert await _names(market, "Linden Skin", lat=SUVA[2], lng=SUVA[3]) == set()
