"""A client hears exactly once of what falls away with a stopped course: in time, and only what is still true."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from infra.platform.mail import MailboxOnly
from services.courses.booking import book_missing_session
from services.courses.state_schemas import StopIn
from services.courses.states import resume_course, stop_course
from services.kernel.work import Database
from services.notices import service as notices
from services.notices.models import Audience
from services.notices.repository import ToldRepository
from services.notices.schemas import SentNotice
from services.scheduling import service as scheduling
from tests.factories import World, book_one, booking_ids, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.test_quiet import CHICAGO, at_local, nights
from tests.services.notices.test_truth import Away, rows
from tests.services.notices.visits import sent, settled
from workers.inline import drain

__all__ = ["nights"]
ENDS = frozenset({"course.stopped", "booking.cancelled.client"})


async def planned(database: Database) -> tuple[World, UUID, list[UUID]]:
    """A course of three sessions, the first a week ahead at nine o'clock, of which the client was told."""
    world = await live_clinic(database, sessions=3)
    slots = await free_slots(database, world)
    nine = next(one.starts_at for one in slots if one.starts_at.astimezone(CHICAGO).hour == 9)
    booked = await book_one(database, world, nine, whole_course=True)
    await sent(database)
    assert booked.course_id is not None
    return world, booked.course_id, await booking_ids(database, world, booked)


async def stop(database: Database, world: World, course_id: UUID) -> None:
    async with database.begin(world.scope) as work:
        await stop_course(work, course_id, StopIn(reason="health", cancel_booked=True))


async def resume(database: Database, world: World, course_id: UUID) -> None:
    async with database.begin(world.scope) as work:
        await resume_course(work, course_id)


async def ends(database: Database, clock: MovableClock) -> list[SentNotice]:
    """What was said of what falls away, once all that has changed has stood."""
    return [one for one in await settled(database, clock) if one.kind in ENDS]


async def test_a_stop_that_ends_a_visit_of_the_next_morning_is_told_in_the_night(
    nights: Database, clock: MovableClock
) -> None:
    world, course_id, ids = await planned(nights)
    async with nights.begin(world.scope) as work:
        first = await scheduling.get_booking(work, ids[0])
    await clock.advance(first.starts_at - timedelta(hours=10) - await clock.now())
    await stop(nights, world, course_id)
    (told,) = await ends(nights, clock)
    assert (told.kind, told.sent_at < first.starts_at) == ("course.stopped", True)


async def test_a_stop_that_ends_nothing_of_the_next_morning_waits_for_it(
    nights: Database, clock: MovableClock
) -> None:
    world, course_id, _ = await planned(nights)
    await at_local(clock, 22)
    await stop(nights, world, course_id)
    assert await ends(nights, clock) == []
    await at_local(clock, 8)
    for _ in range(2):
        assert [one.kind for one in await ends(nights, clock)] == ["course.stopped"]


async def test_what_a_letter_about_a_stop_has_told_is_not_told_again_when_the_course_goes_on(
    database: Database, clock: MovableClock
) -> None:
    world, course_id, ids = await planned(database)
    await stop(database, world, course_id)
    assert [one.kind for one in await sent(database) if one.kind in ENDS] == ["course.stopped"]
    await resume(database, world, course_id)
    assert [one.kind for one in await ends(database, clock)] == ["course.stopped"]
    async with database.begin(world.scope) as work:
        assert {one.status for one in await scheduling.list_group(work, course_id)} == {"cancelled"}
        known = await ToldRepository(work).last(Audience.CLIENT, ids)
        assert {one.status for one in known.values()} == {"cancelled"}
        client_id = (await scheduling.get_booking(work, ids[0])).client_id
        assert "course.stopped" in {one.kind for one in await notices.list_to_client(work, client_id, 20)}


@pytest.mark.parametrize("minutes", [1, 10])
async def test_of_a_stop_that_was_taken_back_in_the_night_each_cancelled_session_is_told_once(
    nights: Database, clock: MovableClock, minutes: int
) -> None:
    world, course_id, ids = await planned(nights)
    await at_local(clock, 22)
    await stop(nights, world, course_id)
    await drain(nights, MailboxOnly())
    await clock.advance(timedelta(minutes=minutes))
    await drain(nights, MailboxOnly())
    await resume(nights, world, course_id)
    assert await ends(nights, clock) == []
    await at_local(clock, 8)
    for _ in range(2):
        told = [one.kind for one in await ends(nights, clock)]
        assert told == ["booking.cancelled.client"] * len(ids)
    (held,) = await rows(nights, "course.stopped")
    assert (held.state, held.error) == ("dropped", "it was not true any more")


async def test_a_letter_about_a_stop_that_could_not_go_before_it_was_taken_back_is_dropped(
    database: Database, clock: MovableClock
) -> None:
    world, course_id, ids = await planned(database)
    await stop(database, world, course_id)
    await drain(database, Away(), strict=False)
    await resume(database, world, course_id)
    await clock.advance(timedelta(minutes=5))
    told = [one.kind for one in await ends(database, clock)]
    assert told == ["booking.cancelled.client"] * len(ids)


async def test_a_second_stop_is_told_beside_what_the_first_one_left_untold(
    nights: Database, clock: MovableClock
) -> None:
    world, course_id, ids = await planned(nights)
    await at_local(clock, 22)
    await stop(nights, world, course_id)
    await drain(nights, MailboxOnly())
    await clock.advance(timedelta(minutes=10))
    await resume(nights, world, course_id)
    later = (await free_slots(nights, world, in_days=14))[0].starts_at
    async with nights.begin(world.scope) as work:
        await book_missing_session(work, course_id, later)
    await stop(nights, world, course_id)
    assert await ends(nights, clock) == []
    await at_local(clock, 8)
    told = sorted(one.kind for one in await ends(nights, clock))
    assert told == [*["booking.cancelled.client"] * len(ids), "course.stopped"]
