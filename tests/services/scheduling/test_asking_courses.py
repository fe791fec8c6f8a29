"""A client asks for another time of a session: its windows hold when asked and when accepted, later ones follow."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from services.courses.moving import accept_move, move_visit
from services.kernel.work import Database
from services.scheduling import service as scheduling
from services.scheduling.asked_moves import find_open, get_asked, list_open
from services.scheduling.errors import OutsideCourseWindow
from services.scheduling.following import reflow_of
from services.treatments.models import BookingMode
from tests.factories import World, live_clinic
from tests.services.scheduling.asked import accepted, ask


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database, booking_mode=BookingMode.REQUEST)


async def test_a_course_asks_with_the_later_sessions_and_moves_with_them_or_not(
    database: Database, world: World
) -> None:
    course = await accepted(database, world, whole_course=True)
    second = course[1]
    there = second.starts_at + timedelta(days=14)
    async with database.begin(world.scope) as work:
        with pytest.raises(OutsideCourseWindow) as refused:
            await move_visit(work, second.id, there, by="client")
    rest = reflow_of(refused.value)
    assert rest
    asked = await ask(database, world, second, there, rest=rest)
    assert asked.times == {second.id: there, **rest}
    async with database.begin(world.scope) as work:
        follower = await find_open(work, next(iter(rest)))
        assert follower == asked
        moved = await accept_move(work, second.id)
        group = {one.id: one.starts_at for one in await scheduling.list_group(work, second.group_id)}
    assert moved.starts_at == there
    assert {one: group[one] for one in asked.times} == asked.times


async def test_sessions_follow_anew_as_if_nothing_was_held_for_them(database: Database, world: World) -> None:
    course = await accepted(database, world, whole_course=True)
    second = course[1]
    there = second.starts_at + timedelta(days=14)

    async def proposed() -> dict[UUID, datetime]:
        async with database.begin(world.scope) as work:
            with pytest.raises(OutsideCourseWindow) as refused:
                await move_visit(work, second.id, there, by="client")
        return reflow_of(refused.value)

    rest = await proposed()
    await ask(database, world, second, there, rest=rest)
    assert await proposed() == rest


async def test_a_follower_that_falls_away_ends_the_whole_wish(database: Database, world: World) -> None:
    course = await accepted(database, world, whole_course=True)
    second = course[1]
    there = second.starts_at + timedelta(days=14)
    async with database.begin(world.scope) as work:
        with pytest.raises(OutsideCourseWindow) as refused:
            await move_visit(work, second.id, there, by="client")
    rest = reflow_of(refused.value)
    asked = await ask(database, world, second, there, rest=rest)
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, max(rest, key=lambda one: rest[one]), by="client")
        assert (await get_asked(work, asked.id)).answer == "over"
        assert await list_open(work) == []


async def test_the_courses_windows_hold_when_it_is_accepted(database: Database, world: World) -> None:
    course = await accepted(database, world, whole_course=True)
    before, last = course[-2], course[-1]
    async with database.begin(world.scope) as work:
        await move_visit(work, last.id, last.starts_at + timedelta(days=7), by="clinic")
    await ask(database, world, last, last.starts_at)
    async with database.begin(world.scope) as work:
        # Five days later is right for where the last session is, and too near to where it is asked to be.
        await move_visit(work, before.id, before.starts_at + timedelta(days=5), by="clinic")
    async with database.begin(world.scope) as work:
        with pytest.raises(OutsideCourseWindow):
            await accept_move(work, last.id)
    async with database.begin(world.scope) as work:
        assert (await find_open(work, last.id)) is not None
