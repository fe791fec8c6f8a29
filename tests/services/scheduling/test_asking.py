"""A client asks for another time of a visit that the clinic accepted: held, answered, or over."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.clinics import service as clinics
from services.clinics.hours_schemas import NewException
from services.clinics.schemas import ClinicPatch
from services.courses.moving import accept_move, move_visit
from services.kernel.errors import InvalidFields
from services.kernel.work import ClinicWork, Database
from services.scheduling import service as scheduling
from services.scheduling.asked_moves import (
    decline_move,
    expire_move,
    find_open,
    get_asked,
    list_open,
    take_back,
)
from services.scheduling.block_schemas import NewBlock
from services.scheduling.blocking import block_time
from services.scheduling.errors import MoveOver, SlotTaken, TimeInUse
from services.scheduling.schemas import SlotQuery
from services.treatments import service as treatments
from services.treatments.models import BookingMode
from services.treatments.schemas import TreatmentPatch
from tests.factories import World, add_practitioner, book_one, booking_ids, live_clinic
from tests.fixtures import MovableClock
from tests.services.scheduling.asked import accepted, ask, is_free, later, read

AUSTIN = ZoneInfo("America/Chicago")


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database, booking_mode=BookingMode.REQUEST)


async def claimed(superuser: AsyncEngine) -> int:
    """How many claims of holds there are."""
    async with superuser.connect() as connection:
        found = await connection.scalar(text("SELECT count(*) FROM claim WHERE hold_id IS NOT NULL"))
    return int(found or 0)


async def test_a_clients_move_of_an_accepted_visit_asks_and_holds_the_time(
    database: Database, world: World, clock: MovableClock
) -> None:
    (mine,) = await accepted(database, world)
    there = await later(database, world)
    asked = await ask(database, world, mine, there)
    assert asked.times == {mine.id: there}
    assert asked.until_at - asked.asked_at == timedelta(hours=48)
    assert await read(database, world, mine) == mine
    assert not await is_free(database, world, there)
    with pytest.raises(SlotTaken):
        await book_one(database, world, there, email="bo@example.test")
    await ask(database, world, mine, there)
    async with database.begin(world.scope) as work:
        assert [one.id for one in await list_open(work)] == [asked.id]


async def test_the_clinic_answers_before_any_of_the_visits_begins(
    database: Database, world: World, clock: MovableClock
) -> None:
    (mine,) = await accepted(database, world)
    await clock.advance(mine.starts_at - await clock.now() - timedelta(hours=30))
    async with database.begin(world.scope) as work:
        await clinics.update_clinic(work, ClinicPatch(cancellation_hours=0))
    asked = await ask(database, world, mine, await later(database, world, days=5))
    assert asked.until_at == mine.starts_at


async def test_a_yes_moves_the_visit_as_its_client_would(database: Database, world: World) -> None:
    (mine,) = await accepted(database, world)
    there = await later(database, world)
    await ask(database, world, mine, there)
    async with database.begin(world.scope) as work:
        moved = await accept_move(work, mine.id, seen=there)
    assert (moved.starts_at, moved.sequence, moved.changed_by) == (there, mine.sequence + 1, "client")
    assert (moved.status, moved.moved_from_at) == ("confirmed", mine.starts_at)
    assert await is_free(database, world, mine.starts_at)
    assert not await is_free(database, world, there)
    async with database.begin(world.scope) as work:
        with pytest.raises(MoveOver):
            await accept_move(work, mine.id)
        with pytest.raises(MoveOver):
            await decline_move(work, mine.id)


async def test_a_no_leaves_the_visit_and_frees_the_time(database: Database, world: World) -> None:
    (mine,) = await accepted(database, world)
    there = await later(database, world)
    asked = await ask(database, world, mine, there)
    async with database.begin(world.scope) as work:
        await decline_move(work, mine.id, " Nobody is there. ")
        with pytest.raises(MoveOver):
            await decline_move(work, mine.id)
        ended = await get_asked(work, asked.id)
    assert (ended.answer, ended.reason) == ("declined", "Nobody is there.")
    assert await read(database, world, mine) == mine
    assert await is_free(database, world, there)


async def test_without_an_answer_it_is_over_once(
    database: Database, world: World, clock: MovableClock
) -> None:
    (mine,) = await accepted(database, world)
    there = await later(database, world)
    asked = await ask(database, world, mine, there)
    async with database.begin(world.scope) as work:
        assert await expire_move(work, asked.id) is False
    await clock.advance(timedelta(hours=48))
    async with database.begin(world.scope) as work:
        with pytest.raises(MoveOver):
            await accept_move(work, mine.id)
        with pytest.raises(MoveOver):
            await take_back(work, mine.id)
        assert await expire_move(work, asked.id) is True
        assert await expire_move(work, asked.id) is False
        assert (await get_asked(work, asked.id)).answer == "expired"
    assert await read(database, world, mine) == mine
    assert await is_free(database, world, there)


async def test_who_comes_after_the_deadline_gets_the_time_before_anything_has_ended_it(
    database: Database, world: World, clock: MovableClock
) -> None:
    (mine,) = await accepted(database, world)
    there = await later(database, world)
    asked = await ask(database, world, mine, there)
    await clock.advance(timedelta(hours=48))
    await book_one(database, world, there, email="bo@example.test")
    async with database.begin(world.scope) as work:
        with pytest.raises(MoveOver):
            await accept_move(work, mine.id)
        assert await expire_move(work, asked.id) is True


async def test_a_newer_wish_takes_the_place_of_the_older_one(database: Database, world: World) -> None:
    (mine,) = await accepted(database, world)
    first, second = await later(database, world), await later(database, world, which=4)
    old = await ask(database, world, mine, first)
    new = await ask(database, world, mine, second)
    assert await is_free(database, world, first)
    assert not await is_free(database, world, second)
    async with database.begin(world.scope) as work:
        assert (await get_asked(work, old.id)).answer == "over"
        with pytest.raises(MoveOver):
            await accept_move(work, mine.id, seen=first)
        assert (await find_open(work, mine.id)) == new


async def test_a_wish_beside_the_older_one_is_not_in_its_way(database: Database, world: World) -> None:
    (mine,) = await accepted(database, world)
    there = await later(database, world)
    await ask(database, world, mine, there)
    near = there + timedelta(minutes=15)
    assert (await ask(database, world, mine, near)).starts_at == near


async def test_the_visits_own_time_is_no_obstacle_and_stays_its_own(
    database: Database, world: World, superuser: AsyncEngine
) -> None:
    (mine,) = await accepted(database, world)
    near = mine.starts_at + timedelta(minutes=15)
    await ask(database, world, mine, near)
    assert await claimed(superuser) > 0
    assert not await is_free(database, world, mine.ends_at)
    with pytest.raises(SlotTaken):
        await book_one(database, world, mine.ends_at, email="bo@example.test")
    async with database.begin(world.scope) as work:
        moved = await accept_move(work, mine.id)
    assert (moved.starts_at, moved.practitioner_id, moved.room_id) == (
        near,
        mine.practitioner_id,
        mine.room_id,
    )
    assert await claimed(superuser) == 0
    with pytest.raises(SlotTaken):
        await book_one(database, world, near, email="bo@example.test")


async def test_who_moves_it_to_where_it_is_wants_the_other_time_no_more(
    database: Database, world: World
) -> None:
    (mine,) = await accepted(database, world)
    there = await later(database, world)
    asked = await ask(database, world, mine, there)
    async with database.begin(world.scope) as work:
        assert await move_visit(work, mine.id, mine.starts_at, by="clinic") == mine
        assert await find_open(work, mine.id) == asked
        assert await move_visit(work, mine.id, mine.starts_at) == mine
        assert (await get_asked(work, asked.id)).answer == "taken_back"
    assert await is_free(database, world, there)


async def test_taken_back_it_can_be_asked_anew(database: Database, world: World) -> None:
    (mine,) = await accepted(database, world)
    there = await later(database, world)
    await ask(database, world, mine, there)
    async with database.begin(world.scope) as work:
        await take_back(work, mine.id)
        with pytest.raises(MoveOver):
            await take_back(work, mine.id)
    assert await is_free(database, world, there)
    assert (await ask(database, world, mine, there)).starts_at == there


@pytest.mark.parametrize("what", ["cancel", "cancel_by_clinic", "arrive", "no_show", "move"])
async def test_what_becomes_of_the_visit_otherwise_ends_it(
    database: Database, world: World, clock: MovableClock, what: str
) -> None:
    async with database.begin(world.scope) as work:
        await clinics.update_clinic(work, ClinicPatch(cancellation_hours=0))
    (mine,) = await accepted(database, world)
    await clock.advance(mine.starts_at - await clock.now() - timedelta(minutes=1))
    there = await later(database, world, days=2)
    asked = await ask(database, world, mine, there)
    if what == "no_show":
        await clock.advance(timedelta(minutes=2))
    async with database.begin(world.scope) as work:
        if what == "cancel":
            await scheduling.cancel(work, mine.id, by="client")
        elif what == "cancel_by_clinic":
            await scheduling.cancel(work, mine.id, by="clinic", reason="Ill.")
        elif what == "arrive":
            await scheduling.arrive(work, mine.id)
        elif what == "no_show":
            await scheduling.mark_no_show(work, mine.id)
        else:
            await scheduling.reschedule(work, mine.id, await _other(work, world), by="clinic")
    async with database.begin(world.scope) as work:
        assert (await get_asked(work, asked.id)).answer == "over"
        with pytest.raises(MoveOver):
            await accept_move(work, mine.id)
        with pytest.raises(MoveOver):
            await decline_move(work, mine.id)
    assert await is_free(database, world, there)


async def _other(work: ClinicWork, world: World) -> datetime:
    day = work.now.date() + timedelta(days=3)
    return (await scheduling.list_slots(work, SlotQuery(world.treatment_id, day, day)))[0].starts_at


async def test_the_clinic_itself_moves_at_once_to_the_held_time_too(database: Database, world: World) -> None:
    (mine,) = await accepted(database, world)
    there = await later(database, world)
    await ask(database, world, mine, there)
    async with database.begin(world.scope) as work:
        seen = await scheduling.preview_move(work, mine.id, there)
        moved = await scheduling.reschedule(work, mine.id, there, by="clinic")
    assert (seen.starts_at, moved.starts_at, moved.can_move_back(moved.changed_at)) == (there, there, True)


async def test_a_move_by_the_clinic_that_is_taken_back_ends_what_was_asked_since(
    database: Database, world: World
) -> None:
    (mine,) = await accepted(database, world)
    async with database.begin(world.scope) as work:
        await scheduling.reschedule(work, mine.id, await _other(work, world), by="clinic")
    asked = await ask(database, world, mine, await later(database, world))
    async with database.begin(world.scope) as work:
        back = await scheduling.undo(work, mine.id)
        assert (await get_asked(work, asked.id)).answer == "over"
    assert back.starts_at == mine.starts_at


@pytest.mark.parametrize("mode", [BookingMode.INSTANT, BookingMode.ASK_FIRST])
async def test_what_is_not_booked_on_request_moves_at_once(
    database: Database, world: World, mode: BookingMode
) -> None:
    (mine,) = await accepted(database, world)
    async with database.begin(world.scope) as work:
        await treatments.update_treatment(work, world.treatment_id, TreatmentPatch(booking_mode=mode))
    there = await later(database, world)
    async with database.begin(world.scope) as work:
        assert (await move_visit(work, mine.id, there, by="client")).starts_at == there
        assert await find_open(work, mine.id) is None


async def test_a_request_that_waits_is_a_request_at_its_new_time(database: Database, world: World) -> None:
    (booking_id,) = await booking_ids(database, world, await book_one(database, world))
    there = await later(database, world)
    async with database.begin(world.scope) as work:
        moved = await move_visit(work, booking_id, there, by="client")
    assert (moved.status, moved.starts_at) == ("requested", there)


async def test_what_was_closed_since_is_refused_and_can_be_declined(database: Database, world: World) -> None:
    (mine,) = await accepted(database, world)
    there = await later(database, world)
    await ask(database, world, mine, there)
    day = there.astimezone(mine.zone).date()
    async with database.begin(world.scope) as work:
        await clinics.add_exception(work, world.location_id, NewException(kind="closed", first_on=day))
    async with database.begin(world.scope) as work:
        with pytest.raises(InvalidFields):
            await accept_move(work, mine.id)
    async with database.begin(world.scope) as work:
        await decline_move(work, mine.id)
    assert await read(database, world, mine) == mine


async def test_a_room_is_not_blocked_over_what_a_client_asks_for(database: Database, world: World) -> None:
    (mine,) = await accepted(database, world)
    there = await later(database, world)
    await ask(database, world, mine, there)
    day = there.astimezone(mine.zone).date()
    async with database.begin(world.scope) as work:
        block = NewBlock(resource_id=world.room_id, first_on=day, opens=time(9), closes=time(17))
        with pytest.raises(TimeInUse) as refused:
            await block_time(work, block)
    assert refused.value.extra["references"] == [mine.reference]


async def test_both_sides_of_a_change_of_clocks_are_told_right(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, booking_mode=BookingMode.REQUEST)
    async with database.begin(world.scope) as work:
        await clinics.update_clinic(work, ClinicPatch(horizon_days=365))
    now = await clock.now()
    changes = datetime(
        now.year + 1, 3, 8, 12, tzinfo=UTC
    )  # a second Sunday of March lies from the 8th to the 14th
    sunday = (changes + timedelta(days=(6 - changes.weekday()) % 7)).date()
    (mine,) = await accepted(
        database,
        world,
        starts_at=datetime.combine(sunday - timedelta(days=1), time(10), AUSTIN).astimezone(UTC),
    )
    there = datetime.combine(sunday, time(10), AUSTIN).astimezone(UTC)
    assert there - mine.starts_at == timedelta(hours=23)
    asked = await ask(database, world, mine, there)
    assert asked.starts_at.astimezone(asked.zone).isoformat().endswith("T10:00:00-05:00")
    async with database.begin(world.scope) as work:
        moved = await accept_move(work, mine.id)
    assert moved.local_starts_at.hour == 10


async def test_who_treats_at_the_asked_time_may_be_somebody_else(database: Database, world: World) -> None:
    other = await add_practitioner(database, world)
    (mine,) = await accepted(database, world)
    who = ({world.practitioner_id, other} - {mine.practitioner_id}).pop()
    asked = await ask(database, world, mine, mine.starts_at, practitioner_id=who)
    assert (asked.practitioner_id, asked.starts_at) == (who, mine.starts_at)
    async with database.begin(world.scope) as work:
        moved = await accept_move(work, mine.id)
    assert (moved.practitioner_id, moved.starts_at) == (who, mine.starts_at)


async def test_another_clinic_knows_nothing_of_it(database: Database, world: World) -> None:
    (mine,) = await accepted(database, world)
    asked = await ask(database, world, mine, await later(database, world))
    other = await live_clinic(database, name="Oak Skin")
    async with database.begin(other.scope) as work:
        assert await list_open(work) == []
        for answer in (accept_move, decline_move, take_back):
            with pytest.raises(Exception, match=r"not|asked"):
                await answer(work, mine.id)
        assert await expire_move(work, asked.id) is False
    async with database.begin(world.scope) as work:
        assert await find_open(work, mine.id) is not None
