"""A message of a change says who made it, what it was until then, and how to answer."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from infra.platform.mail import MailboxOnly
from services.kernel.language import moment
from services.kernel.work import Database
from services.notices.messages import booking as messages
from services.notices.messages.booking import Visits
from services.notices.schemas import SentNotice
from services.scheduling import service as scheduling
from services.scheduling.status_rules import By
from tests.factories import World, add_practitioner, book_one, booking_ids, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.visits import settled
from workers.inline import drain

ZONE = "America/Chicago"
MOVED = "booking.rescheduled.client"


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database)


async def booked(database: Database, world: World) -> UUID:
    (booking_id,) = await booking_ids(database, world, await book_one(database, world))
    await drain(database, MailboxOnly())
    return booking_id


async def moved(database: Database, clock: MovableClock, world: World, *, by: By) -> SentNotice:
    booking_id = await booked(database, world)
    to = (await free_slots(database, world))[-1].starts_at
    async with database.begin(world.scope) as work:
        await scheduling.reschedule(work, booking_id, to, by=by)
    (letter,) = await settled(database, clock, MOVED)
    return letter


async def test_a_move_by_the_clinic_says_so_with_the_time_until_then_and_a_way_to_answer(
    database: Database, clock: MovableClock, world: World
) -> None:
    before = moment((await free_slots(database, world))[0].starts_at, ZONE)
    letter = await moved(database, clock, world, by="clinic")
    assert "The clinic has moved your appointment." in letter.text
    (when,) = [line for line in letter.text.splitlines() if line.startswith("When: ")]
    assert when.endswith(f"; until now {before}")
    assert "Does it not suit you?" in letter.text


async def test_a_move_of_ones_own_says_nothing_of_the_clinic(
    database: Database, clock: MovableClock, world: World
) -> None:
    letter = await moved(database, clock, world, by="client")
    assert "Your appointment has a new time." in letter.text
    assert "; until now " in letter.text
    assert "The clinic has moved" not in letter.text


async def test_a_visit_that_was_moved_twice_is_compared_with_what_was_told(
    database: Database, clock: MovableClock, world: World
) -> None:
    first = (await free_slots(database, world))[0]
    booking_id = await booked(database, world)
    *_, second, third = await free_slots(database, world)
    for to in (second, third):
        async with database.begin(world.scope) as work:
            await scheduling.reschedule(work, booking_id, to.starts_at, by="clinic")
    (letter,) = await settled(database, clock, MOVED)
    (when,) = [line for line in letter.text.splitlines() if line.startswith("When: ")]
    assert when == f"When: {moment(third.starts_at, ZONE)}; until now {moment(first.starts_at, ZONE)}"


async def test_another_person_at_the_same_time_is_no_new_time(
    database: Database, clock: MovableClock, world: World
) -> None:
    booking_id = await booked(database, world)
    other = await add_practitioner(database, world)
    async with database.begin(world.scope) as work:
        one = await scheduling.get_booking(work, booking_id)
        await scheduling.reschedule(work, booking_id, one.starts_at, by="clinic", practitioner_id=other)
    (letter,) = await settled(database, clock, MOVED)
    assert letter.subject.startswith("Changed: your appointment at ")
    assert "Who treats you, or where, has changed." in letter.text
    assert "until now" not in letter.text


async def test_what_the_clinic_cancels_can_be_booked_again_from_the_message(
    database: Database, clock: MovableClock, world: World
) -> None:
    cases: tuple[tuple[By, bool], ...] = (("clinic", True), ("client", False))
    for by, offered in cases:
        booking_id = await booked(database, world)
        async with database.begin(world.scope) as work:
            await scheduling.cancel(work, booking_id, by=by)
        letter = (await settled(database, clock, "booking.cancelled.client"))[-1]
        assert ("See it, or book another time" in letter.text) is offered


async def test_a_clinic_without_a_telephone_is_written_to(database: Database, world: World) -> None:
    booking_id = await booked(database, world)
    async with database.begin(world.scope) as work:
        one = await scheduling.get_booking(work, booking_id)
    for phone, says in (("", "after that, write to the clinic."), ("+1 512", "after that, call the clinic.")):
        told = replace(one, phone=phone, clinic_email="desk@clinic.test")
        text = messages.confirmed(Visits([told], "/bookings/A?token=b", "http://x")).text
        assert says in text
        assert ("E-mail: desk@clinic.test" in text, "Phone: +1 512" in text) == (not phone, bool(phone))
