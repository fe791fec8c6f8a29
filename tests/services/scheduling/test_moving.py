"""Moving a visit: seen before, made, and taken back; and the later sessions of a course that follow it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest

from services.clinics import service as clinics
from services.clinics.schemas import ClinicPatch, NewRoom
from services.kernel.errors import InvalidFields
from services.kernel.work import Database
from services.scheduling.block_schemas import NewBlock
from services.scheduling.blocking import block_time
from services.scheduling.booking import (
    arrive,
    cancel,
    get_booking,
    list_group,
    preview_move,
    reschedule,
    undo,
)
from services.scheduling.errors import OutsideCourseWindow, SlotTaken, UndoTooLate
from services.scheduling.following import reflow_of
from services.scheduling.schemas import BookingView
from services.treatments.models import BookingMode
from tests.factories import World, add_practitioner, book_one, booking_ids, free_slots, live_clinic
from tests.fixtures import MovableClock


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database)


async def course(database: Database, world: World) -> list[BookingView]:
    booked = await book_one(database, world, whole_course=True)
    first = (await booking_ids(database, world, booked))[0]
    async with database.begin(world.scope) as work:
        return await list_group(work, (await get_booking(work, first)).group_id)


async def visit(database: Database, world: World, **options: Any) -> BookingView:
    booked = await book_one(database, world, **options)
    async with database.begin(world.scope) as work:
        return await get_booking(work, (await booking_ids(database, world, booked))[0])


async def test_a_preview_says_what_a_move_then_does_and_writes_nothing(
    database: Database, world: World
) -> None:
    mine = await visit(database, world)
    later = mine.starts_at + timedelta(minutes=15)
    async with database.begin(world.scope) as work:
        seen = await preview_move(work, mine.id, later)
    async with database.begin(world.scope) as work:
        assert await get_booking(work, mine.id) == mine
        moved = await reschedule(work, mine.id, later, by="clinic")
    assert (seen.starts_at, seen.ends_at) == (moved.starts_at, moved.ends_at)
    assert (seen.practitioner_id, seen.room_id) == (moved.practitioner_id, moved.room_id)
    assert seen.rest == ()


async def test_a_move_goes_into_the_room_that_is_named(database: Database, world: World) -> None:
    mine = await visit(database, world)
    async with database.begin(world.scope) as work:
        other = await clinics.add_room(work, NewRoom(location_id=world.location_id, name="Room 2"))
    async with database.begin(world.scope) as work:
        moved = await reschedule(work, mine.id, mine.starts_at, by="clinic", room_id=other.id)
    assert (moved.room_id, moved.starts_at) == (other.id, mine.starts_at)
    async with database.begin(world.scope) as work:
        with pytest.raises(InvalidFields):
            await preview_move(work, mine.id, mine.starts_at, room_id=world.device_id)


async def test_people_change_at_a_time_that_is_not_on_the_grid_any_more_and_others_are_on_it(
    database: Database, world: World
) -> None:
    other = await add_practitioner(database, world)
    at = next(slot.starts_at for slot in await free_slots(database, world) if slot.starts_at.minute == 15)
    mine = await visit(database, world, starts_at=at)
    async with database.begin(world.scope) as work:
        await clinics.update_clinic(work, ClinicPatch(grid_minutes=30))
    who = ({world.practitioner_id, other} - {mine.practitioner_id}).pop()
    async with database.begin(world.scope) as work:
        seen = await preview_move(work, mine.id, at, practitioner_id=who)
        moved = await reschedule(work, mine.id, at, by="clinic", practitioner_id=who)
    assert (seen.starts_at, moved.starts_at, moved.practitioner_id) == (at, at, who)
    async with database.begin(world.scope) as work:
        with pytest.raises(InvalidFields):
            await reschedule(work, mine.id, at + timedelta(minutes=30), by="clinic")
    day = mine.local_starts_at.date()
    async with database.begin(world.scope) as work:
        room = await clinics.add_room(work, NewRoom(location_id=world.location_id, name="Room 2"))
        morning = NewBlock(resource_id=room.id, first_on=day, opens=time(9), closes=time(12))
        await block_time(work, morning)
    async with database.begin(world.scope) as work:
        with pytest.raises(SlotTaken) as refused:
            await reschedule(work, mine.id, at, by="clinic", room_id=room.id)
    near = [datetime.fromisoformat(one["starts_at"]) for one in refused.value.extra["alternatives"]]
    assert near
    assert {one.minute for one in near} <= {0, 30}


async def test_a_taken_time_is_refused_with_alternatives_before_anything_is_done(
    database: Database, world: World
) -> None:
    slots = await free_slots(database, world)
    mine = await visit(database, world, starts_at=slots[0].starts_at)
    theirs = await visit(database, world, starts_at=slots[-1].starts_at, email="bo@example.test")
    async with database.begin(world.scope) as work:
        with pytest.raises(SlotTaken) as refused:
            await preview_move(work, mine.id, theirs.starts_at)
    assert refused.value.extra["alternatives"]


async def test_a_move_is_taken_back_with_person_and_room(database: Database, world: World) -> None:
    mine = await visit(database, world)
    other = await add_practitioner(database, world)
    async with database.begin(world.scope) as work:
        moved = await reschedule(
            work, mine.id, mine.starts_at + timedelta(hours=2), by="clinic", practitioner_id=other
        )
        assert moved.can_undo(work.now)
        assert moved.moved_from_at == mine.starts_at
    async with database.begin(world.scope) as work:
        back = await undo(work, mine.id)
        assert not back.can_undo(work.now)
    where = ("starts_at", "ends_at", "practitioner_id", "room_id", "device_id", "status")
    assert {name: getattr(back, name) for name in where} == {name: getattr(mine, name) for name in where}
    assert back.sequence == mine.sequence + 2


async def test_a_move_is_not_taken_back_late_nor_into_a_time_that_is_taken(
    database: Database, world: World, clock: MovableClock
) -> None:
    mine = await visit(database, world)
    async with database.begin(world.scope) as work:
        moved = await reschedule(work, mine.id, mine.starts_at + timedelta(hours=2), by="clinic")
    await visit(database, world, starts_at=mine.starts_at, email="bo@example.test")
    async with database.begin(world.scope) as work:
        with pytest.raises(SlotTaken):
            await undo(work, mine.id)
    async with database.begin(world.scope) as work:
        assert (await get_booking(work, mine.id)).starts_at == moved.starts_at
    await clock.advance(timedelta(minutes=11))
    async with database.begin(world.scope) as work:
        assert not (await get_booking(work, mine.id)).can_undo(work.now)


async def test_who_takes_an_arrival_back_twice_does_not_move_the_visit(
    database: Database, world: World, clock: MovableClock
) -> None:
    mine = await visit(database, world)
    await clock.advance(mine.starts_at - await clock.now() - timedelta(minutes=5))
    async with database.begin(world.scope) as work:
        moved = await reschedule(work, mine.id, mine.starts_at + timedelta(hours=2), by="clinic")
    async with database.begin(world.scope) as work:
        await arrive(work, mine.id)
    async with database.begin(world.scope) as work:
        await undo(work, mine.id)
    async with database.begin(world.scope) as work:
        with pytest.raises(UndoTooLate):
            await undo(work, mine.id)
    async with database.begin(world.scope) as work:
        assert (await get_booking(work, mine.id)).starts_at == moved.starts_at


async def test_a_request_that_is_back_is_answered_by_the_time_that_the_client_was_told(
    database: Database,
) -> None:
    world = await live_clinic(database, booking_mode=BookingMode.REQUEST)
    mine = await visit(database, world)
    sooner = (await free_slots(database, world, in_days=0, days=3))[0].starts_at
    async with database.begin(world.scope) as work:
        await reschedule(work, mine.id, sooner, by="clinic")
    async with database.begin(world.scope) as work:
        assert (await get_booking(work, mine.id)).answer_by == sooner
    async with database.begin(world.scope) as work:
        await undo(work, mine.id)
    async with database.begin(world.scope) as work:
        back = await get_booking(work, mine.id)
    assert (back.status, back.starts_at, back.answer_by) == ("requested", mine.starts_at, mine.answer_by)


async def test_what_the_client_moved_the_clinic_does_not_take_back(database: Database, world: World) -> None:
    mine = await visit(database, world)
    async with database.begin(world.scope) as work:
        moved = await reschedule(work, mine.id, mine.starts_at + timedelta(hours=2))
        assert not moved.can_undo(work.now)


async def test_later_sessions_follow_one_that_is_moved_all_or_none(database: Database, world: World) -> None:
    group = await course(database, world)
    second = group[1]
    to = second.starts_at + timedelta(days=21)
    async with database.begin(world.scope) as work:
        with pytest.raises(OutsideCourseWindow) as refused:
            await reschedule(work, second.id, to, by="clinic")
    rest = reflow_of(refused.value)
    assert rest == {}  # too far from the first session as well
    to = second.starts_at + timedelta(days=14)
    async with database.begin(world.scope) as work:
        with pytest.raises(OutsideCourseWindow) as refused:
            await reschedule(work, second.id, to, by="clinic")
        rest = reflow_of(refused.value)
        seen = await preview_move(work, second.id, to)
    assert set(rest) == {one.id for one in group[2:]}
    assert {one.id: at for one, at in seen.rest} == rest
    async with database.begin(world.scope) as work:
        await reschedule(work, second.id, to, by="clinic", rest=rest)
        moved = await list_group(work, second.group_id)
    days = [one.local_starts_at.date() for one in moved]
    gaps = [(after - before).days for before, after in pairwise(days)]
    assert all(28 <= gap <= 42 for gap in gaps)
    assert [one.starts_at for one in moved[2:]] == [rest[one.id] for one in group[2:]]
    async with database.begin(world.scope) as work:
        await undo(work, second.id)
        assert [one.starts_at for one in await list_group(work, second.group_id)] == [
            one.starts_at for one in group
        ]


async def test_a_taken_time_of_a_later_session_moves_none(database: Database, world: World) -> None:
    group = await course(database, world)
    second, to = group[1], group[1].starts_at + timedelta(days=14)
    async with database.begin(world.scope) as work:
        rest = {one.id: at for one, at in (await preview_move(work, second.id, to)).rest}
    async with database.begin(world.scope) as work:
        with pytest.raises(OutsideCourseWindow):
            await reschedule(work, second.id, to, by="clinic", rest={group[2].id: rest[group[2].id]})
    async with database.begin(world.scope) as work:
        assert await list_group(work, second.group_id) == group


async def test_only_what_no_longer_fits_gets_another_time(database: Database, world: World) -> None:
    group = await course(database, world)
    async with database.begin(world.scope) as work:
        await cancel(work, group[3].id, by="clinic", reason="Not needed")
        seen = await preview_move(work, group[0].id, group[0].starts_at + timedelta(days=-2))
    assert seen.rest == ()


async def test_the_only_session_left_of_a_course_is_moved_no_further_than_the_clinic_takes_bookings(
    database: Database, world: World
) -> None:
    first, second, *later = await course(database, world)
    far = (first.local_starts_at + timedelta(weeks=100)).astimezone(UTC)
    async with database.begin(world.scope) as work:
        for one in (second, *later):
            await cancel(work, one.id, by="client")
    async with database.begin(world.scope) as work:
        with pytest.raises(InvalidFields) as refused:
            await reschedule(work, first.id, far)
        assert [error.code for error in refused.value.errors] == ["too-far"]
    async with database.begin(world.scope) as work:
        assert (await reschedule(work, first.id, far, by="clinic")).starts_at == far
