"""Which files are taken, where a photo belongs, which are due, and which can be compared."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.courses.care_rules import Placed
from services.courses.photo_rules import (
    LARGEST_PHOTO,
    Comparable,
    Place,
    file_problem,
    leeway,
    may_compare,
    photo_head,
    photo_plan,
    place_photo,
    sessions_between,
    standing,
    weeks_between,
)
from tests.services.clinics.photos import moving, photo
from tests.services.courses.photo_files import HOSTILE, heic

MAY = date(2026, 5, 1)
DAYS = (0, 28, 90, 180)


def day(number: int) -> date:
    return MAY + timedelta(days=number)


ONE_DONE = [Placed(1, "completed", day(0)), Placed(2, "confirmed", day(42))]
ALL_DONE = [Placed(1, "completed", day(0)), Placed(2, "completed", day(42))]


def test_a_jpeg_a_png_and_a_heic_are_taken_with_their_size() -> None:
    assert file_problem(b"x" * LARGEST_PHOTO) == file_problem(b"x")
    for content in (photo(), photo("PNG"), heic()):
        assert file_problem(content) is None
        head = photo_head(content)
        assert head is not None
        assert (head.width, head.height, head.ends_at, head.moves) == (900, 600, len(content), False)
    assert photo_head(photo("WEBP")) is None


@pytest.mark.parametrize("name", [name for name, (_, code) in HOSTILE.items() if not code.startswith("too-")])
def test_hostile_files_are_refused_at_their_field(name: str) -> None:
    content, code = HOSTILE[name]
    problem = file_problem(content)
    assert problem is not None
    assert (problem.field, problem.code) == ("file", code)


def test_a_file_that_is_too_large_is_refused_before_it_is_looked_at() -> None:
    problem = file_problem(b"x" * (LARGEST_PHOTO + 1))
    assert problem is not None
    assert problem.code == "too-large"
    assert file_problem(moving("PNG")) is not None


def test_a_photo_belongs_to_the_session_before_it() -> None:
    ahead = [Placed(1, "confirmed", day(0)), Placed(2, "confirmed", day(42))]
    assert place_photo(ahead, day(-3), by_clinic=False) == Place(1, "baseline", 0)
    assert place_photo(ahead, day(0), by_clinic=True) == Place(1, "baseline", 0)
    assert place_photo(ONE_DONE, day(0), by_clinic=True) == Place(1, "baseline", 0)
    assert place_photo(ONE_DONE, day(0), by_clinic=False) == Place(1, "session", 0)
    assert place_photo(ONE_DONE, day(28), by_clinic=False) == Place(1, "after", 28)
    assert place_photo(ONE_DONE, day(42), by_clinic=False) == Place(2, "session", 0)
    assert place_photo(ALL_DONE, day(43), by_clinic=True) == Place(2, "after", 1)
    assert place_photo([Placed(1, "cancelled", day(0))], day(0), by_clinic=True) is None


def test_the_plan_asks_for_baseline_sessions_and_the_days_after_the_last_one() -> None:
    ahead = [Placed(1, "confirmed", day(0)), Placed(2, "confirmed", day(42)), Placed(3, "no_show", day(80))]
    plan = [(one.on, one.moment, one.position, one.state) for one in photo_plan(ahead, DAYS, [], day(-5))]
    assert plan == [(day(0), "baseline", 1, "due"), (day(42), "session", 2, "coming")]
    assert photo_plan(ahead, DAYS, [], day(1))[0].state == "missed"
    assert photo_plan(ahead, DAYS, [Place(1, "baseline", 0)], day(1))[0].state == "taken"
    assert photo_plan([], DAYS, [], day(0)) == []
    assert [one.moment for one in photo_plan(ahead, [28], [], day(0))] == ["baseline"]


def test_days_after_a_session_are_asked_for_until_the_next_one() -> None:
    plan = photo_plan(ONE_DONE, DAYS, [Place(1, "baseline", 0)], day(28))
    assert [(one.on, one.until, one.moment, one.day, one.state) for one in plan] == [
        (day(0), day(0), "baseline", 0, "taken"),
        (day(28), day(35), "after", 28, "due"),
        (day(42), day(42), "session", 0, "coming"),
    ]
    assert photo_plan(ONE_DONE, DAYS, [], day(27))[1].state == "coming"
    assert photo_plan(ONE_DONE, DAYS, [], day(35))[1].state == "due"
    assert photo_plan(ONE_DONE, DAYS, [], day(36))[1].state == "missed"
    assert photo_plan(ONE_DONE, DAYS, [Place(1, "after", 21)], day(28))[1].state == "taken"
    assert photo_plan(ONE_DONE, DAYS, [Place(1, "after", 20)], day(28))[1].state == "due"
    assert photo_plan(ONE_DONE, DAYS, [Place(2, "after", 28)], day(28))[1].state == "due"
    same_day = [Placed(1, "completed", day(0)), Placed(2, "confirmed", day(28))]
    assert [one.moment for one in photo_plan(same_day, DAYS, [], day(1))] == ["baseline", "session"]


def test_three_and_six_months_follow_the_last_session() -> None:
    plan = photo_plan(ALL_DONE, DAYS, [Place(2, "session", 0), Place(2, "after", 100)], day(42 + 180))
    assert [(one.day, one.state) for one in plan if one.moment == "after"] == [
        (28, "missed"),
        (90, "taken"),
        (180, "due"),
    ]
    assert [one.state for one in plan if one.moment == "session"] == ["taken"]


def test_leeway_grows_with_the_day() -> None:
    assert [leeway(number) for number in (1, 12, 15, 16, 28, 90)] == [3, 3, 3, 4, 7, 22]


def test_only_photos_of_one_course_area_and_pose_can_be_compared_the_earlier_first() -> None:
    first = Comparable("a", "face", "left", day(0))
    assert may_compare(first, Comparable("a", "face", "left", day(1)))
    for other in (
        Comparable("a", "face", "left", day(0)),
        Comparable("b", "face", "left", day(1)),
        Comparable("a", "neck", "left", day(1)),
        Comparable("a", "face", "right", day(1)),
    ):
        assert not may_compare(first, other)


def test_weeks_and_sessions_between_two_photos() -> None:
    assert [weeks_between(day(0), day(number)) for number in (6, 7, 13, 14)] == [0, 1, 1, 2]
    assert sessions_between(ALL_DONE, day(0), day(42)) == 1
    assert sessions_between(ALL_DONE, day(0), day(43)) == 2
    assert sessions_between(ALL_DONE, day(1), day(43)) == 1
    assert sessions_between(ONE_DONE, day(0), day(90)) == 1


def test_sessions_stand_in_order_of_their_days() -> None:
    mixed = [Placed(2, "confirmed", day(9)), Placed(1, "completed", day(1)), Placed(3, "expired", day(0))]
    assert [one.position for one in standing(mixed)] == [1, 2]
