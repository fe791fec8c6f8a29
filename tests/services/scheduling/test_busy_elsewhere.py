"""Times at which a practitioner is busy elsewhere: not offered to the public, booked by hand, shown to the clinic."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.platform.mail import MailboxOnly
from services.clinics import service as clinics
from services.clinics.schemas import ClinicPatch
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.scheduling import externals
from services.scheduling import service as scheduling
from services.scheduling.errors import SlotTaken
from tests.factories import add_practitioner, book_one, booking_ids, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.scheduling.elsewhere import (
    ADDRESS,
    Elsewhere,
    add_calendar,
    busy_calendar,
    file_of,
    is_offered,
    read,
)
from workers.inline import drain

HOUR = timedelta(hours=1)


async def test_the_public_is_not_offered_the_time_and_cannot_take_it(database: Database) -> None:
    world = await live_clinic(database)
    slot = (await free_slots(database, world))[0]
    assert await is_offered(database, world, slot)
    async with database.begin(world.scope) as work:
        await busy_calendar(work, world.practitioner_id, (slot.starts_at, slot.ends_at))
    assert not await is_offered(database, world, slot)
    with pytest.raises(SlotTaken) as refused:
        await book_one(database, world, slot.starts_at)
    nearby = [datetime.fromisoformat(one["starts_at"]) for one in refused.value.extra["alternatives"]]
    assert nearby
    assert slot.starts_at not in nearby


async def test_the_clinic_may_take_it_by_hand_and_whoever_is_free_comes_first(database: Database) -> None:
    world = await live_clinic(database)
    other = await add_practitioner(database, world)
    first, *later = await free_slots(database, world, practitioner_id=world.practitioner_id)
    (booking_id,) = await booking_ids(database, world, await book_one(database, world, first.starts_at))
    wanted = later[-1]
    async with database.begin(world.scope) as work:
        await busy_calendar(work, world.practitioner_id, (wanted.starts_at, wanted.ends_at))
        with pytest.raises(SlotTaken):
            await scheduling.reschedule(
                work, booking_id, wanted.starts_at, practitioner_id=world.practitioner_id
            )
    async with database.begin(world.scope) as work:
        moved = await scheduling.reschedule(work, booking_id, wanted.starts_at, by="clinic")
        assert moved.practitioner_id == other
        times = (wanted.starts_at, wanted.ends_at)
        await busy_calendar(work, other, times)
        by_hand = await scheduling.reschedule(
            work, booking_id, wanted.starts_at, by="clinic", practitioner_id=world.practitioner_id
        )
        assert (by_hand.practitioner_id, by_hand.starts_at) == (world.practitioner_id, wanted.starts_at)
        assert await externals.is_busy_elsewhere(work, world.practitioner_id, *times)


async def test_what_was_read_counts_until_it_changes_and_no_words_are_kept(
    database: Database, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database)
    slot, other, *_ = await free_slots(database, world)
    server = Elsewhere((slot.starts_at, slot.ends_at))
    async with database.begin(world.scope) as work:
        calendar_id = await add_calendar(work, world.practitioner_id)
    await read(database, world, server, calendar_id, 1)
    assert not await is_offered(database, world, slot)
    await read(database, world, server, calendar_id, 1)
    assert len(server.asked) == 1, "a reading that was done is not done again"
    await read(database, world, server, calendar_id, 2)
    assert server.asked[-1][1], "what was not changed is not sent again"
    assert not await is_offered(database, world, slot)
    server.content = None
    await read(database, world, server, calendar_id, 3)
    assert not await is_offered(database, world, slot), "what it said last still counts"
    async with database.begin(world.scope) as work:
        (seen,) = await externals.list_calendars(work, world.practitioner_id)
        assert (seen.state, seen.problem) == ("failing", "There is no calendar under that address any more.")
        assert seen.next_at - work.now >= timedelta(minutes=30)
        assert seen.read_at is not None
    server.content = file_of((other.ends_at + 9 * HOUR, other.ends_at + 10 * HOUR))
    await read(database, world, server, calendar_id, 4)
    assert await is_offered(database, world, slot)
    server.content = b"<html>Sign in</html>"
    await read(database, world, server, calendar_id, 5)
    async with database.begin(world.scope) as work:
        (seen,) = await externals.list_calendars(work, world.practitioner_id)
        assert seen.problem == "What is there is not a calendar."
    async with superuser.connect() as behind:
        rows = (
            await behind.execute(text("SELECT c::text, b::text FROM external_calendar c, external_busy b"))
        ).all()
        assert rows
        assert not any("Dentist" in part or "basic.ics" in part for row in rows for part in row)


async def test_the_clinic_is_told_of_events_that_could_not_be_read(database: Database) -> None:
    world = await live_clinic(database)
    slot, *_ = await free_slots(database, world)
    server = Elsewhere((slot.starts_at, slot.ends_at))
    healthy = server.content
    assert healthy is not None
    server.content = healthy.replace(
        b"END:VCALENDAR",
        b"BEGIN:VEVENT\r\nUID:odd\r\nDTSTART:20160304T150000Z\r\nDURATION:PT1H\r\n"
        b"RRULE:FREQ=WEEKLY;BYDAY=XX\r\nEND:VEVENT\r\nEND:VCALENDAR",
    )
    async with database.begin(world.scope) as work:
        calendar_id = await add_calendar(work, world.practitioner_id)

    async def told() -> tuple[str, str]:
        async with database.begin(world.scope) as work:
            (seen,) = await externals.list_calendars(work, world.practitioner_id)
        return seen.state, seen.problem[:25]

    await read(database, world, server, calendar_id, 1)
    assert not await is_offered(database, world, slot), "what could be read counts"
    assert await told() == ("read", "1 event could not be read")
    await read(database, world, server, calendar_id, 2)
    assert server.asked[-1][1]
    assert await told() == ("read", "1 event could not be read"), "it was not changed"
    server.content, odd = None, server.content
    await read(database, world, server, calendar_id, 3)
    assert await told() == ("failing", "There is no calendar unde")
    server.content = odd
    await read(database, world, server, calendar_id, 4)
    assert await told() == ("read", "1 event could not be read"), "it is said again after a failure"
    server.content = healthy
    await read(database, world, server, calendar_id, 5)
    assert await told() == ("read", "")


async def test_timers_read_it_again_and_removal_ends_that(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    slot = (await free_slots(database, world))[0]
    async with database.begin(world.scope) as work:
        calendar_id = await busy_calendar(work, world.practitioner_id, (slot.starts_at, slot.ends_at))
        (seen,) = await externals.list_calendars(work, world.practitioner_id)
        assert timedelta(minutes=15) <= seen.next_at - work.now <= timedelta(minutes=60)
    await drain(database, MailboxOnly())
    await clock.advance(timedelta(minutes=61))
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        (seen,) = await externals.list_calendars(work, world.practitioner_id)
        assert (seen.state, seen.problem) == ("failing", "The server could not be reached.")
        await externals.remove_calendar(work, world.practitioner_id, calendar_id)
    assert await is_offered(database, world, slot)
    await clock.advance(timedelta(days=2))
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        assert await externals.list_calendars(work, world.practitioner_id) == []
        with pytest.raises(NotFound):
            await externals.remove_calendar(work, world.practitioner_id, calendar_id)


async def test_a_course_that_goes_on_beyond_the_horizon_keeps_off_what_is_busy_then(
    database: Database,
) -> None:
    world = await live_clinic(database, sessions=6)
    async with database.begin(world.scope) as work:
        await clinics.update_clinic(work, ClinicPatch(horizon_days=30))
    slot = (await free_slots(database, world, in_days=28))[0]
    day = slot.starts_at.astimezone(slot.zone).date()
    # The last of six sessions four weeks apart would lie 140 days after the first.
    away, back = (datetime.combine(day + timedelta(days=days), time.min, slot.zone) for days in (138, 142))
    server = Elsewhere((away.astimezone(UTC), back.astimezone(UTC)))
    async with database.begin(world.scope) as work:
        calendar_id = await add_calendar(work, world.practitioner_id)
    await read(database, world, server, calendar_id, 1)
    booked = await book_one(database, world, slot.starts_at, whole_course=True)
    assert booked.sessions[-1].starts_at.astimezone(slot.zone).date() == back.date()


async def test_a_person_who_has_left_is_read_no_more(database: Database) -> None:
    world = await live_clinic(database)
    other = await add_practitioner(database, world)
    async with database.begin(world.scope) as work:
        calendar_id = await add_calendar(work, other)
        await practitioners.archive_practitioner(work, other)
    server = Elsewhere()
    await read(database, world, server, calendar_id, 1)
    assert server.asked == []


async def test_one_clinic_learns_nothing_of_anothers_calendars(database: Database) -> None:
    world = await live_clinic(database)
    mine = await live_clinic(database, name="Another Place", city="Chicago")
    async with database.begin(world.scope) as work:
        calendar_id = await busy_calendar(work, world.practitioner_id)
    async with database.begin(mine.scope) as work:
        for call in (externals.read_soon, externals.remove_calendar):
            with pytest.raises(NotFound):
                await call(work, world.practitioner_id, calendar_id)
        with pytest.raises(NotFound):
            await add_calendar(work, world.practitioner_id)
        with pytest.raises(NotFound):
            await externals.remove_calendar(work, mine.practitioner_id, calendar_id)


async def test_there_are_only_so_many(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        for number in range(externals.MOST_CALENDARS):
            await add_calendar(work, world.practitioner_id, f"{ADDRESS}?{number}")
        with pytest.raises(InvalidFields):
            await add_calendar(work, world.practitioner_id)
