"""A course that misses a session gets it: at its position, inside its window, or late where the window is over."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from services.courses.booking import NothingMissing, book_missing_session
from services.courses.moving import move_visit, preview_move
from services.courses.rules import missing_session
from services.courses.service import get_course
from services.kernel.errors import NotFound
from services.kernel.scope import AccountScope
from services.kernel.work import Database
from services.scheduling import service as scheduling
from services.scheduling.errors import OutsideCourseWindow
from services.treatments import service as treatments
from services.treatments.schemas import CoursePatch, TreatmentPatch
from tests.factories import (
    World,
    add_practitioner,
    book_one,
    booking_ids,
    free_slots,
    live_clinic,
    person,
)
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


async def test_of_two_who_book_the_missing_session_at_once_one_finds_nothing_missing(
    database: Database, clock: MovableClock
) -> None:
    world, course_id, ids = await _first_done(database, clock)
    await add_practitioner(database, world)
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, ids[1], by="client")
        course = await get_course(work, course_id)
    times = [one.starts_at for one in await free_slots(database, world, in_days=course.target_days)]

    async def press(starts_at: datetime) -> str:
        try:
            async with database.begin(world.scope) as work:
                await book_missing_session(work, course_id, starts_at)
        except NothingMissing:
            return "nothing missing"
        return "booked"

    assert sorted(await asyncio.gather(press(times[0]), press(times[-1]))) == ["booked", "nothing missing"]
    async with database.begin(world.scope) as work:
        sessions = await scheduling.list_group(work, course_id)
    assert [one.position for one in sessions if one.status == "confirmed"] == [2]


async def test_a_session_the_clinic_books_into_a_course_is_its_accounts_own(database: Database) -> None:
    world = await live_clinic(database, sessions=2)
    account, _ = await person(database, email="ana@example.test")
    booked = await book_one(database, world, whole_course=True, account_id=account.account_id)
    ids = await booking_ids(database, world, booked)
    assert booked.course_id is not None
    async with database.begin(world.scope) as work:
        session = await scheduling.get_booking(work, ids[1])
        await scheduling.cancel(work, ids[1], by="client")
        again = await book_missing_session(work, booked.course_id, session.starts_at)
    assert again.account_id == account.account_id
    async with database.begin(AccountScope(account.account_id)) as work:
        assert again.reference in {one.reference for one in await scheduling.list_own_bookings(work)}


async def test_a_session_moves_inside_the_interval_that_its_course_began_with(database: Database) -> None:
    world = await live_clinic(database)
    booked = await book_one(database, world, whole_course=True)
    ids = await booking_ids(database, world, booked)
    wider = CoursePatch(min_days=50, target_days=60, max_days=70)
    async with database.begin(world.scope) as work:
        await treatments.update_treatment(work, world.treatment_id, TreatmentPatch(course=wider))
        assert booked.course_id is not None
        course = await get_course(work, booked.course_id)
        last = await scheduling.get_booking(work, ids[-1])
        later = last.starts_at + timedelta(days=2)
        assert (await preview_move(work, last.id, later)).starts_at == later
        moved = await move_visit(work, last.id, later)
        with pytest.raises(OutsideCourseWindow):
            await move_visit(work, last.id, last.starts_at + timedelta(days=course.max_days))
    assert moved.starts_at == later
