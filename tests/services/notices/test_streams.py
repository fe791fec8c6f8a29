"""Messages about no visit need the client's word and have a way out; addresses that take no mail are left alone."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from uuid import UUID

import pytest

from infra.platform.mail import MailboxOnly, MailRefused, MailUnanswered
from services.clients import service as clients
from services.kernel.links import LinkInvalid
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from services.notices import addresses, unsubscribing
from services.notices.rules import ADDRESS_DEAD, NOBODY_KNOWS
from services.scheduling import service as scheduling
from services.screening import marketing
from tests.factories import World, book_one, booking_ids, live_clinic, person
from tests.fixtures import MovableClock
from tests.services.notices.test_sending import Outbox, message, queue
from tests.services.notices.test_truth import Away, rows
from tests.services.notices.visits import completed_visit, sent
from tests.workers.notice_cases import over
from workers.inline import drain

HALF_A_YEAR = timedelta(days=183)


async def client_of(database: Database, world: World, booking_id: UUID) -> UUID:
    async with database.begin(world.scope) as work:
        return (await scheduling.get_booking(work, booking_id)).client_id


async def test_half_a_year_after_a_course_who_allowed_it_is_written_to_with_a_way_out(
    database: Database, clock: MovableClock
) -> None:
    await over(database, clock)
    await drain(database, MailboxOnly())
    await clock.advance(HALF_A_YEAR)
    transport = Outbox()
    await drain(database, transport)
    (letter,) = [one for one in transport.messages if one["List-Unsubscribe"]]
    assert letter["Subject"] == "A word from Linden Skin"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = letter["List-Unsubscribe"].strip("<>")
    body = letter.get_body(("plain",))
    assert body is not None
    assert url in body.get_content().replace("\n", "")
    async with database.begin(PublicScope()) as work:
        clinic_id, client_id = unsubscribing.read_link(work, url.rpartition("/")[2])
        with pytest.raises(LinkInvalid):
            unsubscribing.read_link(work, "x" + url.rpartition("/")[2])
    assert clinic_id is not None
    assert client_id is not None


async def test_without_a_word_or_after_a_no_nothing_is_written(
    database: Database, clock: MovableClock
) -> None:
    world, booking_id, _ = await over(database, clock, allowed=False)
    await drain(database, MailboxOnly())
    await clock.advance(HALF_A_YEAR)
    assert await sent(database, "course.upkeep") == []
    assert await rows(database, "course.upkeep") == []
    client_id = await client_of(database, world, booking_id)
    async with database.begin(world.scope) as work:
        assert await marketing.choose_marketing(work, client_id, "desk", allowed=True)
        assert await unsubscribing.unsubscribe(work, client_id)
        assert not await unsubscribing.unsubscribe(work, client_id)
        assert not await marketing.may_market(work, client_id)


async def test_who_stops_them_before_it_goes_gets_none(database: Database, clock: MovableClock) -> None:
    world, booking_id, _ = await over(database, clock)
    await drain(database, MailboxOnly())
    await clock.advance(HALF_A_YEAR)
    await drain(database, Away(), strict=False)
    async with database.begin(world.scope) as work:
        await unsubscribing.unsubscribe(work, await client_of(database, world, booking_id))
    await clock.advance(timedelta(minutes=5))
    assert await sent(database, "course.upkeep") == []
    assert [row.state for row in await rows(database, "course.upkeep")] == ["dropped"]


async def test_who_has_booked_since_is_not_written_to(database: Database, clock: MovableClock) -> None:
    world, _, _ = await over(database, clock)
    await book_one(database, world)
    await drain(database, MailboxOnly())
    await clock.advance(HALF_A_YEAR)
    assert await sent(database, "course.upkeep") == []


async def test_what_is_about_a_visit_has_no_way_out(database: Database) -> None:
    world = await live_clinic(database)
    await book_one(database, world)
    transport = Outbox()
    await drain(database, transport)
    assert [one["List-Unsubscribe"] for one in transport.messages] == [None] * len(transport.messages)


class Refusing(Outbox):
    """A server that knows no ana@example.test."""

    def __init__(self) -> None:
        super().__init__()
        self.dead = True

    async def send(self, message: EmailMessage) -> None:
        if self.dead and message["To"] == "ana@example.test":
            raise MailRefused("550 5.1.1 no such user", dead_address=True)
        await super().send(message)


async def test_an_address_that_takes_no_mail_gets_what_matters_alone(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    server = Refusing()
    (booking_id,) = await booking_ids(database, world, await book_one(database, world))
    await drain(database, server)
    async with database.begin(world.scope) as work:
        booking = await scheduling.get_booking(work, booking_id)
        dead = await addresses.find_dead(work, "Ana@Example.test")
    assert dead is not None
    assert (dead.domain, dead.refusals, dead.reason) == ("example.test", 1, "refused: 550 5.1.1")
    await clock.advance(booking.starts_at - timedelta(hours=71) - await clock.now())
    await drain(database, server)
    (reminder,) = await rows(database, "booking.reminder")
    assert (reminder.state, reminder.attempts, reminder.error) == ("failed", 0, ADDRESS_DEAD)
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, booking_id, by="clinic", reason="ill")
    await drain(database, server)
    server.dead = False
    await clock.advance(timedelta(minutes=3))
    await drain(database, server)
    assert server.messages[-1]["Subject"].startswith("Cancelled")
    async with database.begin(world.scope) as work:
        assert await addresses.find_dead(work, "ana@example.test") is None  # it took one


async def test_the_clinic_or_a_proof_makes_an_address_believed_again(database: Database) -> None:
    world = await live_clinic(database)
    (booking_id,) = await booking_ids(database, world, await book_one(database, world))
    await drain(database, Refusing())
    client_id = await client_of(database, world, booking_id)
    async with database.begin(world.scope) as work:
        assert await addresses.believe_client(work, client_id)
        assert not await addresses.believe_client(work, client_id)
    await queue(database, message())
    await drain(database, Refusing())
    await person(database, email="ana@example.test")
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        client = await clients.get_client(work, client_id)
        assert await addresses.find_dead(work, client.email) is None


async def test_a_refused_message_alone_marks_no_address(database: Database) -> None:
    await queue(database, message())
    await drain(database, Outbox(MailRefused("554 too long")))
    async with database.begin(PublicScope()) as work:
        assert await addresses.find_dead(work, "ana@example.test") is None


async def test_where_no_answer_came_the_rule_of_the_kind_decides(
    database: Database, clock: MovableClock
) -> None:
    await queue(database, message("booking.reminder"))
    await queue(database, message())
    await drain(database, Outbox(MailUnanswered("silent"), MailUnanswered("silent")), strict=False)
    assert [row.state for row in await rows(database, "booking.reminder")] == ["inflight"]
    await clock.advance(timedelta(seconds=5))
    transport = Outbox()
    await drain(database, transport)
    (reminder,) = await rows(database, "booking.reminder")
    assert (reminder.state, reminder.error) == ("failed", NOBODY_KNOWS)
    assert len(transport.messages) == 1


async def test_aftercare_to_a_client_is_on_their_page(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    booking_id = await completed_visit(database, clock, world)
    await drain(database, MailboxOnly())
    (row,) = await rows(database, "booking.confirmed.client")
    assert row.client_id == await client_of(database, world, booking_id)
