"""Letters about another time that a client asked for: each once, and only while it is true."""

from __future__ import annotations

from datetime import timedelta

import pytest

from infra.platform.mail import MailboxOnly
from services.clients import service as clients
from services.clients.schemas import ClientPatch
from services.courses.moving import accept_move
from services.kernel.work import Database
from services.notices.rules import SETTLING
from services.scheduling import service as scheduling
from services.scheduling.asked_moves import decline_move, find_open, take_back
from services.scheduling.schemas import BookingView
from services.treatments.models import BookingMode
from tests.factories import World, add_practitioner, book_one, booking_ids, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.visits import sent
from workers.inline import drain

CLIENT, TEAM = "booking.move_asked.client", "booking.move_asked.clinic"


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database, booking_mode=BookingMode.REQUEST)


async def asked(database: Database, world: World, *, tell: bool = True) -> BookingView:
    """An accepted visit whose client asks for another time; its letters are out, if they are to be."""
    (booking_id,) = await booking_ids(database, world, await book_one(database, world))
    async with database.begin(world.scope) as work:
        await scheduling.accept(work, booking_id)
    await drain(database, MailboxOnly())
    there = (await free_slots(database, world, in_days=9))[0].starts_at
    async with database.begin(world.scope) as work:
        booking = await scheduling.reschedule(work, booking_id, there)
    if tell:
        await drain(database, MailboxOnly())
    return booking


async def test_client_and_team_learn_of_it_once(database: Database, world: World) -> None:
    booking = await asked(database, world)
    await drain(database, MailboxOnly())
    (to_client,), (to_team,) = await sent(database, CLIENT), await sent(database, TEAM)
    assert (to_client.to, to_team.to) == ("ana@example.test", world.owner.email)
    for letter in (to_client, to_team):
        assert booking.reference in letter.text
        assert not letter.attachments
        assert "facial" not in letter.subject
    assert "stays as it is" in to_client.text
    assert "another time needs your answer" in to_team.subject
    assert await sent(database, "booking.rescheduled.client") == []


async def test_the_letter_says_who_would_treat_where_that_is_somebody_else(
    database: Database, world: World
) -> None:
    other = await add_practitioner(database, world, "Dr Ivo Marsh")
    booking = await asked(database, world)
    async with database.begin(world.scope) as work:
        who = other if booking.practitioner_id != other else world.practitioner_id
        await scheduling.reschedule(work, booking.id, booking.starts_at, practitioner_id=who)
        wanted = await find_open(work, booking.id)
    assert wanted is not None
    await drain(database, MailboxOnly())
    letters = sorted(await sent(database, CLIENT), key=lambda letter: letter.sent_at)
    assert [wanted.practitioner_name in letter.text for letter in letters] == [False, True]


async def test_it_is_not_told_where_it_was_taken_back_before(database: Database, world: World) -> None:
    booking = await asked(database, world, tell=False)
    async with database.begin(world.scope) as work:
        await take_back(work, booking.id)
    await drain(database, MailboxOnly())
    assert [await sent(database, kind) for kind in (CLIENT, TEAM)] == [[], []]


async def test_a_no_is_told_with_the_clinics_words_in_the_clients_language(
    database: Database, world: World
) -> None:
    booking = await asked(database, world)
    async with database.begin(world.scope) as work:
        await clients.update_client(work, booking.client_id, ClientPatch(language="es"))
        await decline_move(work, booking.id, "Ese día no hay nadie.")
    await drain(database, MailboxOnly())
    await drain(database, MailboxOnly())
    (letter,) = await sent(database, "booking.move_declined.client")
    assert letter.language == "es"
    assert "Ese día no hay nadie." in letter.text
    assert "Tu cita sigue como está." in letter.text


async def test_no_answer_is_told_by_itself_when_the_time_is_over(
    database: Database, world: World, clock: MovableClock
) -> None:
    await asked(database, world)
    await clock.advance(timedelta(hours=48))
    await drain(database, MailboxOnly())
    await drain(database, MailboxOnly())
    (letter,) = await sent(database, "booking.move_expired.client")
    assert "did not answer in time" in letter.text
    assert await sent(database, "booking.move_declined.client") == []


async def test_a_no_is_not_told_of_a_visit_that_is_off_by_then(database: Database, world: World) -> None:
    booking = await asked(database, world)
    async with database.begin(world.scope) as work:
        await decline_move(work, booking.id)
        await scheduling.cancel(work, booking.id, by="clinic", reason="Ill.")
    await drain(database, MailboxOnly())
    assert await sent(database, "booking.move_declined.client") == []


async def test_a_yes_is_told_as_the_new_time_with_the_next_calendar_entry(
    database: Database, world: World, clock: MovableClock
) -> None:
    booking = await asked(database, world)
    async with database.begin(world.scope) as work:
        await accept_move(work, booking.id)
    await clock.advance(SETTLING)
    await drain(database, MailboxOnly())
    (to_client,), (to_team,) = (
        await sent(database, "booking.rescheduled.client"),
        await sent(database, "booking.rescheduled.clinic"),
    )
    assert "Your appointment has a new time." in to_client.text
    for letter in (to_client, to_team):
        (file,) = letter.attachments
        assert "SEQUENCE:2" in file.content
    assert await sent(database, "booking.move_declined.client") == []
