"""Sessions of a course that moved in one step are told in one message, and none of them twice or never."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from icalendar import Event

from services.kernel.work import Database
from services.notices.schemas import SentNotice
from services.scheduling import service as scheduling
from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import By
from services.treatments.models import BookingMode
from tests.factories import World, live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.test_bookings import read
from tests.services.notices.test_truth import Away
from tests.services.notices.visits import sent, settled, whole_course
from workers.inline import drain

MOVED_CLIENT, MOVED_CLINIC = "booking.rescheduled.client", "booking.rescheduled.clinic"
FORTNIGHT = timedelta(days=14)


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database)


async def course_of(database: Database, world: World) -> list[BookingView]:
    _, ids = await whole_course(database, world)
    return await now(database, world, ids[0])


async def now(database: Database, world: World, booking_id: UUID) -> list[BookingView]:
    async with database.begin(world.scope) as work:
        return await scheduling.list_group(work, (await scheduling.get_booking(work, booking_id)).group_id)


async def reflow(
    database: Database, world: World, second: BookingView, by: By = "client"
) -> list[BookingView]:
    """The second session moves by a fortnight, and the later ones with it."""
    to = second.starts_at + FORTNIGHT
    async with database.begin(world.scope) as work:
        seen = await scheduling.preview_move(work, second.id, to, by=by)
    async with database.begin(world.scope) as work:
        await scheduling.reschedule(work, second.id, to, by=by, rest={one.id: at for one, at in seen.rest})
    return await now(database, world, second.id)


async def move(database: Database, world: World, booking_id: UUID, to: datetime, by: By = "client") -> None:
    async with database.begin(world.scope) as work:
        await scheduling.reschedule(work, booking_id, to, by=by)


def tells(message: SentNotice, booking: BookingView) -> bool:
    """Whether the message tells that session's time."""
    line = f"Session {booking.position}: " if "Session" in message.text else "When: "
    times = [text for text in message.text.splitlines() if text.startswith(line)]
    return any(f"{booking.local_starts_at:%H:%M}" in text for text in times) and any(
        f" {booking.local_starts_at.day} " in text for text in times
    )


async def test_a_reflow_is_one_message_with_every_new_time_and_a_file_each(
    database: Database, clock: MovableClock, world: World
) -> None:
    before = await course_of(database, world)
    (invited,) = await sent(database, "booking.confirmed.client")
    after = await reflow(database, world, before[1])
    moved = [one for one, was in zip(after, before, strict=True) if one.starts_at != was.starts_at]
    assert [one.position for one in moved] == [2, 3, 4]
    await settled(database, clock)
    (client,), (clinic,) = await sent(database, MOVED_CLIENT), await sent(database, MOVED_CLINIC)
    assert client.subject.startswith("New times: ")
    assert all(tells(message, one) for message in (client, clinic) for one in moved)
    assert not any("Session 1: " in message.text for message in (client, clinic))
    old = {str(event["UID"]): int(str(event["SEQUENCE"])) for event in events_of(invited)}
    for message in (client, clinic):
        assert all("method=REQUEST" in file.content_type for file in message.attachments)
        new = {str(event["UID"]): event for event in events_of(message)}
        assert len(new) == len(message.attachments) == 3
        assert all(int(str(event["SEQUENCE"])) > old[uid] for uid, event in new.items())
        assert {event.DTSTART for event in new.values()} == {one.local_starts_at for one in moved}


def events_of(message: SentNotice) -> list[Event]:
    return [event for file in message.attachments for event in read(file.content).events]


async def test_a_reflow_by_the_clinic_is_one_message_to_the_client_alone(
    database: Database, clock: MovableClock, world: World
) -> None:
    before = await course_of(database, world)
    await sent(database)
    await reflow(database, world, before[1], "clinic")
    assert len(await settled(database, clock, MOVED_CLIENT)) == 1
    await clock.advance(timedelta(hours=1))
    assert len(await sent(database, MOVED_CLIENT)) == 1
    assert await sent(database, MOVED_CLINIC) == []


async def test_a_reflow_that_is_taken_back_in_two_minutes_is_not_told(
    database: Database, clock: MovableClock, world: World
) -> None:
    before = await course_of(database, world)
    await sent(database)
    await reflow(database, world, before[1], "clinic")
    await sent(database)
    await clock.advance(timedelta(seconds=100))
    async with database.begin(world.scope) as work:
        await scheduling.undo(work, before[1].id)
    await settled(database, clock)
    await clock.advance(timedelta(hours=1))
    assert await sent(database, MOVED_CLIENT) == []


async def test_a_reflow_that_is_taken_back_later_is_one_message_again(
    database: Database, clock: MovableClock, world: World
) -> None:
    before = await course_of(database, world)
    await sent(database)
    await reflow(database, world, before[1], "clinic")
    assert len(await settled(database, clock, MOVED_CLIENT)) == 1
    async with database.begin(world.scope) as work:
        await scheduling.undo(work, before[1].id)
    _, back = await settled(database, clock, MOVED_CLIENT)
    assert all(tells(back, one) for one in before[1:])


async def test_sessions_moved_one_by_one_have_a_message_each(
    database: Database, clock: MovableClock, world: World
) -> None:
    before = await course_of(database, world)
    await sent(database)
    for one in before[2:]:
        await move(database, world, one.id, one.starts_at + timedelta(hours=1))
        await clock.advance(timedelta(seconds=1))
    await settled(database, clock)
    for kind in (MOVED_CLIENT, MOVED_CLINIC):
        messages = await sent(database, kind)
        assert [len(message.attachments) for message in messages] == [1, 1]
    assert all(one.subject.startswith("New time: ") for one in await sent(database, MOVED_CLIENT))


@pytest.mark.parametrize("again", [1, 3])
async def test_what_moves_again_before_the_message_went_is_told_once_and_so_is_the_rest(
    database: Database, clock: MovableClock, world: World, again: int
) -> None:
    before = await course_of(database, world)
    await sent(database)
    after = await reflow(database, world, before[1])
    await drain(database, Away(), strict=False)
    await clock.advance(timedelta(minutes=2))
    await drain(database, Away(), strict=False)
    await move(database, world, before[again].id, after[again].starts_at + timedelta(hours=1))
    await drain(database, Away(), strict=False)
    await clock.advance(timedelta(minutes=1))
    # The mail server is back while the last move has not stood for long enough.
    early = await settled(database, clock, MOVED_CLIENT)
    await clock.advance(timedelta(hours=1))
    last = await now(database, world, before[1].id)
    for kind in (MOVED_CLIENT, MOVED_CLINIC):
        messages = await sent(database, kind)
        assert sum(len(message.attachments) for message in messages) == 3
        for one in last[1:]:
            assert sum(tells(m, one) for m in messages if holds(m, one)) == 1
    assert early


def holds(message: SentNotice, booking: BookingView) -> bool:
    return any(str(booking.id) in file.content for file in message.attachments)


async def test_a_session_that_falls_away_before_the_message_went_leaves_the_others_told(
    database: Database, clock: MovableClock, world: World
) -> None:
    before = await course_of(database, world)
    await sent(database)
    await reflow(database, world, before[1])
    await drain(database, Away(), strict=False)
    await clock.advance(timedelta(minutes=2))
    await drain(database, Away(), strict=False)
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, before[2].id, by="client")
    await clock.advance(timedelta(minutes=2))
    await settled(database, clock)
    await clock.advance(timedelta(hours=1))
    (client,) = await sent(database, MOVED_CLIENT)
    assert ["Session 2: " in client.text, "Session 3: " in client.text] == [True, False]
    assert len(await sent(database, "booking.cancelled.client")) == 1


async def test_of_a_course_that_was_never_told_the_team_hears_in_one_message(
    database: Database, clock: MovableClock, world: World
) -> None:
    before = await course_of(database, world)
    await drain(database, Away(), strict=False)
    await reflow(database, world, before[1])
    await drain(database, Away(), strict=False)
    await clock.advance(timedelta(minutes=5))
    await settled(database, clock)
    for kind in ("booking.confirmed.client", "booking.confirmed.clinic"):
        (message,) = await sent(database, kind)
        assert len(message.attachments) == 4
    assert await sent(database, MOVED_CLIENT) == await sent(database, MOVED_CLINIC) == []


async def test_requested_sessions_that_move_together_have_no_file_and_promise_none(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, booking_mode=BookingMode.REQUEST)
    before = await course_of(database, world)
    await sent(database)
    await reflow(database, world, before[1])
    (client,) = await settled(database, clock, MOVED_CLIENT)
    assert client.attachments == ()
    assert "attached" not in client.text
