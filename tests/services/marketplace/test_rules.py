"""The published formula, distances, words and states, to the exact value."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from services.marketplace import rules

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
COURSES = [
    {
        "id": "b",
        "price": 90,
        "sessions": 3,
        "concerns": ["acne_scars"],
        "areas": ["face"],
        "modalities": ["pen"],
    },
    {
        "id": "a",
        "price": 90,
        "sessions": 3,
        "concerns": ["scars"],
        "areas": ["face", "neck"],
        "modalities": ["pen"],
    },
    {
        "id": "c",
        "price": 90,
        "sessions": 2,
        "concerns": ["scars"],
        "areas": ["back"],
        "modalities": ["stamp"],
    },
]


def test_weights_make_one_together() -> None:
    assert sum(rules.WEIGHTS.values()) == rules.WHOLE
    assert list(rules.WEIGHTS.values()) == [3000, 2000, 2500, 1500, 1000]


def test_relevance_is_the_mean_likeness_and_one_without_words() -> None:
    assert rules.relevance([]) == 1.0
    assert rules.relevance([0.5, 1.0]) == 0.75
    assert rules.relevance([1.5]) == 1.0
    assert rules.relevance([-0.5]) == 0.0


def test_nearness_halves_at_ten_kilometres() -> None:
    assert rules.nearness(None) == 1.0
    assert rules.nearness(0) == 1.0
    assert rules.nearness(10) == 0.5
    assert rules.nearness(40) == 0.2


def test_the_rating_part_runs_from_one_star_to_five() -> None:
    assert [rules.rating_part(stars) for stars in (0, 1, 3, 5, 6)] == [0.0, 0.0, 0.5, 1.0, 1.0]


def test_the_credentials_part_is_the_share_of_practitioners_checked() -> None:
    assert rules.credentials_part(1, 4) == 0.25
    assert rules.credentials_part(5, 4) == 1.0
    assert rules.credentials_part(0, 0) == 0.0
    assert rules.credentials_part(1, 1) == 1.0


def test_availability_falls_evenly_over_thirty_days() -> None:
    assert rules.availability_part(NOW, NOW) == 1.0
    assert rules.availability_part(NOW + timedelta(days=15), NOW) == 0.5
    assert rules.availability_part(NOW + timedelta(days=30), NOW) == 0.0
    assert rules.availability_part(NOW + timedelta(days=31), NOW) == 0.0
    assert rules.availability_part(NOW - timedelta(seconds=1), NOW) == 0.0
    assert rules.availability_part(None, NOW) == 0.0


def test_a_score_is_the_sum_of_its_parts() -> None:
    found = rules.score(
        word_similarities=[0.5],
        distance_km=10,
        shrunk=4.2,
        checked=1,
        practitioners=2,
        next_free_at=NOW + timedelta(days=3),
        now=NOW,
    )
    assert found == rules.Score(relevance=1500, distance=1000, rating=2000, credentials=750, availability=900)
    assert found.total == 6150
    assert found.shares() == {
        "relevance": 0.15,
        "distance": 0.1,
        "rating": 0.2,
        "credentials": 0.075,
        "availability": 0.09,
    }


def test_points_are_rounded_down() -> None:
    assert rules.points("rating", 0.99999) == 2499
    assert rules.points("rating", 0.8) == 2000


def test_the_great_circle_of_known_places() -> None:
    assert rules.distance_km(51.5074, -0.1278, 48.8566, 2.3522) == pytest.approx(343.6, abs=0.5)
    assert rules.distance_km(0, 0, 0, 1) == pytest.approx(111.195, abs=0.001)
    assert rules.distance_km(0, 179.5, 0, -179.5) == pytest.approx(111.195, abs=0.001)
    assert rules.distance_km(0, 0, 0, 180) == pytest.approx(20015.1, abs=0.1)
    assert rules.distance_km(53, -1, 53, -1) == 0
    half_the_globe = rules.distance_km(  # rounding makes the haversine of these a hair more than 1
        -69.14934836873066, 37.114050308807535, 69.14934836973066, -142.88594969119248
    )
    assert half_the_globe == pytest.approx(20015.1, abs=0.1)


@pytest.mark.parametrize("latitude", [-75.0, 0.0, 53.8, 84.0])
@pytest.mark.parametrize("radius", [1.0, 50.0, 500.0])
def test_a_box_holds_its_circle_and_little_more(latitude: float, radius: float) -> None:
    box = rules.box_around(latitude, 10.0, radius)
    assert rules.distance_km(latitude, 10.0, box.north, 10.0) == pytest.approx(radius, rel=0.01)
    assert rules.distance_km(latitude, 10.0, box.south, 10.0) == pytest.approx(radius, rel=0.01)
    for bearing in range(0, 360, 5):
        north, east = _reached(latitude, 10.0, radius, bearing)
        assert box.south <= north <= box.north
        assert any(west <= east <= far for west, far in box.longitudes())


def _reached(latitude: float, longitude: float, km: float, bearing: float) -> tuple[float, float]:
    """The point at a distance and bearing, on the same sphere."""
    from math import asin, atan2, cos, degrees, radians, sin  # noqa: PLC0415  of this helper alone

    angle, first, turn = km / rules.EARTH_RADIUS_KM, radians(latitude), radians(bearing)
    north = asin(sin(first) * cos(angle) + cos(first) * sin(angle) * cos(turn))
    east = atan2(sin(turn) * sin(angle) * cos(first), cos(angle) - sin(first) * sin(north))
    return degrees(north), (longitude + degrees(east) + 540) % 360 - 180


def test_a_box_over_the_date_line_has_two_pieces() -> None:
    east, west = rules.box_around(0, 179.9, 50), rules.box_around(0, -179.9, 50)
    assert east.longitudes() == ((east.west, 180.0), (-180.0, east.east - 360))
    assert west.longitudes() == ((west.west + 360, 180.0), (-180.0, west.east))


@pytest.mark.parametrize(
    ("west", "east", "ranges"),
    [
        (-180.0, -170.0, ((-180.0, -170.0),)),
        (-181.0, -170.0, ((179.0, 180.0), (-180.0, -170.0))),
        (170.0, 180.0, ((170.0, 180.0),)),
        (170.0, 181.0, ((170.0, 180.0), (-180.0, -179.0))),
        (-170.0, 189.0, ((-170.0, 180.0), (-180.0, -171.0))),
        (-170.0, 190.0, ((-180.0, 180.0),)),
    ],
)
def test_longitudes_are_said_between_the_date_lines(
    west: float, east: float, ranges: tuple[tuple[float, float], ...]
) -> None:
    assert rules.Box(0.0, 1.0, west, east).longitudes() == ranges


@pytest.mark.parametrize("side", [1, -1])
def test_a_box_that_touches_a_pole_goes_all_around(side: int) -> None:
    radius = 1.0
    box = rules.box_around(side * (90 - radius / rules.KM_A_DEGREE * 1.001), 0, radius)
    assert max(box.north, -box.south) == 90.0
    assert (box.west, box.east) == (-180.0, 180.0)


def test_a_box_over_a_pole_goes_all_around() -> None:
    north = rules.box_around(89.9, 0, 100)
    assert north.south == pytest.approx(89.0, abs=0.01)
    assert (north.north, north.west, north.east) == (90.0, -180.0, 180.0)
    assert rules.box_around(-89.9, 0, 100).south == -90.0
    assert rules.box_around(89.9, 0, 100).longitudes() == ((-180.0, 180.0),)


def test_words_are_asked_once_and_at_most_six() -> None:
    assert rules.search_words("a Pen pen facial") == ["pen", "facial"]
    assert len(rules.search_words("aa bb cc dd ee ff gg")) == 6


def test_a_word_that_begins_with_what_was_typed_has_all_its_trigrams_but_the_last() -> None:
    assert rules.begins_at("skin") == pytest.approx(4 / 5, abs=0.001)  # "  s", " sk", "ski", "kin" of five
    assert rules.begins_at("of") == pytest.approx(2 / 3, abs=0.001)
    assert rules.begins_at("anana") == pytest.approx(4 / 5, abs=0.001)  # "ana" counts once


def test_a_mistyped_word_means_what_is_spelt_most_like_it_or_nearly() -> None:
    assert rules.least_likeness("linden", None) > 1
    assert rules.least_likeness("lindne", 0.5) == pytest.approx(0.8 * 0.5, abs=0.001)
    assert rules.least_likeness("lindne", 0.3) == pytest.approx(1 / 3, abs=0.001)
    assert rules.least_likeness("skni", 0.25) == pytest.approx(2 / 8, abs=0.001)


def test_a_listings_words_stand_once() -> None:
    assert rules.listing_words(["Harbour Skin", "skin, Leeds"]) == "harbour skin leeds"


def test_weeks_run_from_first_to_last_session() -> None:
    assert [rules.course_weeks(n, 28) for n in (1, 2, 4)] == [0, 4, 12]
    assert rules.course_weeks(2, 30) == 5


def test_the_next_look_is_when_the_time_can_no_longer_be_booked_or_daily() -> None:
    notice = timedelta(hours=2)
    soon = NOW + timedelta(hours=5)
    assert rules.refresh_at(soon, notice, NOW, 0) == NOW + timedelta(hours=3)
    assert rules.refresh_at(NOW + timedelta(hours=2), notice, NOW, 0) == NOW + timedelta(minutes=15)
    midnight = datetime(2026, 3, 3, tzinfo=UTC)
    assert rules.refresh_at(None, notice, NOW, 0) == midnight
    assert rules.refresh_at(NOW + timedelta(days=9), notice, NOW, 1440) == midnight
    assert rules.refresh_at(None, notice, NOW, 600) == NOW.replace(hour=10, minute=0)
    assert rules.refresh_at(None, notice, NOW, 570) == NOW + timedelta(days=1)
    assert rules.refresh_at(None, notice, NOW, 1440 + 600) == NOW.replace(hour=10, minute=0)
    uneven = NOW.replace(second=7, microsecond=9)
    assert rules.refresh_at(None, notice, uneven, 0) == midnight


def test_a_count_is_exact_to_a_thousand() -> None:
    assert rules.capped(1000) == (1000, False)
    assert rules.capped(1001) == (1000, True)


def test_a_radius_widens_by_steps() -> None:
    steps = [rules.wider_radius(km) for km in (5, 10, 25, 50, 100, 200, 500)]
    assert steps == [10.0, 25.0, 50.0, 100.0, 200.0, 500.0, None]


def test_side_by_side_differs_when_one_is_not_like_the_first() -> None:
    assert rules.differs([1, 1, 2])
    assert rules.differs([1, 2])
    assert rules.differs([1, 2, 2])
    assert not rules.differs([1, 1])
    assert not rules.differs([])


def test_a_course_fits_all_that_was_chosen() -> None:
    def ids(**chosen: str | None) -> list[str]:
        return [course["id"] for course in rules.fitting_courses(COURSES, chosen)]

    assert ids(concern="scars") == ["a", "c"]
    assert ids(concern="scars", area="face") == ["a"]
    assert ids(area=None, modality="pen") == ["b", "a"]
    assert ids(concern="acne_scars", area="back") == []


def test_the_best_course_is_cheapest_then_shortest() -> None:
    assert rules.best_course(COURSES, {}) == COURSES[2]
    assert rules.best_course(COURSES, {"area": "face"}) == COURSES[1]
    assert rules.best_course([], {}) is None
    assert rules.best_course([{**COURSES[0], "price": 10}, COURSES[2]], {}) == {**COURSES[0], "price": 10}


def test_the_uses_on_a_label_are_those_that_fit_the_search() -> None:
    labels = {"face:acne_scars": True, "back:acne_scars": False, "face:scars": None, "neck:lines": True}
    assert rules.uses_on_label(labels, None, None) == ["face:acne_scars", "neck:lines"]
    assert rules.uses_on_label(labels, "acne_scars", None) == ["face:acne_scars"]
    assert rules.uses_on_label(labels, "acne_scars", "back") == []


def test_a_course_is_on_label_when_all_uses_asked_for_are() -> None:
    labels = {"face:acne_scars": True, "neck:acne_scars": False, "face:scars": None}
    assert rules.on_label_for(labels, "acne_scars", "face") is True
    assert rules.on_label_for(labels, "acne_scars", None) is False
    assert rules.on_label_for(labels, None, "face") is None
    assert rules.on_label_for(labels, "hair_loss", None) is None
    assert rules.on_label_for(labels, None, "neck") is False


def test_only_a_check_that_holds_is_public_as_verified() -> None:
    today = date(2026, 3, 2)
    assert rules.public_state("verified", None, today) == "verified"
    assert rules.public_state("verified", today, today) == "verified"
    assert rules.public_state("verified", today - timedelta(days=1), today) == "lapsed"
    assert rules.public_state("lapsed", None, today) == "lapsed"
    assert rules.public_state("unverified", None, today) == "unverified"
    assert rules.public_state("rejected", None, today) == "unverified"


def test_the_standing_points_are_of_the_rating_and_of_what_was_checked() -> None:
    assert rules.standing_points(5.0, 2, 2) == {"rating_points": 2_500, "credentials_points": 1_500}
    assert rules.standing_points(3.0, 1, 2) == {"rating_points": 1_250, "credentials_points": 750}
    assert rules.standing_points(1.0, 0, 0) == {"rating_points": 0, "credentials_points": 0}


def test_equal_menus_are_equal_text_in_whatever_order() -> None:
    menu = rules.menu_of(COURSES)
    assert json.loads(menu) == [
        {"areas": ["back"], "concerns": ["scars"], "modalities": ["stamp"]},
        {"areas": ["face", "neck"], "concerns": ["scars"], "modalities": ["pen"]},
        {"areas": ["face"], "concerns": ["acne_scars"], "modalities": ["pen"]},
    ]
    turned = [{**COURSES[1], "areas": ["neck", "face"]}, COURSES[2], COURSES[0], COURSES[0]]
    assert rules.menu_of(turned) == menu
    assert rules.menu_of([]) == "[]"
