"""Reminders as text messages: to who chose them, once, and as a letter where a text does not get there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from infra.platform.mail import MailboxOnly
from services.courses.booking import book
from services.kernel.errors import InvalidFields
from services.kernel.work import Database
from services.notices.repository import AddressRepository
from services.notices.rules import NO_TEXTS, NUMBER_DEAD
from services.notices.schemas import ShortText
from services.notices.text_rules import MOST_SEGMENTS, is_gsm, segments
from services.privacy.asking import begin_erasure
from services.privacy.person import Person
from services.privacy.schemas import Erase
from services.scheduling import service as scheduling
from services.scheduling import texts
from services.scheduling.models import TextReminders
from services.scheduling.reminders import ReminderPolicyIn, choose_policy
from services.scheduling.texts import ReachIn, TextsNotOffered
from tests.factories import World, booking_ids, booking_in, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.test_truth import rows
from tests.services.notices.visits import Phones, sent
from workers.inline import drain

NUMBER = "+12125550100"
TEXT, LETTER = "booking.reminder.text", "booking.reminder"


class NoGateway(Phones):
    """A gateway that is not there."""

    async def send(self, to: str, words: str, key: str) -> None:
        raise ConnectionError(f"{key} to {to}: {len(words)} signs")


@pytest.fixture(autouse=True)
def texting(database: Database) -> Database:
    """The same entrance where text messages are sent."""
    database.tools = replace(database.tools, texts=True)
    return database


async def texted_visit(
    database: Database,
    which: TextReminders = TextReminders.ALL,
    *,
    name: str = "Linden Skin",
    language: str | None = None,
) -> tuple[World, UUID]:
    """A visit in a week, booked with reminders as texts, at a clinic that sends those."""
    world = await live_clinic(database, name=name)
    starts_at = (await free_slots(database, world))[0].starts_at
    wanted = booking_in(world, starts_at).model_copy(update={"text_reminders": True})
    client = wanted.client.model_copy(update={"phone": "(212) 555-0100", "language": language})
    async with database.begin(world.scope) as work:
        await choose_policy(work, ReminderPolicyIn(hours=[72, 24], texts=which))
        booked = await book(work, wanted.model_copy(update={"client": client}))
    (booking_id,) = await booking_ids(database, world, booked)
    await drain(database, MailboxOnly())
    return world, booking_id


async def go_to(database: Database, clock: MovableClock, world: World, booking_id: UUID, hours: int) -> None:
    """The clock goes to so many hours before the visit."""
    async with database.begin(world.scope) as work:
        booking = await scheduling.get_booking(work, booking_id)
        left = booking.starts_at - work.now
    await clock.advance(left - timedelta(hours=hours) + timedelta(seconds=1))


async def test_a_reminder_goes_as_one_short_text_with_the_way_to_the_booking(
    database: Database, clock: MovableClock
) -> None:
    world, booking_id = await texted_visit(database)
    await go_to(database, clock, world, booking_id, 72)
    phones = Phones()
    await drain(database, MailboxOnly(), texts=phones)
    (text,) = phones.texts
    async with database.begin(world.scope) as work:
        booking = await scheduling.get_booking(work, booking_id)
        path = texts.text_path(work, booking)
    assert text.to == NUMBER
    assert f"{database.tools.base_url}{path}" in text.words
    assert booking.treatment_name not in text.words
    assert (is_gsm(text.words), segments(text.words) <= MOST_SEGMENTS) == (True, True)
    (row,) = await rows(database, TEXT)
    assert (row.channel, row.audience, row.language, row.state) == ("text", "client", "en", "sent")
    assert (row.recipient, row.text_body, row.attempts, row.html_body) == (NUMBER, text.words, 1, "")
    assert await rows(database, LETTER) == []
    await go_to(database, clock, world, booking_id, 24)
    await drain(database, MailboxOnly(), texts=phones)
    assert len(phones.texts) == 2
    assert await sent(database, LETTER) == []


async def test_who_is_erased_is_forgotten_by_the_gateway_too(database: Database, clock: MovableClock) -> None:
    phones = Phones()
    for name in ("Linden Skin", "Cedar Skin"):
        world, booking_id = await texted_visit(database, name=name)
        await go_to(database, clock, world, booking_id, 72)
        await drain(database, MailboxOnly(), texts=phones)
    other = await live_clinic(database, name="Another")
    kept = ShortText("+12125550111", "To somebody else", f"notice-{other.clinic_id.hex}")
    phones.texts.append(kept)
    async with database.begin(world.scope) as work:
        email = (await scheduling.get_booking(work, booking_id)).client_email
    erased = Erase(understood=True, cancel_bookings=True)
    await begin_erasure(database, Person(email=email), erased)
    await drain(database, MailboxOnly(), texts=phones)
    assert phones.texts == [kept]


async def test_the_clinic_chooses_which_go_as_texts(database: Database, clock: MovableClock) -> None:
    world, booking_id = await texted_visit(database, TextReminders.LAST)
    phones = Phones()
    await go_to(database, clock, world, booking_id, 72)
    await drain(database, MailboxOnly(), texts=phones)
    assert (len(phones.texts), len(await rows(database, LETTER))) == (0, 1)
    await go_to(database, clock, world, booking_id, 24)
    await drain(database, MailboxOnly(), texts=phones)
    assert (len(phones.texts), len(await rows(database, LETTER))) == (1, 1)


async def test_who_stops_texts_before_one_goes_gets_the_letter_instead(
    database: Database, clock: MovableClock
) -> None:
    world, booking_id = await texted_visit(database)
    await go_to(database, clock, world, booking_id, 72)
    phones = Phones()
    await drain(database, MailboxOnly(), texts=NoGateway(), strict=False)
    async with database.begin(world.scope) as work:
        await texts.stop_texts(work, booking_id, "page")
        await texts.stop_texts(work, booking_id, "page")
    await clock.advance(timedelta(minutes=5))
    await drain(database, MailboxOnly(), texts=phones)
    (row,) = await rows(database, TEXT)
    assert (row.state, row.error, phones.texts) == ("dropped", NO_TEXTS, [])
    assert [one.state for one in await rows(database, LETTER)] == ["sent"]


async def test_a_number_that_refuses_is_marked_and_the_letter_goes_instead(
    database: Database, clock: MovableClock
) -> None:
    world, booking_id = await texted_visit(database)
    await go_to(database, clock, world, booking_id, 72)
    phones = Phones(NUMBER)
    await drain(database, MailboxOnly(), texts=phones)
    (row,) = await rows(database, TEXT)
    assert (row.state, row.error) == ("failed", "refused")
    assert [one.state for one in await rows(database, LETTER)] == ["sent"]
    async with database.begin(world.scope) as work:
        dead = await AddressRepository(work).find(NUMBER)
    assert dead is not None
    assert dead.domain == "US"  # nothing that names the number
    await go_to(database, clock, world, booking_id, 24)
    await drain(database, MailboxOnly(), texts=phones)
    assert (len(await rows(database, TEXT)), len(await rows(database, LETTER))) == (1, 2)
    async with database.begin(world.scope) as work:  # given anew, it is tried again
        await texts.choose_reach(
            work, booking_id, ReachIn(language="en", text_reminders=True, phone="+1 212 555 0100")
        )
    await drain(database, MailboxOnly(), texts=phones)
    async with database.begin(world.scope) as work:
        assert await AddressRepository(work).find(NUMBER) is None


async def test_a_number_that_died_while_a_text_waited_gets_none(
    database: Database, clock: MovableClock
) -> None:
    world, booking_id = await texted_visit(database)
    await go_to(database, clock, world, booking_id, 72)
    await drain(database, MailboxOnly(), texts=NoGateway(), strict=False)
    async with database.begin(world.scope) as work:
        await AddressRepository(work).note_refused(NUMBER, "refused")
    await clock.advance(timedelta(minutes=5))
    await drain(database, MailboxOnly(), texts=Phones())
    assert [(row.state, row.error) for row in await rows(database, TEXT)] == [("failed", NUMBER_DEAD)]
    assert [row.state for row in await rows(database, LETTER)] == ["sent"]


async def test_a_text_that_is_not_true_any_more_does_not_go(database: Database, clock: MovableClock) -> None:
    world, booking_id = await texted_visit(database)
    await go_to(database, clock, world, booking_id, 72)
    await drain(database, MailboxOnly(), texts=NoGateway(), strict=False)
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, booking_id, by="clinic", reason="ill")
    await clock.advance(timedelta(minutes=5))
    phones = Phones()
    await drain(database, MailboxOnly(), texts=phones)
    assert ([row.state for row in await rows(database, TEXT)], phones.texts) == (["dropped"], [])
    assert await rows(database, LETTER) == []


async def test_a_text_is_in_the_clients_language_and_fits_with_a_long_name(
    database: Database, clock: MovableClock
) -> None:
    name = "Clínica Dermatológica y Estética Nuestra Señora de los Ángeles"
    world, booking_id = await texted_visit(database, name=name, language="es")
    await go_to(database, clock, world, booking_id, 72)
    phones = Phones()
    await drain(database, MailboxOnly(), texts=phones)
    (text,) = phones.texts
    assert segments(text.words) <= MOST_SEGMENTS
    named = (
        "Clinica Dermatologica y Estética Nuestra Señora de los Angeles"  # as near as the short alphabet gets
    )
    assert text.words.startswith(f"{named}: tu cita es el ")


async def test_texts_are_no_ones_who_only_knows_the_address(database: Database, clock: MovableClock) -> None:
    world, booking_id = await texted_visit(database)
    starts_at = (await free_slots(database, world, in_days=9))[0].starts_at
    wanted = booking_in(world, starts_at).model_copy(update={"text_reminders": True})
    client = wanted.client.model_copy(update={"phone": "+1 212 555 0199"})
    async with database.begin(world.scope) as work:
        booked = await book(work, wanted.model_copy(update={"client": client}))
    (theirs,) = await booking_ids(database, world, booked)
    async with database.begin(world.scope) as work:
        await texts.stop_texts(work, theirs, "page")
    await go_to(database, clock, world, booking_id, 72)
    phones = Phones()
    await drain(database, MailboxOnly(), texts=phones)
    assert [text.to for text in phones.texts] == [NUMBER]


async def test_what_is_no_mobile_number_is_refused_and_a_clinic_that_sends_none_offers_none(
    database: Database,
) -> None:
    world, booking_id = await texted_visit(database)
    async with database.begin(world.scope) as work:
        for wrong in ("", "12", "+44 20 7946 0018"):
            with pytest.raises(InvalidFields) as refusal:
                await texts.choose_reach(
                    work, booking_id, ReachIn(language="es", text_reminders=True, phone=wrong)
                )
            assert refusal.value.errors[0].field == "phone"
        await choose_policy(work, ReminderPolicyIn(hours=[24], texts=TextReminders.OFF))
        assert not await texts.offers_texts(work)
        with pytest.raises(TextsNotOffered):
            await texts.choose_reach(
                work, booking_id, ReachIn(language="es", text_reminders=True, phone=NUMBER)
            )
