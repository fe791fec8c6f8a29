"""The board: what is due in each course, the most urgent first; check-ins until somebody has dealt with them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from services.courses import followups
from services.courses.board import BoardRow, read_board
from services.courses.followup_schemas import CheckInAnswer, Handled
from services.courses.service import list_closed_courses
from services.courses.state_rules import Due
from services.courses.state_schemas import PauseIn, StopIn
from services.courses.states import pause_course, resume_course, stop_course
from services.kernel.work import Database
from services.scheduling import service as scheduling
from tests.factories import World, live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.visits import complete, completed_visit, sent, whole_course


async def board(database: Database, world: World, name: str = "") -> list[BoardRow]:
    async with database.begin(world.scope) as work:
        return (await read_board(work, name)).rows


async def dropped(database: Database, clock: MovableClock) -> tuple[World, UUID, list[UUID]]:
    """A course of three: one session took place, the second fell away, the third is booked."""
    world = await live_clinic(database, sessions=3)
    booked, ids = await whole_course(database, world)
    await complete(database, clock, world, ids[0])
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, ids[1], by="client")
    assert booked.course_id is not None
    return world, booked.course_id, ids


async def test_a_session_that_fell_away_stays_due_until_it_is_booked_or_the_course_stopped(
    database: Database, clock: MovableClock
) -> None:
    world, course_id, ids = await dropped(database, clock)
    (row,) = await board(database, world)
    assert row.missing is not None
    assert (row.missing.position, row.missing.due, row.due) == (2, Due.LATER, None)
    assert row.following is not None
    assert row.following.id == ids[2]
    assert row.missing.to_on is not None
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, ids[2], by="client")
    found = []
    (row,) = await board(database, world)
    assert row.missing is not None
    assert (row.missing.from_on, row.missing.to_on) != (None, None)
    for days in (28, 15, 15, 400):
        await clock.advance(timedelta(days=days))
        found += [row.due for row in await board(database, world)]
    assert found == [Due.DUE, Due.OVERDUE, Due.AT_RISK, Due.AT_RISK]
    async with database.begin(world.scope) as work:
        await pause_course(work, course_id, PauseIn(until=work.now.date() + timedelta(days=9)))
    assert [row.due for row in await board(database, world)] == [None]
    async with database.begin(world.scope) as work:
        await resume_course(work, course_id)
        await stop_course(work, course_id, StopIn(reason="not_reached"))
        assert [one.state for one in (await list_closed_courses(work)).items] == ["stopped"]
    assert await board(database, world) == []


async def test_a_missed_session_puts_the_course_at_risk_at_once(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, sessions=2)
    booked, ids = await whole_course(database, world)
    await complete(database, clock, world, ids[0])
    await clock.advance(booked.sessions[1].starts_at - await clock.now() + timedelta(minutes=5))
    async with database.begin(world.scope) as work:
        await scheduling.mark_no_show(work, ids[1])
    (row,) = await board(database, world)
    assert row.due is Due.AT_RISK


async def test_the_board_is_searched_by_name_and_finished_courses_are_paged(
    database: Database, clock: MovableClock
) -> None:
    world, course_id, _ = await dropped(database, clock)
    assert [row.course.id for row in await board(database, world, "ana t")] == [course_id]
    assert await board(database, world, "a%a") == []
    async with database.begin(world.scope) as work:
        await stop_course(work, course_id, StopIn(reason="other", cancel_booked=False))
        page = await list_closed_courses(work, limit=1)
        assert ([one.id for one in page.items], page.next) == ([course_id], None)
        assert (await list_closed_courses(work, "nobody")).items == []


async def test_a_check_in_with_a_sign_waits_until_somebody_has_dealt_with_it(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    booking_id = await completed_visit(database, clock, world)
    await sent(database)
    await clock.advance(timedelta(days=1, minutes=5))
    await sent(database)
    async with database.begin(world.scope) as work:
        (asked,) = await followups.list_check_ins(work, booking_id)
        with pytest.raises(followups.NothingToHandle):
            await followups.handle_check_in(work, asked.id, Handled(note="Too soon."))
        answer = CheckInAnswer(downtime_days=1, discomfort=4, fever=True, text="Since last night.")
        await followups.answer_check_in(work, asked.id, answer)
        assert await followups.count_waiting(work) == 1
        assert [one.check_in.id for one in (await followups.list_waiting(work)).items] == [asked.id]
        read = await followups.read_check_in(work, asked.id)
        assert (read.answer, read.note) == (answer, "")
        done = await followups.handle_check_in(work, asked.id, Handled(note="Called; comes in at 9."))
        assert (done.handled_by, done.needs_answer) == ("Owen Lind", False)
        assert (await followups.read_check_in(work, asked.id)).note == "Called; comes in at 9."
        assert (await followups.list_waiting(work)).items == []
        with pytest.raises(followups.NothingToHandle):
            await followups.handle_check_in(work, asked.id, Handled(note="Again."))
