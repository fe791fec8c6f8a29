"""Blocked time: nobody is offered it, nobody can book it, and visits in the way are named."""

from __future__ import annotations

from datetime import date, time, timedelta
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.kernel.errors import InvalidFields, NotFound
from services.kernel.ids import new_id
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.scheduling.block_schemas import NewBlock
from services.scheduling.blocking import block_time, list_blocked, unblock_time
from services.scheduling.errors import SlotTaken, TimeInUse
from tests.factories import World, book_one, free_slots, live_clinic
from tests.fixtures import MovableClock


def block(
    resource_id: UUID, day: date, opens: str = "09:00", closes: str = "12:00", **more: date
) -> NewBlock:
    return NewBlock.model_validate(
        {
            "resource_id": resource_id,
            "first_on": day,
            "opens": opens,
            "closes": closes,
            "note": "Maintenance",
            **more,
        }
    )


async def a_day(database: Database, world: World) -> date:
    async with database.begin(world.scope) as work:
        return work.now.date() + timedelta(days=7)


@pytest.mark.parametrize("kind", ["room_id", "device_id", "practitioner_id"])
async def test_blocked_time_is_not_offered_until_it_is_unblocked(database: Database, kind: str) -> None:
    world = await live_clinic(database, time_zone="America/Chicago")
    resource_id: UUID = getattr(world, kind)
    before = [slot.starts_at for slot in await free_slots(database, world)]
    day = await a_day(database, world)
    async with database.begin(world.scope) as work:
        blocked_id = await block_time(work, block(resource_id, day))
    after = await free_slots(database, world)
    noon = min(slot.starts_at for slot in after)
    assert noon > before[0]
    assert {slot.starts_at for slot in after} < set(before)
    async with database.begin(world.scope) as work:
        shown = await list_blocked(work, [resource_id], before[0], before[-1])
        if kind == "practitioner_id":
            (taken,) = await practitioners.list_absences(work, resource_id)
            assert (taken.kind, taken.opens, taken.note) == ("taken", time(9), "Maintenance")
            await practitioners.remove_absence(work, resource_id, blocked_id)
        else:
            assert [(span.blocked_id, span.note) for span in shown] == [(blocked_id, "Maintenance")]
            await unblock_time(work, blocked_id)
    assert [slot.starts_at for slot in await free_slots(database, world)] == before


async def test_a_blocked_device_cannot_be_booked_and_a_booked_one_cannot_be_blocked(
    database: Database,
) -> None:
    world = await live_clinic(database, time_zone="America/Chicago")
    slots = await free_slots(database, world)
    day = await a_day(database, world)
    async with database.begin(world.scope) as work:
        await block_time(work, block(world.device_id, day))
    with pytest.raises(SlotTaken) as refused:
        await book_one(database, world, slots[0].starts_at)
    assert refused.value.extra["alternatives"]
    booked = await book_one(database, world, slots[-1].starts_at)
    async with database.begin(world.scope) as work:
        with pytest.raises(TimeInUse) as in_use:
            await block_time(work, block(world.device_id, day, "12:00", "23:00"))
        assert in_use.value.extra["references"] == [booked.reference]
        with pytest.raises(InvalidFields) as twice:
            await block_time(work, block(world.device_id, day, "11:00", "12:30"))
        assert [error.field for error in twice.value.errors] == ["opens"]
        await block_time(work, block(world.device_id, day, "12:00", "13:00"))


async def test_days_are_blocked_between_the_same_hours_and_leave_at_once(database: Database) -> None:
    world = await live_clinic(database, time_zone="America/Chicago")
    day = await a_day(database, world)
    async with database.begin(world.scope) as work:
        long = block(world.room_id, day, "00:00", "23:30", last_on=day + timedelta(days=2))
        blocked_id = await block_time(work, long)
    assert await free_slots(database, world, days=3) == []
    assert await free_slots(database, world, in_days=10) != []
    async with database.begin(world.scope) as work:
        await unblock_time(work, blocked_id)
        with pytest.raises(NotFound):
            await unblock_time(work, blocked_id)
    assert await free_slots(database, world, days=3) != []


async def test_the_evening_of_a_place_west_of_utc_can_be_blocked(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, time_zone="America/Los_Angeles")
    now = await clock.now()
    evening = now.replace(hour=2, minute=0, second=0, microsecond=0) + timedelta(days=1)
    await clock.advance(evening - now)
    today = evening.date() - timedelta(days=1)  # there, where it is about six
    async with database.begin(world.scope) as work:
        for resource_id in (world.room_id, world.device_id, world.practitioner_id):
            await block_time(work, block(resource_id, today, "20:00", "21:00"))
            with pytest.raises(InvalidFields):
                await block_time(work, block(resource_id, today - timedelta(days=1), "20:00", "21:00"))


async def test_what_cannot_be_blocked_is_refused(database: Database) -> None:
    world, other = await live_clinic(database), await live_clinic(database, name="Other Skin")
    day = await a_day(database, world)
    async with database.begin(world.scope) as work:
        for stranger in (new_id(), other.room_id, other.device_id, other.practitioner_id):
            with pytest.raises(NotFound):
                await block_time(work, block(stranger, day))
        with pytest.raises(InvalidFields):
            await block_time(work, block(world.room_id, day - timedelta(days=9)))
    async with database.begin(other.scope) as work:
        blocked_id = await block_time(work, block(other.room_id, day))
    async with database.begin(world.scope) as work:
        with pytest.raises(NotFound):
            await unblock_time(work, blocked_id)


@pytest.mark.parametrize(
    ("opens", "closes", "days"),
    [("12:00", "12:00", 0), ("12:00", "09:00", 0), ("09:00", "12:00", -1), ("09:00", "12:00", 92)],
)
def test_a_block_has_its_times_and_days_in_order(opens: str, closes: str, days: int) -> None:
    day = date(2027, 3, 1)
    with pytest.raises(ValidationError):
        block(new_id(), day, opens, closes, last_on=day + timedelta(days=days))
