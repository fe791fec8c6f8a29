"""At night nothing is sent that can wait; in the morning it goes once, if it is still true."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from infra.platform.mail import MailboxOnly
from services.kernel.quiet_rules import QuietHours
from services.kernel.work import Database
from services.scheduling import service as scheduling
from tests.factories import World, book_one, booking_ids, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.test_truth import cancel, move, rows
from tests.services.notices.visits import sent, settled
from workers.inline import drain

CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
def nights(database: Database) -> Database:
    """The same entrance with quiet hours."""
    database.tools = replace(database.tools, quiet=QuietHours())
    return database


async def at_local(clock: MovableClock, hour: int, *, after: timedelta = timedelta()) -> datetime:
    """Moves the clock on to that hour in Chicago."""
    local = (await clock.now() + after).astimezone(CHICAGO)
    wanted = datetime.combine(local.date(), time(hour), CHICAGO)
    if wanted <= local:
        wanted += timedelta(days=1)
    return await clock.advance(wanted.astimezone(UTC) - await clock.now() + timedelta(seconds=1))


async def _night(nights: Database, clock: MovableClock) -> World:
    world = await live_clinic(nights)
    await drain(nights, MailboxOnly())
    await at_local(clock, 22)
    return world


async def test_a_booking_at_night_is_confirmed_at_once_and_told_to_the_team_in_the_morning(
    nights: Database, clock: MovableClock
) -> None:
    world = await _night(nights, clock)
    await book_one(nights, world)
    assert [one.kind for one in await sent(nights) if one.kind.startswith("booking.")] == [
        "booking.confirmed.client"
    ]
    (row,) = await rows(nights, "booking.confirmed.clinic")
    morning = row.held_until.astimezone(CHICAGO)
    assert (row.state, morning.hour, morning.date()) == (
        "queued",
        8,
        (await clock.now()).astimezone(CHICAGO).date() + timedelta(days=1),
    )
    await at_local(clock, 7)
    assert await sent(nights, "booking.confirmed.clinic") == []
    await at_local(clock, 8)
    for _ in range(2):
        assert len(await sent(nights, "booking.confirmed.clinic")) == 1
        await clock.advance(timedelta(hours=1))


async def test_what_is_untrue_by_the_morning_is_not_sent(nights: Database, clock: MovableClock) -> None:
    world = await _night(nights, clock)
    slots = await free_slots(nights, world)
    booked = await book_one(nights, world, slots[0].starts_at)
    (booking_id,) = await booking_ids(nights, world, booked)
    await sent(nights)
    await move(nights, world, booking_id, slots[8].starts_at)
    await settled(nights, clock)
    await cancel(nights, world, booking_id)
    await settled(nights, clock)
    await at_local(clock, 9)
    to_team = [one.kind for one in await sent(nights) if one.kind.endswith(".clinic")]
    assert to_team == []


async def test_what_the_clinic_does_at_night_is_told_in_the_morning(
    nights: Database, clock: MovableClock
) -> None:
    world = await _night(nights, clock)
    slots = await free_slots(nights, world)
    (booking_id,) = await booking_ids(nights, world, await book_one(nights, world, slots[0].starts_at))
    await sent(nights)
    async with nights.begin(world.scope) as work:
        await scheduling.reschedule(work, booking_id, slots[8].starts_at, by="clinic")
    assert await settled(nights, clock, "booking.rescheduled.client") == []
    await at_local(clock, 8)
    assert len(await sent(nights, "booking.rescheduled.client")) == 1


async def test_what_is_about_the_next_morning_does_not_wait(nights: Database, clock: MovableClock) -> None:
    world = await live_clinic(nights)
    slots = await free_slots(nights, world)
    nine, later = (
        next(s.starts_at for s in slots if s.starts_at.astimezone(CHICAGO).hour == h) for h in (9, 14)
    )
    (booking_id,) = await booking_ids(nights, world, await book_one(nights, world, later))
    await sent(nights)
    await clock.advance(nine - timedelta(hours=10) - await clock.now())
    async with nights.begin(world.scope) as work:
        await scheduling.reschedule(work, booking_id, nine, by="clinic")
    assert len(await settled(nights, clock, "booking.rescheduled.client")) == 1
