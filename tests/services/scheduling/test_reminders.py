"""A clinic chooses when its clients are reminded; a client says that they will come."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from infra.platform.mail import MailboxOnly
from services.kernel.models import Timer
from services.kernel.tables import table
from services.kernel.work import Database
from services.scheduling import service as scheduling
from services.scheduling.errors import BookingOver
from services.scheduling.reminders import ReminderPolicyIn, choose_policy, get_policy, say_coming
from tests.factories import World, book_one, booking_ids, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.visits import sent
from workers.inline import drain


async def waiting(database: Database, world: World, booking_id: UUID) -> list[int]:
    """The hours of the visit's reminders that wait."""
    timers = table(Timer)
    wanted = (timers.c.subject_id == booking_id) & (timers.c.kind == "booking.reminder_due")
    async with database.begin(world.scope) as work:
        rows = await work.rows(select(timers).where(wanted, timers.c.state == "waiting"))
    return sorted(int(row.payload["hours"]) for row in rows)


async def choose(database: Database, world: World, *hours: int) -> None:
    async with database.begin(world.scope) as work:
        await choose_policy(work, ReminderPolicyIn(hours=list(hours)))
    await drain(database, MailboxOnly())


async def booked(database: Database, world: World, days: int = 7) -> UUID:
    slot = (await free_slots(database, world, in_days=days))[0]
    (booking_id,) = await booking_ids(database, world, await book_one(database, world, slot.starts_at))
    return booking_id


async def test_visits_that_are_booked_follow_the_clinics_choice(database: Database) -> None:
    world = await live_clinic(database)
    booking_id = await booked(database, world)
    assert await waiting(database, world, booking_id) == [24, 72]
    await choose(database, world, 48)
    assert await waiting(database, world, booking_id) == [48]
    await choose(database, world)
    assert await waiting(database, world, booking_id) == []
    await choose(database, world, 72, 24, 24)
    assert await waiting(database, world, booking_id) == [24, 72]
    async with database.begin(world.scope) as work:
        assert (await get_policy(work)).hours == [72, 24]


async def test_a_reminder_whose_time_has_passed_when_booking_is_left_out(database: Database) -> None:
    world = await live_clinic(database)
    assert await waiting(database, world, await booked(database, world, days=2)) == [24]


async def test_a_move_moves_the_reminders_and_takes_the_clients_word_back(database: Database) -> None:
    world = await live_clinic(database)
    booking_id = await booked(database, world)
    async with database.begin(world.scope) as work:
        said = (await say_coming(work, booking_id)).coming_at
        again = await say_coming(work, booking_id)
    assert said is not None
    assert again.coming_at == said
    later = (await free_slots(database, world, in_days=9))[0].starts_at
    async with database.begin(world.scope) as work:
        moved = await scheduling.reschedule(work, booking_id, later)
    assert moved.coming_at is None
    assert await waiting(database, world, booking_id) == [24, 72]


async def test_who_said_that_they_will_come_is_not_asked_again(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    booking_id = await booked(database, world)
    async with database.begin(world.scope) as work:
        starts_at = (await scheduling.get_booking(work, booking_id)).starts_at
    await clock.advance(starts_at - timedelta(hours=71) - await clock.now())
    (asked,) = await sent(database, "booking.reminder")
    assert "/coming?token=" in asked.text
    async with database.begin(world.scope) as work:
        await say_coming(work, booking_id)
    await clock.advance(timedelta(hours=48))
    (_, thanked) = await sent(database, "booking.reminder")
    assert "/coming?" not in thanked.text
    assert "You have said that you will come" in thanked.text


async def test_nobody_says_so_of_a_visit_that_is_not_ahead(database: Database) -> None:
    world = await live_clinic(database)
    booking_id = await booked(database, world)
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, booking_id, by="client")
    with pytest.raises(BookingOver):
        async with database.begin(world.scope) as work:
            await say_coming(work, booking_id)


@pytest.mark.parametrize("hours", [[0], [337], [1, 2, 3, 4, 5]])
def test_a_choice_has_limits(hours: list[int]) -> None:
    with pytest.raises(ValidationError):
        ReminderPolicyIn(hours=hours)
