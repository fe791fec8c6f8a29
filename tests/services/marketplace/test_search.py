"""Search gives what a search by hand over the same rows gives: fitting rows, orders, pages and facets."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.kernel.errors import InvalidFields
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from services.marketplace import rules
from services.marketplace.places import get_place
from services.marketplace.schemas import SearchPage, SearchQuery
from services.marketplace.search_repository import SearchRepository
from services.marketplace.search_shape import Asked
from services.marketplace.service import get_public_figures, list_cards, list_currencies, search
from tests.services.marketplace.rows import ACCESS, chosen_of, fill, fits, in_order, make_row

SORTS = ["relevance", "distance", "price", "rating", "soonest"]


async def now_of(database: Database) -> datetime:
    async with database.begin(PublicScope()) as work:
        return work.now


async def make_market(database: Database, count: int, seed: int) -> list[dict[str, Any]]:
    chance = random.Random(seed)  # noqa: S311  made-up rows
    now = await now_of(database)
    rows = [make_row(chance, now) for _ in range(count)]
    await fill(database, rows)
    return rows


async def ask(database: Database, **asked: Any) -> SearchPage:
    async with database.begin(PublicScope()) as work:
        return await search(work, SearchQuery.model_validate(asked))


async def all_pages(database: Database, **asked: Any) -> tuple[list[UUID], datetime]:
    """Every id, page by page, and the instant of the first page."""
    async with database.begin(PublicScope()) as work:
        at = work.now
        page = await search(work, SearchQuery.model_validate(asked))
    ids = [item.location_id for item in page.items]
    while page.next:
        page = await ask(database, **asked, cursor=page.next)
        assert page.items
        ids += [item.location_id for item in page.items]
    return ids, at


QUERIES: list[dict[str, Any]] = [
    {},
    {"concern": "acne_scars"},
    {"concern": "acne_scars", "area": "face"},
    {"concern": "fine_lines", "area": "neck", "modality": "pen"},
    {"modality": "roller", "language": "pl"},
    {"credential": "registered_nurse"},
    {"min_rating": 4.2},
    {"currency": "GBP"},
    {"max_course_price": 45_000, "currency": "GBP"},
    {"max_course_price": 45_000, "currency": "USD", "concern": "hair_loss"},
    {"language": "es", "credential": "dermatologist"},
    {"accessibility": ["lift", "step_free"], "concern": "acne_scars", "language": "en"},
]


@pytest.mark.parametrize("sort", ["relevance", "price", "rating", "soonest"])
async def test_pages_of_each_order_hold_what_a_search_by_hand_finds(database: Database, sort: str) -> None:
    rows = await make_market(database, 60, seed=7)
    for asked in QUERIES:
        query = SearchQuery.model_validate({**asked, "sort": sort})
        found, at = await all_pages(database, **asked, sort=sort, limit=7)
        assert found == in_order(rows, query, at), asked


@pytest.mark.parametrize("sort", SORTS)
async def test_a_place_and_radius_find_what_lies_within(database: Database, sort: str) -> None:
    rows = await make_market(database, 60, seed=11)
    for place, radius in product(["Leeds", "York", "Suva"], [10.0, 50.0, 120.0]):
        found_place = get_place(place)
        centre = (found_place.latitude, found_place.longitude)
        asked = {"place": place, "radius_km": radius, "sort": sort}
        found, at = await all_pages(database, **asked, limit=9)
        assert found == in_order(rows, SearchQuery.model_validate(asked), at, centre), asked


async def test_a_circle_over_the_date_line_finds_both_sides(database: Database) -> None:
    now, chance = await now_of(database), random.Random(3)  # noqa: S311  made-up rows
    west = make_row(chance, now, latitude=-18.0, longitude=179.9)
    east = make_row(chance, now, latitude=-18.0, longitude=-179.9)
    await fill(database, [west, east])
    page = await ask(database, lat=-18.0, lng=179.95, radius_km=50, sort="distance")
    assert [item.location_id for item in page.items] == [west["location_id"], east["location_id"]]


async def test_each_item_says_its_distance_and_cheapest_fitting_course(database: Database) -> None:
    rows = {row["location_id"]: row for row in await make_market(database, 40, seed=5)}
    page = await ask(database, concern="acne_scars", lat=53.8, lng=-1.5, radius_km=300, limit=100)
    assert page.items
    for item in page.items:
        row = rows[item.location_id]
        course = rules.best_course(row["card"]["courses"], {"concern": "acne_scars"})
        assert course is not None
        assert item.course_from is not None
        assert (item.course_from.price.amount, item.course_from.sessions) == (
            course["price"],
            course["sessions"],
        )
        assert item.distance_km == pytest.approx(
            rules.distance_km(53.8, -1.5, row["latitude"], row["longitude"]), abs=0.001
        )


async def test_the_score_of_the_database_is_the_published_rule(database: Database) -> None:
    rows = {row["location_id"]: row for row in await make_market(database, 80, seed=13)}
    async with database.begin(PublicScope()) as work:
        page = await search(work, SearchQuery(lat=53.8, lng=-1.4, radius_km=500, limit=100))
        at = work.now
    assert len(page.items) > 20
    for item in page.items:
        row = rows[item.location_id]
        assert item.distance_km is not None
        score = rules.score(
            word_similarities=(),
            distance_km=item.distance_km,
            shrunk=row["rating_shrunk"],
            checked=row["card"]["practitioners_checked"],
            practitioners=row["card"]["practitioners"],
            next_free_at=row["next_free_at"],
            now=at,
        )
        assert item.score.parts == score.shares()
        assert item.score.total == score.total / rules.WHOLE
        assert sum(item.score.parts.values()) == pytest.approx(item.score.total)


@pytest.mark.parametrize("asked", QUERIES, ids=str)
async def test_a_facet_counts_what_would_be_found_with_its_code(
    database: Database, asked: dict[str, Any]
) -> None:
    rows = await make_market(database, 60, seed=17)
    now = await now_of(database)
    page = await ask(database, **asked)
    assert page.total == sum(fits(row, SearchQuery.model_validate(asked), now) for row in rows)
    names = {
        "concerns": "concern",
        "areas": "area",
        "modalities": "modality",
        "credentials": "credential",
        "languages": "language",
    }
    for facet, name in names.items():
        counted = {entry.code: entry.count for entry in getattr(page.facets, facet)}
        codes = {code for row in rows for code in row[facet]}
        by_hand = {
            code: sum(fits(row, SearchQuery.model_validate({**asked, name: code}), now) for row in rows)
            for code in codes
        }
        assert counted == {code: count for code, count in by_hand.items() if count}
    chosen = asked.get("accessibility", [])
    by_hand = {
        code: sum(
            fits(row, SearchQuery.model_validate({**asked, "accessibility": [*chosen, code]}), now)
            for row in rows
        )
        for code in ACCESS
    }
    counted = {entry.code: entry.count for entry in page.facets.accessibility}
    assert counted == {code: count for code, count in by_hand.items() if count}


async def test_free_days_are_days_of_the_location(database: Database) -> None:
    rows = await make_market(database, 60, seed=19)
    now = await now_of(database)
    first, last = (now + timedelta(days=3)).date(), (now + timedelta(days=20)).date()
    for asked in ({"free_from": first}, {"free_to": last}, {"free_from": first, "free_to": last}):
        page = await ask(database, **asked, limit=100)
        wanted = {row["location_id"] for row in rows if fits(row, SearchQuery.model_validate(asked), now)}
        assert {item.location_id for item in page.items} == wanted
        assert wanted


async def test_words_are_found_with_typing_errors_and_the_best_fit_comes_first(database: Database) -> None:
    now, chance = await now_of(database), random.Random(23)  # noqa: S311  made-up rows
    same = {"rating_shrunk": 4.2, "next_free_at": None}
    harbour = make_row(chance, now, name="Harbour Skin", words="harbour skin leeds pen facial", **same)
    harbor = make_row(chance, now, name="Harper Skill", words="harper skill leeds roller", **same)
    other = make_row(chance, now, name="Rosewood", words="rosewood york stamp", **same)
    for row in (harbour, harbor, other):
        row["card"]["practitioners"] = 0
    await fill(database, [other, harbor, harbour])
    page = await ask(database, q="Harbuor  SKIN")
    assert page.items[0].name == "Harbour Skin"
    assert "Rosewood" not in [item.name for item in page.items]
    assert page.items[0].score.parts["relevance"] < 0.3
    exact = await ask(database, q="rosewood")
    assert [item.name for item in exact.items] == ["Rosewood"]
    assert exact.items[0].score.parts["relevance"] == 0.3


async def test_a_time_that_has_passed_is_not_shown_as_free(database: Database) -> None:
    now, chance = await now_of(database), random.Random(29)  # noqa: S311  made-up rows
    await fill(database, [make_row(chance, now, next_free_at=now - timedelta(minutes=1))])
    assert (await ask(database)).items[0].next_free_at is None


async def test_a_free_time_is_in_the_offset_of_its_place(database: Database) -> None:
    now, chance = await now_of(database), random.Random(31)  # noqa: S311  made-up rows
    free = now + timedelta(days=1)
    await fill(database, [make_row(chance, now, next_free_at=free, time_zone="Asia/Kolkata")])
    shown = (await ask(database)).items[0].next_free_at
    assert shown == free
    assert shown is not None
    assert shown.utcoffset() == timedelta(hours=5, minutes=30)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"concern": "glow"}, "concern"),
        ({"area": "nose"}, "area"),
        ({"modality": "laser"}, "modality"),
        ({"credential": "influencer"}, "credential"),
        ({"language": "zz"}, "language"),
        ({"accessibility": ["lift", "slide"]}, "accessibility"),
        ({"place": "Nowhereatall"}, "place"),
        ({"lat": 10.0}, "lng"),
        ({"lng": 10.0}, "lat"),
        ({"lat": 1.0, "lng": 1.0, "place": "Leeds"}, "place"),
        ({"sort": "distance"}, "sort"),
        ({"max_course_price": 100}, "currency"),
        ({"free_from": "2026-05-02", "free_to": "2026-05-01"}, "free_to"),
        ({"free_from": "2026-05-01", "free_to": "2026-06-02"}, "free_to"),
        ({"cursor": "nonsense"}, "cursor"),
    ],
)
async def test_what_cannot_be_asked_is_said_at_its_field(
    database: Database, asked: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidFields) as refused:
        await ask(database, **asked)
    assert [error.field for error in refused.value.errors] == [field]


async def test_a_cursor_of_another_order_is_refused(database: Database) -> None:
    await make_market(database, 5, seed=37)
    cursor = (await ask(database, sort="rating", limit=2)).next
    assert cursor is not None
    with pytest.raises(InvalidFields):
        await ask(database, sort="soonest", limit=2, cursor=cursor)


async def test_31_days_apart_may_be_asked(database: Database) -> None:
    assert (await ask(database, free_from="2026-05-01", free_to="2026-06-01")).total == 0


async def test_public_figures_count_each_clinic_once(database: Database) -> None:
    now, chance = await now_of(database), random.Random(41)  # noqa: S311  made-up rows
    row = make_row(chance, now, country="GB", course_currency="GBP", course_price=1)
    row["card"] |= {"practitioners": 3, "practitioners_checked": 2, "clinic_reviews": 9}
    other = make_row(chance, now, country="US", course_currency=None, course_price=None)
    other["card"] |= {"practitioners": 1, "practitioners_checked": 0, "clinic_reviews": 1}
    await fill(database, [row, other])
    async with database.begin(PublicScope()) as work:
        figures = await get_public_figures(work)
        assert await list_currencies(work) == ["GBP"]
        cards = await list_cards(work, [row["slug"], "unknown"])
        assert await list_cards(work, []) == []
    assert [card.name for card in cards] == [row["name"]]
    assert (figures.live_clinics, figures.locations, figures.countries) == (2, 2, 2)
    assert (figures.practitioners, figures.practitioners_checked, figures.reviews) == (4, 2, 10)


def test_what_was_chosen_is_read_from_the_query() -> None:
    assert chosen_of(SearchQuery(concern="a", area="b", modality="c")) == {
        "concern": "a",
        "area": "b",
        "modality": "c",
    }


async def test_words_are_found_by_their_index_however_few_listings_there_are(database: Database) -> None:
    await make_market(database, 20, seed=41)
    async with database.begin(PublicScope()) as work:
        asked = Asked(SearchQuery(), None, ("harbour",), work.now)
        await SearchRepository(work).forgive_typing(asked)
        plan = await work.rows(text("EXPLAIN SELECT slug FROM listing WHERE 'harbour' <% words"))
    assert any("ix_listing_words" in row[0] for row in plan)
