"""Figures from whole numbers, exactly; who is asked when; how an author is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reviews import rules
from services.reviews.rules import (
    MOST_QUARTERS,
    Prior,
    Quarter,
    Sums,
    day_of,
    figures_of,
    may_reply,
    quarter_of,
    shown_name,
    stage_on,
    stages_after,
    star_of,
    trend_of,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def sums_of(*totals: int, **more: Any) -> Sums:
    stars = [0, 0, 0, 0, 0]
    for total in totals:
        stars[star_of(total) - 1] += 1
    a, b, c, d, e = stars
    return Sums(
        reviews=len(totals),
        total=sum(totals),
        total_squares=sum(total * total for total in totals),
        stars=(a, b, c, d, e),
        **more,
    )


@pytest.mark.parametrize(
    ("total", "star"), [(5, 1), (7, 1), (8, 2), (12, 2), (13, 3), (17, 3), (18, 4), (22, 4), (23, 5), (25, 5)]
)
def test_a_total_counts_for_the_nearest_star(total: int, star: int) -> None:
    assert star_of(total) == star


@pytest.mark.parametrize(
    ("at", "quarter"),
    [
        ("2026-01-01T00:00:00+00:00", "2026-Q1"),
        ("2026-03-31T23:59:59+00:00", "2026-Q1"),
        ("2026-04-01T00:00:00+00:00", "2026-Q2"),
        ("2026-09-30T23:00:00+00:00", "2026-Q3"),
        # Still September where the clinic is; the quarter is UTC's.
        ("2026-09-30T20:00:00-05:00", "2026-Q4"),
        ("2027-01-01T08:00:00+09:00", "2026-Q4"),
        ("2026-12-31T23:59:59+00:00", "2026-Q4"),
    ],
)
def test_a_quarter_is_one_of_utc(at: str, quarter: str) -> None:
    assert quarter_of(datetime.fromisoformat(at)) == quarter


def test_a_trend_is_the_last_quarters_that_have_reviews_with_their_plain_means() -> None:
    found = trend_of({"2026-Q4": sums_of(25, 20), "2025-Q1": sums_of(10), "2026-Q2": Sums()})
    assert found == (Quarter("2025-Q1", 1, 2.0), Quarter("2026-Q4", 2, 4.5))
    many = {
        f"{year}-Q{number}": sums_of(5 + number) for year in (2024, 2025, 2026) for number in (1, 2, 3, 4)
    }
    assert [one.quarter for one in trend_of(many)] == sorted(many)[-MOST_QUARTERS:]
    assert trend_of({}) == ()
    assert figures_of(sums_of(25), trend=found).trend == found


def test_the_prior_is_dated_and_weighs_ten_reviews_of_4_2() -> None:
    assert Prior("2026-11-27", weight=10, total=21, loose_weight=2, variance=20) == rules.PRIOR
    assert figures_of(Sums()).prior_version == "2026-11-27"


def test_without_reviews_there_is_no_mean_and_the_prior_shows() -> None:
    figures = figures_of(Sums())
    assert (figures.count, figures.mean, figures.shrunk) == (0, None, 4.2)
    # The loose prior alone: 1.85 times the root of 20 halves, in stars, on either side, and five stars at most.
    assert (figures.low, figures.high) == (3.03, 5.0)
    assert (figures.distribution, figures.downtime_mean, dict(figures.ratings)) == ((0, 0, 0, 0, 0), None, {})


def test_ten_reviews_weigh_as_much_as_the_prior() -> None:
    figures = figures_of(sums_of(*[25] * 10))
    assert (figures.count, figures.mean, figures.shrunk) == (10, 5.0, 4.6)
    # Ten at 25 and two around 21 with 20: mean 24 1/3, variance (10 * 625 + 2 * (20 + 441)) / 12 - (24 1/3)^2 = 50/9
    margin = 1.85 * (50 / 9 / 12) ** 0.5 / 5
    assert figures.low == pytest.approx(min(4.6, 73 / 15 - margin), abs=5e-5)
    assert figures.high == 5.0
    assert figures.distribution == (0, 0, 0, 0, 10)


def test_the_interval_holds_the_shrunk_mean_where_the_prior_draws_it_far() -> None:
    figures = figures_of(sums_of(*[5] * 5))
    assert figures.high == figures.shrunk > 2.5
    figures = figures_of(sums_of(*[25, 24] * 30))
    assert figures.low <= figures.shrunk <= figures.high


def test_the_interval_stays_between_one_and_five_stars() -> None:
    wide = Prior("wide", weight=1, total=25, loose_weight=1, variance=100)
    assert figures_of(Sums(), prior=wide).high == 5.0
    low = Prior("low", weight=1, total=5, loose_weight=1, variance=100)
    assert figures_of(Sums(), prior=low).low == 1.0


def test_more_reviews_make_the_interval_narrower() -> None:
    few, many = figures_of(sums_of(*[20, 24] * 3)), figures_of(sums_of(*[20, 24] * 300))
    assert many.high - many.low < few.high - few.low
    assert abs(many.shrunk - 4.4) < abs(few.shrunk - 4.4)


def test_means_of_ratings_and_downtime_are_their_own() -> None:
    sums = sums_of(20, 25, 15, ratings={"comfort": 10, "value": 13}, downtime_count=2, downtime_sum=5)
    figures = figures_of(sums)
    assert dict(figures.ratings) == {"comfort": 3.3333, "value": 4.3333}
    assert figures.downtime_mean == 2.5
    assert figures.mean == 4.0
    assert figures.distribution == (0, 0, 1, 1, 1)


def test_concerns_figures_are_passed_on() -> None:
    part = figures_of(sums_of(25))
    assert figures_of(sums_of(25), {"acne_scars": part}).by_concern == {"acne_scars": part}


@given(st.lists(st.integers(5, 25), min_size=1, max_size=60))
def test_the_shrunk_mean_lies_between_prior_and_mean_and_inside_its_interval(totals: list[int]) -> None:
    figures = figures_of(sums_of(*totals))
    assert figures.mean is not None
    low, high = sorted((figures.mean, 4.2))
    assert low - 1e-4 <= figures.shrunk <= high + 1e-4
    assert 1.0 <= figures.low <= figures.shrunk <= figures.high <= 5.0
    assert sum(figures.distribution) == figures.count


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ana Torres", "Ana T."),
        ("Ana Maria torres", "Ana T."),
        ("Ana", "Ana"),
        ("  Ana   Torres ", "Ana T."),
        ("", "A client"),
    ],
)
def test_an_author_is_a_first_name_and_an_initial(name: str, shown: str) -> None:
    assert shown_name(name) == shown


THREE, NINETY = timedelta(days=3), timedelta(days=90)


@pytest.mark.parametrize(
    ("position", "statuses", "asked"),
    [
        (1, {1: "completed"}, {"session": THREE, "three_months": NINETY}),
        (1, {1: "completed", 2: "confirmed", 3: "confirmed"}, {"session": THREE}),
        (2, {1: "completed", 2: "completed", 3: "confirmed"}, {"later_session": THREE}),
        (3, {1: "completed", 2: "completed", 3: "completed"}, {"course_end": THREE, "three_months": NINETY}),
        (2, {1: "completed", 2: "completed", 3: "cancelled"}, {"course_end": THREE, "three_months": NINETY}),
        (2, {1: "no_show", 2: "completed", 3: "confirmed"}, {"session": THREE}),
        (2, {1: "no_show", 2: "completed"}, {"session": THREE, "three_months": NINETY}),
        (1, {1: "completed", 2: "requested"}, {"session": THREE}),
        (1, {1: "completed", 2: "arrived"}, {"session": THREE}),
        (1, {1: "completed", 2: "held"}, {"session": THREE}),
        (1, {1: "arrived", 2: "completed"}, {"session": THREE}),
    ],
)
def test_everyone_is_asked_after_each_visit_after_the_course_and_three_months_on(
    position: int, statuses: dict[int, str], asked: dict[str, timedelta]
) -> None:
    assert stages_after(position, statuses, (90,)) == asked


def test_the_result_is_asked_about_on_each_day_of_the_protocol() -> None:
    assert stages_after(1, {1: "completed"}, (30, 90, 180)) == {
        "session": THREE,
        "after_30_days": timedelta(days=30),
        "three_months": NINETY,
        "after_180_days": timedelta(days=180),
    }
    assert [day_of(stage_on(day)) for day in (1, 30, 90, 730)] == [1, 30, 90, 730]
    assert [day_of(stage) for stage in ("session", "later_session", "course_end", "after_x_days")] == [
        None
    ] * 4


def test_a_reply_can_be_changed_for_a_day() -> None:
    assert may_reply(None, NOW)
    assert may_reply(NOW - timedelta(hours=24), NOW)
    assert not may_reply(NOW - timedelta(hours=24, seconds=1), NOW)


def test_an_invitation_lasts_sixty_days() -> None:
    assert timedelta(days=60) == rules.INVITATION_LASTS
