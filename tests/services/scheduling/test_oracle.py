"""The engine of free times against an oracle that walks every minute, in random worlds around changeovers of clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.clinics.public_holidays import holidays_between
from services.scheduling.board_rules import Board, Busy
from services.scheduling.hours_rules import Change, Hours
from services.scheduling.rules import Place, Span, Worker, shape_of
from tests.services.scheduling.oracle import Step, Walk

# Changeovers of an hour, of half an hour (Lord Howe), at midnight (Santiago, Beirut), in the south, at a quarter to
# (Chatham), and none at all.
ZONES = tuple(
    ZoneInfo(name)
    for name in (
        "America/New_York",
        "Europe/Madrid",
        "Australia/Lord_Howe",
        "America/Santiago",
        "Asia/Beirut",
        "Pacific/Chatham",
        "Asia/Kolkata",
        "UTC",
    )
)
YEAR = 2026
PEOPLE, ROOMS, NUMBING, PENS = (
    tuple(UUID(int=kind * 16 + n) for n in range(count)) for kind, count in ((1, 3), (2, 2), (3, 2), (4, 2))
)
NEEDS = ("practitioner", "room", "device")


@lru_cache
def changeovers(zone: ZoneInfo) -> tuple[date, ...]:
    """The local days of the year on which the clock jumps, found by looking at every hour."""
    at, found = datetime(YEAR, 1, 1, 12, tzinfo=UTC), set[date]()
    while at.year == YEAR:
        later = at + timedelta(hours=1)
        if at.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            found |= {at.astimezone(zone).date(), later.astimezone(zone).date()}
        at = later
    return tuple(sorted(found))


@dataclass(frozen=True)
class World:
    """A day at a place, who is there, what is taken, and the visit that is asked for."""

    day: date
    place: Place
    workers: tuple[Worker, ...]
    steps: tuple[Step, ...]
    busy: Busy
    earliest: datetime


def _time_of(minutes: int) -> time:
    return time(*divmod(min(minutes, 24 * 60 - 1), 60))


@st.composite
def spans_of_day(draw: st.DrawFn) -> tuple[time, time]:
    begins = draw(st.integers(0, 22 * 4)) * 15
    return _time_of(begins), _time_of(begins + draw(st.integers(1, 48)) * 15)


@st.composite
def weeks(draw: st.DrawFn, day: date) -> tuple[Hours, ...]:
    """Hours of the day asked about and of others, some of them every other week, some not yet or not any more."""
    found = []
    for opens, closes in draw(st.lists(spans_of_day(), min_size=0, max_size=3)):
        first = draw(st.sampled_from([date.min, day, day - timedelta(days=3), day + timedelta(days=1)]))
        last = draw(st.sampled_from([date.max, day, day + timedelta(days=9), day - timedelta(days=1)]))
        weekday = draw(
            st.sampled_from([day.weekday(), day.weekday(), day.weekday(), (day.weekday() + 1) % 7])
        )
        every = draw(st.sampled_from(["every", "every", "a", "b"]))
        found.append(Hours(weekday, opens, closes, every, min(first, last), max(first, last)))
    if draw(st.booleans()):
        found.append(Hours(day.weekday(), time(0), time(23, 59)))
    return tuple(found)


@st.composite
def changes(draw: st.DrawFn, day: date) -> tuple[Change, ...]:
    """Other hours on single days; a public holiday is a day on which all is closed."""
    found = []
    for opens, closes in draw(st.lists(spans_of_day(), max_size=2)):
        kind = draw(st.sampled_from(["extra", "taken"]))
        first = day - timedelta(days=draw(st.integers(0, 2)))
        found.append(Change(kind, first, first + timedelta(days=draw(st.integers(0, 3))), opens, closes))
    if draw(st.integers(0, 7)) == 0:
        found.append(Change("closed", day, day))
    if draw(st.booleans()):
        found += [Change("closed", on, on) for on, _ in holidays_between("ES", "MD", day, day)]
    return tuple(found)


@st.composite
def visits(draw: st.DrawFn) -> tuple[Step, ...]:
    """Phases as a menu has them, and stranger ones."""
    if draw(st.booleans()):
        before = draw(st.sampled_from(["room", "numbing_room"]))
        minutes = draw(st.tuples(*(st.integers(1, 9).map(lambda n: n * 5) for _ in range(4))))
        needs = (
            {"practitioner", before},
            {before},
            {"practitioner", "room", "device"},
            {"practitioner", "room"},
        )
        return tuple(Step(length, frozenset(need)) for length, need in zip(minutes, needs, strict=True))
    some = st.sets(st.sampled_from([*NEEDS, "numbing_room"]), min_size=1).map(frozenset)
    phases = st.lists(st.tuples(st.integers(1, 50), some), min_size=1, max_size=4)
    return tuple(Step(length, need) for length, need in draw(phases))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    zone = draw(st.sampled_from(ZONES))
    jumps = changeovers(zone)
    ordinary = st.dates(date(YEAR, 1, 1), date(YEAR, 12, 31))
    near = st.sampled_from(jumps or (date(YEAR, 6, 1),))
    day = draw(st.one_of(near, near, ordinary))
    midnight = datetime.combine(day, time(12), UTC) - timedelta(hours=26)

    def spans() -> st.SearchStrategy[list[Span]]:
        one = st.tuples(st.integers(0, 52 * 60), st.integers(1, 150)).map(
            lambda pair: Span(
                midnight + timedelta(minutes=pair[0]), midnight + timedelta(minutes=pair[0] + pair[1])
            )
        )
        return st.lists(one, max_size=5)

    things = (*PEOPLE, *ROOMS, *NUMBING, *PENS)
    taken = {thing: draw(spans()) for thing in draw(st.sets(st.sampled_from(things)))}
    booked = {
        who: [(span.starts_at, UUID(int=draw(st.integers(1, 3)))) for span in taken[who]]
        for who in PEOPLE
        if who in taken
    }
    place = Place(
        zone,
        draw(weeks(day)),
        ROOMS[: draw(st.integers(1, 2))],
        PENS[: draw(st.integers(1, 2))],
        draw(changes(day)),
        (*NUMBING, *ROOMS)[: draw(st.integers(1, 3))],
        draw(st.sampled_from([5, 10, 15, 20, 30, 60])),
    )
    workers = tuple(
        Worker(
            who,
            draw(weeks(day)),
            draw(changes(day)),
            draw(st.sampled_from([None, None, 1, 2])),
            until=draw(st.sampled_from([date.max, date.max, day, day - timedelta(days=1)])),
        )
        for who in PEOPLE[: draw(st.integers(1, 3))]
    )
    earliest = midnight + timedelta(minutes=draw(st.integers(0, 40 * 60)))
    return World(day, place, workers, draw(visits()), Busy(taken, booked), earliest)


def check(world: World) -> None:
    shape = shape_of((step.minutes, step.needs) for step in world.steps)
    board = Board(world.place, world.workers, shape, world.busy)
    expected = Walk(world.day, world.place, world.workers, world.steps, world.busy).free()
    assert board.free_on(world.day) == expected
    later = [free for free in expected if free.starts_at >= world.earliest]
    assert board.free_on(world.day, world.earliest) == later
    assert board.first_on(world.day, world.earliest) == (later[0].starts_at if later else None)
    assert board.count_on(world.day, world.earliest) == len({free.starts_at for free in later})
    once = board.each_on(world.day)
    assert [free.starts_at for free in once] == sorted({free.starts_at for free in expected})
    assert set(once) <= set(expected)
    turn = [worker.id for worker in board.in_turn(world.day)]
    for free in once:
        others = [one.practitioner_id for one in expected if one.starts_at == free.starts_at]
        assert free.practitioner_id == min(others, key=turn.index)
        assert board.free_at(free.starts_at) == [one for one in expected if one.starts_at == free.starts_at]


_UNHURRIED = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@pytest.mark.long
@settings(max_examples=120, **_UNHURRIED)  # type: ignore[arg-type]  # one set of options for both
@given(worlds())
def test_the_engine_agrees_with_walking_every_minute(world: World) -> None:
    check(world)


@pytest.mark.prove
@settings(max_examples=10_000, **_UNHURRIED)  # type: ignore[arg-type]
@given(worlds())
def test_the_engine_agrees_with_walking_every_minute_in_ten_thousand_worlds(world: World) -> None:
    check(world)


def test_the_worlds_lie_on_both_changeovers_of_every_zone_that_has_them() -> None:
    jumps = {zone.key: len(changeovers(zone)) for zone in ZONES}
    assert jumps["Asia/Kolkata"] == jumps["UTC"] == 0
    # Where the clock jumps at midnight, the day before and the day after count.
    assert all(jumps[zone] >= 2 for zone in jumps if zone not in {"Asia/Kolkata", "UTC"})
    assert jumps["America/Santiago"] >= 3
