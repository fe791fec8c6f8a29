"""A course is paused, gone on with, and stopped; what falls away with it is told once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.courses.booking import CourseStopped, book_missing_session
from services.courses.service import get_course
from services.courses.state_schemas import PauseIn, StopIn
from services.courses.states import CourseOver, NotPaused, pause_course, resume_course, stop_course
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.work import Database
from services.scheduling import service as scheduling
from services.treatments.models import BookingMode
from tests.factories import World, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.visits import complete, sent, settled, whole_course


async def under_way(database: Database, clock: MovableClock) -> tuple[World, UUID, list[UUID]]:
    """A course of three of which the first took place."""
    world = await live_clinic(database, sessions=3)
    booked, ids = await whole_course(database, world)
    await complete(database, clock, world, ids[0])
    await sent(database)
    assert booked.course_id is not None
    return world, booked.course_id, ids


async def test_a_paused_course_goes_on_by_itself_on_its_day_or_before(
    database: Database, clock: MovableClock
) -> None:
    world, course_id, _ = await under_way(database, clock)
    async with database.begin(world.scope) as work:
        today = work.now.date()
        until = today + timedelta(days=20)
        paused = await pause_course(work, course_id, PauseIn(until=until))
        assert (paused.state, paused.status, paused.paused_until) == ("paused", "in_progress", until)
        assert (await resume_course(work, course_id)).state == "active"
        with pytest.raises(NotPaused):
            await resume_course(work, course_id)
        await pause_course(work, course_id, PauseIn(until=until))
        for wrong in (today - timedelta(days=1), today + timedelta(days=400)):
            with pytest.raises(InvalidFields) as refused:
                await pause_course(work, course_id, PauseIn(until=wrong))
            assert refused.value.errors[0].field == "until"
    await clock.advance(timedelta(days=21))
    async with database.begin(world.scope) as work:
        course = await get_course(work, course_id)
    assert (course.state, course.paused_until) == ("active", None)


async def test_stopping_cancels_what_is_booked_and_tells_the_client_once(
    database: Database, clock: MovableClock
) -> None:
    world, course_id, _ = await under_way(database, clock)
    before = len(await sent(database))
    async with database.begin(world.scope) as work:
        with pytest.raises(InvalidFields) as refused:
            await stop_course(work, course_id, StopIn(reason="health"))
        assert refused.value.errors[0].field == "cancel_booked"
        given = StopIn(reason="health", words="As we agreed on the phone.", cancel_booked=True)
        stopped = await stop_course(work, course_id, given)
        assert (stopped.state, stopped.stop_reason, stopped.stopped_by) == ("stopped", "health", "Owen Lind")
        assert [one.status for one in await scheduling.list_group(work, course_id)] == [
            "completed",
            "cancelled",
            "cancelled",
        ]
        for again in (
            stop_course(work, course_id, given),
            pause_course(work, course_id, _in_a_week(work.now)),
        ):
            with pytest.raises(CourseOver):
                await again
        with pytest.raises(CourseStopped):
            await book_missing_session(work, course_id, work.now)
    told = (await sent(database))[before:]
    assert [one.kind for one in told] == ["course.stopped"]
    assert "As we agreed on the phone." in told[0].text
    assert "health" not in told[0].subject + told[0].text
    assert ("Session 2" in told[0].text, "Session 3" in told[0].text) == (True, True)
    assert [one.content.count("STATUS:CANCELLED") for one in told[0].attachments] == [1, 1]
    async with database.begin(world.scope) as work:
        assert (await resume_course(work, course_id)).state == "active"


def _in_a_week(now: datetime) -> PauseIn:
    return PauseIn(until=(now + timedelta(days=7)).date())


async def test_a_course_is_stopped_with_its_booked_sessions_kept(
    database: Database, clock: MovableClock
) -> None:
    world, course_id, ids = await under_way(database, clock)
    before = len(await sent(database))
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, ids[1], by="client")
        given = StopIn(reason="result_reached", cancel_booked=False)
        assert (await stop_course(work, course_id, given)).state == "stopped"
        assert (await scheduling.get_booking(work, ids[2])).status == "confirmed"
    kinds = [one.kind for one in (await settled(database, clock))[before:]]
    assert kinds.count("booking.cancelled.client") == 1
    assert "course.stopped" not in kinds


async def test_a_session_that_fell_away_leaves_the_course_active_and_is_booked_again(
    database: Database, clock: MovableClock
) -> None:
    world, course_id, ids = await under_way(database, clock)
    async with database.begin(world.scope) as work:
        for booking_id in ids[1:]:
            await scheduling.cancel(work, booking_id, by="client")
        course = await get_course(work, course_id)
    assert (course.state, course.status, course.done) == ("active", "completed", 1)
    inside = (await free_slots(database, world, in_days=course.target_days))[0].starts_at
    async with database.begin(world.scope) as work:
        assert (await book_missing_session(work, course_id, inside)).position == 2


async def test_a_course_that_waits_for_the_clinics_answer_is_proposed(database: Database) -> None:
    world = await live_clinic(database, booking_mode=BookingMode.REQUEST, sessions=2)
    booked, ids = await whole_course(database, world)
    assert booked.course_id is not None
    async with database.begin(world.scope) as work:
        assert (await get_course(work, booked.course_id)).state == "proposed"
        await scheduling.accept(work, ids[0])
        assert (await get_course(work, booked.course_id)).state == "active"


async def test_another_clinics_course_is_not_found(database: Database, clock: MovableClock) -> None:
    _, course_id, _ = await under_way(database, clock)
    other = await live_clinic(database, name="Other Skin")
    async with database.begin(other.scope) as work:
        with pytest.raises(NotFound):
            await stop_course(work, course_id, StopIn(reason="other"))


def test_why_a_course_is_stopped_is_one_of_the_reasons() -> None:
    with pytest.raises(ValidationError):
        StopIn(reason="bored")
