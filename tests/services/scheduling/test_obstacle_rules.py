"""What is in the way of a visit, over plain values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest

from services.scheduling.obstacle_rules import TakenSpan, each_taken, in_the_way, is_on_the_way, lies_in
from services.scheduling.rules import Span, Use

ROOM, OTHER = UUID(int=1), UUID(int=2)
# Ten minutes at the beginning and from the thirtieth on, as a practitioner is taken around the numbing.
USES = (Use(timedelta(0), timedelta(minutes=10)), Use(timedelta(minutes=30), timedelta(minutes=60)))


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 6, hour, minute, tzinfo=UTC)


def taken(begins: datetime, ends: datetime, resource: UUID = ROOM, *, way: int = 0) -> TakenSpan:
    around = Span(begins - timedelta(minutes=way), ends + timedelta(minutes=way))
    return TakenSpan(resource, Span(begins, ends), around, None)


@pytest.mark.parametrize(
    ("begins", "ends", "is_"),
    [
        (at(9), at(10), False),
        (at(9), at(10, 1), True),
        (at(10, 10), at(10, 30), False),
        (at(10, 9), at(10, 30), True),
        (at(10, 10), at(10, 31), True),
        (at(10, 59), at(12), True),
        (at(11), at(12), False),
    ],
)
def test_only_what_overlaps_a_use_is_in_the_way(begins: datetime, ends: datetime, *, is_: bool) -> None:
    one = taken(begins, ends)
    assert in_the_way([one], USES, at(10)) == ([one] if is_ else [])
    assert is_on_the_way(one, USES, at(10)) is not is_


def test_what_is_in_the_way_comes_in_order_of_time_with_the_way_to_other_places() -> None:
    late, early = taken(at(10, 45), at(12)), taken(at(8), at(9, 45), way=20)
    far = taken(at(8), at(9, 40), way=20)
    assert in_the_way([late, far, early], USES, at(10)) == [early, late]
    assert is_on_the_way(early, USES, at(10))
    assert not is_on_the_way(late, USES, at(10))


def test_a_visit_is_named_once_for_each_thing_that_it_takes() -> None:
    visit = UUID(int=9)
    before, after = (replace(taken(*span), by=visit) for span in ((at(10), at(10, 5)), (at(10, 40), at(11))))
    blocks = [taken(at(10), at(10, 5)), taken(at(10, 40), at(11))]
    assert in_the_way([after, before], USES, at(10)) == [before]
    other = replace(after, resource_id=OTHER)
    assert in_the_way([other, before, after], USES, at(10)) == [before, other]
    assert in_the_way(blocks, USES, at(10)) == blocks


def test_things_are_in_the_way_only_where_none_is_free() -> None:
    one, other = taken(at(10), at(11)), taken(at(10), at(11), OTHER)
    assert each_taken([ROOM, OTHER], [one]) == []
    assert each_taken([OTHER, ROOM], [one, other]) == [other, one]
    assert each_taken([], [one]) == []


@pytest.mark.parametrize(
    ("begins", "ends", "lies"),
    [
        (time(9), time(13), True),
        (time(8, 59), time(10), False),
        (time(12), time(13, 1), False),
        (time(12), time(15), False),
        (time(14), time(15), True),
        (time(23), time(0, 30), False),
        (time(10), time(10), False),
    ],
)
def test_a_visit_lies_in_one_stretch_of_hours(begins: time, ends: time, *, lies: bool) -> None:
    assert lies_in([(time(9), time(13)), (time(14), time(18))], begins, ends) is lies
