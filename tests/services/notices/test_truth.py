"""Nothing is said that is not true any more, and a change is told once it has stood for two minutes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Row, select

from infra.platform.mail import MailboxOnly
from services.clients import service as clients
from services.clients.schemas import ClientPatch
from services.clinics import team
from services.clinics.models import Role
from services.clinics.schemas import NewMember
from services.courses import followups
from services.courses.followup_schemas import CheckInAnswer
from services.kernel.scope import PlatformScope
from services.kernel.tables import table
from services.kernel.work import Database
from services.notices import bookings
from services.notices.models import Notice
from services.notices.rules import Change, change_to_tell
from services.scheduling import service as scheduling
from services.treatments.models import BookingMode
from tests.factories import World, book_one, booking_ids, free_slots, live_clinic, person
from tests.fixtures import MovableClock
from tests.services.notices.visits import completed_visit, sent, settled, whole_course
from workers.inline import drain


class Away:
    """A mail server that is not there."""

    refused: type[Exception] = ValueError
    unanswered: type[Exception] = KeyError

    async def send(self, message: object, *_more: object) -> None:
        raise ConnectionError(type(message).__name__)


async def rows(database: Database, kind: str) -> list[Row[Any]]:
    notices = table(Notice)
    async with database.begin(PlatformScope("a test looks at notices")) as work:
        return await work.rows(select(notices).where(notices.c.notice_kind == kind).order_by(notices.c.id))


async def test_a_message_that_waited_goes_to_the_address_that_was_put_right_meanwhile(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    booked = await book_one(database, world, email="anna@example.test")
    (booking_id,) = await booking_ids(database, world, booked)
    await drain(database, Away(), strict=False)
    async with database.begin(world.scope) as work:
        client_id = (await scheduling.get_booking(work, booking_id)).client_id
        await clients.update_client(work, client_id, ClientPatch(email="ana@example.test"))
    await clock.advance(timedelta(minutes=5))
    (letter,) = await sent(database, "booking.confirmed.client")
    assert letter.to == "ana@example.test"


async def test_a_message_that_waited_goes_to_nobody_who_has_left_the_team(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    await person(database, "Max Mill", "max@example.test")
    async with database.begin(world.scope) as work:
        manager = await team.add_member(work, NewMember(email="max@example.test", role=Role.MANAGER))
    await book_one(database, world)
    await drain(database, Away(), strict=False)
    told = {row.recipient for row in await rows(database, "booking.confirmed.clinic")}
    assert told == {"max@example.test", world.owner.email}
    async with database.begin(world.scope) as work:
        await team.remove_member(work, manager.id)
    await clock.advance(timedelta(minutes=5))
    assert [one.to for one in await sent(database, "booking.confirmed.clinic")] == [world.owner.email]


async def booked_one(database: Database, world: World) -> tuple[UUID, list[datetime]]:
    """A visit that was told, and other times for it."""
    slots = await free_slots(database, world)
    booked = await book_one(database, world, slots[0].starts_at)
    (booking_id,) = await booking_ids(database, world, booked)
    return booking_id, [slot.starts_at for slot in slots]


async def move(database: Database, world: World, booking_id: UUID, to: datetime) -> None:
    async with database.begin(world.scope) as work:
        await scheduling.reschedule(work, booking_id, to)


async def cancel(database: Database, world: World, booking_id: UUID) -> None:
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, booking_id, by="client")


async def of_client(database: Database, clock: MovableClock) -> list[str]:
    return [one.kind for one in await settled(database, clock) if one.kind.endswith(".client")]


async def test_who_books_at_their_own_clinic_is_told_once(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        addresses = {member.email for member in await team.list_team(work)}
    (owner,) = addresses
    await book_one(database, world, email=owner)
    await drain(database, MailboxOnly())
    told = [
        *await rows(database, "booking.confirmed.client"),
        *await rows(database, "booking.confirmed.clinic"),
    ]
    assert [(row.notice_kind, row.recipient) for row in told if row.recipient == owner] == [
        ("booking.confirmed.client", owner)
    ]


async def test_a_change_that_is_taken_back_within_two_minutes_sends_nothing(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    booking_id, times = await booked_one(database, world)
    await sent(database)
    await move(database, world, booking_id, times[8])
    await sent(database)
    await clock.advance(timedelta(seconds=100))
    await move(database, world, booking_id, times[0])
    assert await of_client(database, clock) == ["booking.confirmed.client"]
    await clock.advance(timedelta(hours=1))
    assert [one.kind for one in await sent(database) if "rescheduled" in one.kind] == []


async def test_two_changes_within_two_minutes_are_one_message_with_the_last_state(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    booking_id, times = await booked_one(database, world)
    await sent(database)
    await move(database, world, booking_id, times[8])
    await sent(database)
    await clock.advance(timedelta(seconds=100))
    await move(database, world, booking_id, times[12])
    await clock.advance(timedelta(seconds=100))
    assert await sent(database, "booking.rescheduled.client") == []
    (told,) = await settled(database, clock, "booking.rescheduled.client")
    async with database.begin(world.scope) as work:
        booking = await scheduling.get_booking(work, booking_id)
    assert f"{booking.local_starts_at:%H:%M}" in told.text
    assert len(await sent(database, "booking.rescheduled.clinic")) == 1


async def test_a_move_and_then_a_cancellation_tell_of_the_cancellation_alone(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    booking_id, times = await booked_one(database, world)
    await sent(database)
    await move(database, world, booking_id, times[8])
    await cancel(database, world, booking_id)
    assert await of_client(database, clock) == ["booking.confirmed.client", "booking.cancelled.client"]


async def test_of_what_was_cancelled_before_it_was_told_nothing_is_said(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    booking_id, _ = await booked_one(database, world)
    await drain(database, Away(), strict=False)
    await cancel(database, world, booking_id)
    await clock.advance(timedelta(minutes=5))
    assert [one.kind for one in await sent(database) if one.kind.startswith("booking.")] == []
    (row,) = await rows(database, "booking.confirmed.client")
    assert (row.state, row.error) == ("dropped", "it was not true any more")


async def test_of_what_was_cancelled_before_its_confirmation_was_written_nothing_is_said(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, sessions=2)
    _, ids = await whole_course(database, world)
    booking_id, _ = await booked_one(database, world)
    for gone in (ids[1], booking_id):
        await cancel(database, world, gone)
    told = [one for one in await settled(database, clock) if one.kind.startswith("booking.")]
    assert sorted(one.kind for one in told) == ["booking.confirmed.client", "booking.confirmed.clinic"]


async def test_of_what_was_cancelled_while_its_confirmation_could_not_be_written_nothing_is_said(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    booking_id, _ = await booked_one(database, world)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bookings, "tell_confirmed", Away().send)
        await drain(database, MailboxOnly(), strict=False)
        await cancel(database, world, booking_id)
        for _ in range(2):
            await drain(database, MailboxOnly(), strict=False)
            await clock.advance(timedelta(minutes=5))
    assert [one.kind for one in await settled(database, clock) if one.kind.startswith("booking.")] == []


async def test_a_confirmation_that_could_not_go_is_said_anew_of_the_time_it_has_now(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    booking_id, times = await booked_one(database, world)
    await drain(database, Away(), strict=False)
    await move(database, world, booking_id, times[8])
    await clock.advance(timedelta(minutes=5))
    assert await of_client(database, clock) == ["booking.confirmed.client"]
    old, new = await rows(database, "booking.confirmed.client")
    assert (old.state, new.state) == ("superseded", "sent")
    async with database.begin(world.scope) as work:
        booking = await scheduling.get_booking(work, booking_id)
    assert f"{booking.local_starts_at:%H:%M}" in new.text_body


async def test_what_is_left_of_a_course_is_confirmed_without_what_was_cancelled(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    _, ids = await whole_course(database, world)
    await drain(database, Away(), strict=False)
    await cancel(database, world, ids[3])
    await clock.advance(timedelta(minutes=5))
    (told,) = await settled(database, clock, "booking.confirmed.client")
    assert "Session 3: " in told.text
    assert "Session 4: " not in told.text
    assert await sent(database, "booking.cancelled.client") == []


async def test_a_request_that_was_answered_is_not_asked_of_the_team(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, booking_mode=BookingMode.REQUEST)
    (booking_id,) = await booking_ids(database, world, await book_one(database, world))
    await drain(database, Away(), strict=False)
    async with database.begin(world.scope) as work:
        await scheduling.accept(work, booking_id)
    await clock.advance(timedelta(minutes=5))
    kinds = {one.kind for one in await settled(database, clock) if one.kind.startswith("booking.")}
    assert kinds == {"booking.confirmed.client"}


async def test_a_reminder_of_a_moved_visit_is_dropped(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    booking_id, times = await booked_one(database, world)
    await sent(database)
    await clock.advance(times[0] - await clock.now() - timedelta(hours=23))
    await drain(database, Away(), strict=False)
    async with database.begin(world.scope) as work:
        await scheduling.reschedule(work, booking_id, times[-1], by="clinic")
    await clock.advance(timedelta(minutes=5))
    await settled(database, clock)
    assert {row.state for row in await rows(database, "booking.reminder")} == {"dropped"}


async def test_a_check_in_that_was_answered_is_not_asked_for(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    booking_id = await completed_visit(database, clock, world)
    await sent(database)
    async with database.begin(world.scope) as work:
        check_in_id = await followups.ask_check_in(work, booking_id, 1)
    assert check_in_id is not None
    await drain(database, Away(), strict=False)
    async with database.begin(world.scope) as work:
        await followups.answer_check_in(work, check_in_id, CheckInAnswer(downtime_days=1, discomfort=1))
    await clock.advance(timedelta(minutes=5))
    await drain(database, MailboxOnly())
    assert [row.state for row in await rows(database, "check_in.asked")] == ["dropped"]


async def test_aftercare_waits_until_the_completion_has_stood(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    await completed_visit(database, clock, world)
    assert await sent(database, "aftercare") == []
    assert len(await settled(database, clock, "aftercare")) == 1


@pytest.mark.parametrize(
    ("status", "last", "moved", "untold", "told"),
    [
        ("confirmed", None, False, True, Change.CONFIRMED),
        ("confirmed", None, True, True, Change.CONFIRMED),
        ("confirmed", None, True, False, Change.MOVED),
        ("confirmed", None, False, False, Change.CONFIRMED),
        ("confirmed", "confirmed", True, True, Change.MOVED),
        ("confirmed", "requested", True, True, Change.CONFIRMED),
        ("requested", "requested", True, True, Change.MOVED),
        ("requested", None, True, True, Change.REQUESTED),
        ("requested", None, True, False, Change.MOVED),
        ("cancelled", None, False, True, Change.NOTHING),
        ("cancelled", None, False, False, Change.CANCELLED),
        ("cancelled", "confirmed", False, True, Change.CANCELLED),
        ("arrived", "confirmed", False, True, Change.NOTHING),
        ("no_show", None, True, False, Change.NOTHING),
    ],
)
def test_what_there_is_to_tell(
    status: str,
    last: str | None,
    moved: bool,  # noqa: FBT001
    untold: bool,  # noqa: FBT001
    told: Change,
) -> None:
    assert change_to_tell(status, last, same=False, moved=moved, untold=untold) is told
    assert change_to_tell(status, last, same=True, moved=moved, untold=untold) is Change.NOTHING
