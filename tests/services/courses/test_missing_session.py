"""A course that misses a session gets it: at its position, inside its window, or late where the window is over."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from services.courses.booking import NothingMissing, book_missing_session
from services.courses.rules import missing_session
from services.courses.service import get_course
from services.kernel.errors import NotFound
from services.kernel.work import Database
from services.scheduling import service as scheduling
from services.scheduling.errors import OutsideCourseWindow
from tests.factories import World, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.visits import complete, settled, whole_course


async def _first_done(database: Database, clock: MovableClock) -> tuple[World, UUID, list[UUID]]:
    world = await live_clinic(database, sessions=2)
    booked, ids = await whole_course(database, world)
    await complete(database, clock, world, ids[0])
    assert booked.course_id is not None
    return world, booked.course_id, ids


async def test_the_missing_session_is_booked_into_its_window_and_told(
    database: Database, clock: MovableClock
) -> None:
    world, course_id, ids = await _first_done(database, clock)
    async with database.begin(world.scope) as work:
        with pytest.raises(NothingMissing):
            await book_missing_session(work, course_id, work.now)
        await scheduling.cancel(work, ids[1], by="client")
        course = await get_course(work, course_id)
    assert course.status == "completed"
    early = (await free_slots(database, world, in_days=2))[0].starts_at
    inside = (await free_slots(database, world, in_days=course.target_days))[0].starts_at
    async with database.begin(world.scope) as work:
        with pytest.raises(OutsideCourseWindow):
            await book_missing_session(work, course_id, early)
        booked = await book_missing_session(work, course_id, inside)
        assert (booked.position, booked.status, booked.group_id) == (2, "confirmed", course_id)
        assert (await get_course(work, course_id)).status == "in_progress"
        with pytest.raises(NothingMissing):
            await book_missing_session(work, course_id, inside)
    told = [one for one in await settled(database, clock) if booked.reference in one.text]
    assert [one.kind for one in told] == ["booking.confirmed.client"]
    other = await live_clinic(database, name="Other Skin")
    async with database.begin(other.scope) as work:
        with pytest.raises(NotFound):
            await book_missing_session(work, course_id, inside)


async def test_a_session_whose_window_is_over_is_booked_late(database: Database, clock: MovableClock) -> None:
    world, course_id, ids = await _first_done(database, clock)
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, ids[1], by="client")
        longest = (await get_course(work, course_id)).max_days
    await clock.advance(timedelta(days=longest + 1))
    late = (await free_slots(database, world, in_days=3))[0].starts_at
    async with database.begin(world.scope) as work:
        assert (await book_missing_session(work, course_id, late)).position == 2


@pytest.mark.parametrize(
    ("total", "standing", "expected"),
    [(4, {1, 2, 3, 4}, None), (4, {1, 3, 4}, 2), (4, {1}, 2), (3, set(), 1), (1, {1}, None)],
)
def test_the_first_planned_session_without_a_visit_is_missing(
    total: int, standing: set[int], expected: int | None
) -> None:
    assert missing_session(total, standing) == expected
