"""A whole course with wishes for its later sessions: booked as proposed, all or none, and what departs is said."""

from __future__ import annotations

import asyncio
from datetime import datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from services.courses.booking import PlanChanged, book, propose_sessions
from services.courses.schemas import Booked
from services.kernel.errors import InvalidFields
from services.kernel.work import Database
from services.scheduling.booking import list_bookings
from services.scheduling.errors import SlotTaken
from services.scheduling.planning import plan_mark
from services.scheduling.preference_rules import AS_USUAL, Departure
from services.scheduling.schemas import PlannedSession, VisitWish
from services.scheduling.time_schemas import PreferencesIn
from tests.factories import (
    World,
    add_practitioner,
    book_one,
    booking_ids,
    booking_in,
    free_slots,
    live_clinic,
)

SHORTEST, LONGEST = 28, 42
"""The window between two sessions of the clinic's course, in days; the target is the shortest."""


async def book_wishing(
    database: Database,
    world: World,
    starts_at: datetime,
    wishes: PreferencesIn | None,
    *,
    email: str = "ana@example.test",
    plan: str | None = None,
) -> Booked:
    wanted = booking_in(world, starts_at, whole_course=True, email=email)
    async with database.begin(world.scope) as work:
        return await book(work, wanted.model_copy(update={"preferences": wishes, "plan": plan}))


async def proposed(
    database: Database, world: World, starts_at: datetime, wishes: PreferencesIn
) -> list[PlannedSession]:
    async with database.begin(world.scope) as work:
        wanted = VisitWish(world.treatment_id, starts_at)
        return await propose_sessions(work, wanted, wishes.checked())


async def count_visits(database: Database, world: World) -> int:
    async with database.begin(world.scope) as work:
        today = work.now.date()
        return len((await list_bookings(work, today, today + timedelta(days=365), limit=100)).items)


def local(booked: Booked) -> list[datetime]:
    return [one.starts_at.astimezone(ZoneInfo(booked.time_zone)) for one in booked.sessions]


def days_apart(booked: Booked) -> list[int]:
    return [(after.date() - before.date()).days for before, after in pairwise(local(booked))]


async def test_later_sessions_are_booked_as_wished_and_as_proposed(database: Database) -> None:
    world = await live_clinic(database)
    first = (await free_slots(database, world))[0]
    weekday = (first.starts_at.astimezone(first.zone).weekday() + 3) % 7
    wishes = PreferencesIn(weekdays=[weekday], from_time=time(13), until_time=time(15))
    plan = await proposed(database, world, first.starts_at, wishes)
    booked = await book_wishing(database, world, first.starts_at, wishes, plan=plan_mark(plan))
    assert [one.starts_at for one in booked.sessions] == [one.starts_at for one in plan]
    assert [(one.weekday(), one.time()) for one in local(booked)[1:]] == [(weekday, time(13))] * 3
    assert days_apart(booked) == [31, 28, 28]
    assert {one.departs for one in booked.sessions} == {()}


async def test_what_departs_from_the_wishes_is_told_by_session_and_stays_in_its_window(
    database: Database,
) -> None:
    world = await live_clinic(database)
    first = (await free_slots(database, world))[0]
    wishes = PreferencesIn(from_time=time(20))
    plan = await proposed(database, world, first.starts_at, wishes)
    booked = await book_wishing(database, world, first.starts_at, wishes)
    assert [one.departs for one in plan] == [one.departs for one in booked.sessions]
    assert [one.departs for one in booked.sessions] == [(), *[(Departure.TIME_OF_DAY,)] * 3]
    assert {one.time() for one in local(booked)[1:]} == {time(16)}  # the latest that there is
    assert days_apart(booked) == [SHORTEST] * 3


async def test_one_session_departs_alone_where_its_window_alone_has_nothing_wished(
    database: Database,
) -> None:
    """Another course took ten o'clock on both the days of the wished weekday that the second session could have."""
    world = await live_clinic(database)
    slots = await free_slots(database, world)
    ten = next(one for one in slots if one.starts_at.astimezone(one.zone).time() == time(10))
    weekday = ten.starts_at.astimezone(ten.zone).weekday()
    wishes = PreferencesIn(weekdays=[weekday], from_time=time(10), until_time=time(10))
    plan = await proposed(database, world, ten.starts_at, wishes)
    assert {one.departs for one in plan} == {()}
    for days in (28, 35, 42):
        (taken,) = [
            one.starts_at
            for one in await free_slots(database, world, in_days=7 + days)
            if one.starts_at.astimezone(one.zone).time() == time(10)
        ]
        await book_one(database, world, taken, email=f"other{days}@example.test")
    booked = await book_wishing(database, world, ten.starts_at, wishes)
    assert [bool(one.departs) for one in booked.sessions] == [False, True, False, False]
    assert days_apart(booked)[0] == SHORTEST


async def test_anyone_qualified_is_no_departure_and_the_same_one_is_wished_where_nothing_is_said(
    database: Database,
) -> None:
    world = await live_clinic(database)
    other = await add_practitioner(database, world)
    first = (await free_slots(database, world, practitioner_id=other))[0]
    assert (await proposed(database, world, first.starts_at, PreferencesIn()))[0].departs == ()
    assert PreferencesIn().checked() == AS_USUAL
    assert not PreferencesIn(same_practitioner=False).checked().same_practitioner


async def test_two_at_once_with_the_same_wishes_get_a_whole_course_or_nothing(database: Database) -> None:
    world = await live_clinic(database)
    first = (await free_slots(database, world))[4].starts_at
    wishes = PreferencesIn(from_time=time(11), until_time=time(13))
    results = await asyncio.gather(
        *(book_wishing(database, world, first, wishes, email=f"p{n}@example.test") for n in range(2)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in results) == ["Booked", "SlotTaken"]
    assert await count_visits(database, world) == 4
    (lost,) = [one for one in results if isinstance(one, SlotTaken)]
    assert lost.extra["alternatives"]


async def test_two_at_once_who_wish_the_same_later_times_do_not_get_the_same(database: Database) -> None:
    world = await live_clinic(database)
    slots = await free_slots(database, world)
    wishes = PreferencesIn(from_time=time(12), until_time=time(12))
    results = await asyncio.gather(
        book_wishing(database, world, slots[0].starts_at, wishes, email="one@example.test"),
        book_wishing(database, world, slots[-1].starts_at, wishes, email="two@example.test"),
    )
    starts = [one.starts_at for booked in results for one in booked.sessions]
    assert len(set(starts)) == 8
    for booked in results:
        assert {one.departs for one in booked.sessions} == {()}
        assert all(SHORTEST <= days <= LONGEST for days in days_apart(booked))


async def test_what_changed_since_it_was_shown_is_not_booked(database: Database) -> None:
    world = await live_clinic(database)
    first = (await free_slots(database, world))[0]
    wishes = PreferencesIn(from_time=time(13), until_time=time(13))
    plan = await proposed(database, world, first.starts_at, wishes)
    await book_one(database, world, plan[2].starts_at, email="quick@example.test")
    with pytest.raises(PlanChanged):
        await book_wishing(database, world, first.starts_at, wishes, plan=plan_mark(plan))
    assert await count_visits(database, world) == 1
    again = await proposed(database, world, first.starts_at, wishes)
    assert plan_mark(again) != plan_mark(plan)
    booked = await book_wishing(database, world, first.starts_at, wishes, plan=plan_mark(again))
    assert len(await booking_ids(database, world, booked)) == 4


async def test_a_plan_at_the_same_times_with_other_departures_is_another_plan(database: Database) -> None:
    world = await live_clinic(database)
    first = (await free_slots(database, world))[-1]
    late = PreferencesIn(from_time=time(20))
    plan = await proposed(database, world, first.starts_at, late)
    usual = await proposed(database, world, first.starts_at, PreferencesIn())
    assert [one.starts_at for one in plan] == [one.starts_at for one in usual]
    assert plan_mark(plan) != plan_mark(usual)


async def test_wishes_that_make_no_sense_are_field_errors_and_nothing_is_booked(database: Database) -> None:
    world = await live_clinic(database)
    first = (await free_slots(database, world))[0].starts_at
    with pytest.raises(InvalidFields) as backwards:
        await book_wishing(database, world, first, PreferencesIn(from_time=time(12), until_time=time(11, 59)))
    assert [one.field for one in backwards.value.errors] == ["preferences.until_time"]
    single = booking_in(world, first).model_copy(update={"preferences": PreferencesIn(weekdays=[1])})
    with pytest.raises(InvalidFields) as alone:
        async with database.begin(world.scope) as work:
            await book(work, single)
    assert [one.field for one in alone.value.errors] == ["preferences"]
    for field, nonsense in (("weekdays", []), ("weekdays", [7]), ("from_time", "noon")):
        with pytest.raises(ValidationError):
            PreferencesIn.model_validate({field: nonsense})
    assert await count_visits(database, world) == 0
