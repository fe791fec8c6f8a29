"""What client and clinic are told of a visit, once each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import String, cast, select

from infra.platform.mail import MailboxOnly
from services.kernel.correlation import followed_by
from services.kernel.language import money_words, speaking
from services.kernel.models import Delivery
from services.kernel.scope import PlatformScope
from services.kernel.tables import table
from services.kernel.work import Database
from services.notices.bookings import visits
from services.notices.messages import booking as messages
from services.notices.messages.booking import Visits, confirmed
from services.notices.models import Notice
from services.notices.schemas import Message
from services.scheduling import service as scheduling
from services.treatments import service as treatments
from services.treatments.models import BookingMode
from services.treatments.schemas import AreaIn, MoneyIn, TreatmentPatch
from tests.factories import book_one, booking_ids, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.visits import kinds, sent, settled, whole_course
from workers.inline import drain

_NOTICES, _DELIVERIES = table(Notice), table(Delivery)

DEARER = [AreaIn(code="face", minutes=20, price=MoneyIn(amount=99900, currency="USD"))]


def read(content: str) -> Calendar:
    found = Calendar.from_ical(content)
    assert isinstance(found, Calendar)
    return found


async def test_a_confirmed_visit_is_told_once_to_client_and_clinic(database: Database) -> None:
    world = await live_clinic(database)
    booked = await book_one(database, world)
    assert await kinds(database) == ["booking.confirmed.client", "booking.confirmed.clinic"]
    (client,) = await sent(database, "booking.confirmed.client")
    (clinic,) = await sent(database, "booking.confirmed.clinic")
    assert client.to == "ana@example.test"
    assert clinic.to == world.owner.email
    assert booked.reference in client.text
    assert booked.reference in client.html
    assert "Price: $200\n" in client.text
    assert f"http://127.0.0.1:8000/bookings/{booked.reference}?token=" in client.text
    assert f"/clinic/{world.slug}/bookings/{booked.reference}" in clinic.text
    assert "Chicago time" in client.text


async def test_of_confirmations_written_together_one_may_fail_alone_and_each_keeps_its_thread(
    database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await live_clinic(database)
    await drain(database, MailboxOnly())
    everybody = {f"{name}@example.test" for name in ("ana", "ben", "cleo")}
    for week, email in enumerate(sorted(everybody), start=1):
        (slot, *_) = await free_slots(database, world, in_days=7 * week)
        with followed_by(email):
            await book_one(database, world, slot.starts_at, email=email)
    with monkeypatch.context() as patch:
        patch.setattr(messages, "confirmed", _unless(messages.confirmed, "ben@example.test"))
        told = await sent(database, "booking.confirmed.client", strict=False)
    assert {one.to for one in told} == everybody - {"ben@example.test"}
    await clock.advance(timedelta(minutes=5))
    assert sorted(one.to for one in await sent(database, "booking.confirmed.client")) == sorted(everybody)
    async with database.begin(PlatformScope("a test follows what was sent")) as work:
        threads = await work.rows(
            select(_NOTICES.c.recipient, _DELIVERIES.c.correlation_id).join(
                _DELIVERIES, _DELIVERIES.c.payload["notice_id"].astext == cast(_NOTICES.c.id, String)
            )
        )
    of_clients = {
        (row.recipient, row.correlation_id) for row in threads if row.recipient != world.owner.email
    }
    assert of_clients == {(email, email) for email in everybody}


def _unless(write: Callable[[Visits], Message], email: str) -> Callable[[Visits], Message]:
    def written(told: Visits) -> Message:
        if told.first.client_email == email:
            raise ZeroDivisionError
        return write(told)

    return written


async def test_titles_say_nothing_of_the_treatment(database: Database) -> None:
    world = await live_clinic(database)
    booked = await book_one(database, world)
    (booking_id,) = await booking_ids(database, world, booked)
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, booking_id, by="client")
    for one in await sent(database):
        for word in ("needl", "scar", "pen", "facial", "treatment"):
            assert word not in one.subject.lower().replace("open", "")


async def test_the_calendar_file_invites_and_later_takes_away(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    booked = await book_one(database, world)
    (booking_id,) = await booking_ids(database, world, booked)
    (confirmed,) = await sent(database, "booking.confirmed.client")
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, booking_id, by="client")
    (cancelled,) = await settled(database, clock, "booking.cancelled.client")
    (invite,), (end,) = confirmed.attachments, cancelled.attachments
    assert invite.content_type == "text/calendar; method=REQUEST; charset=utf-8"
    assert end.content_type == "text/calendar; method=CANCEL; charset=utf-8"
    before, after = read(invite.content), read(end.content)
    assert (before["METHOD"], after["METHOD"]) == ("REQUEST", "CANCEL")
    assert before.events[0]["UID"] == after.events[0]["UID"]
    assert int(str(after.events[0]["SEQUENCE"])) > int(str(before.events[0]["SEQUENCE"]))


async def test_a_whole_course_is_confirmed_in_one_message(database: Database) -> None:
    world = await live_clinic(database)
    booked, ids = await whole_course(database, world)
    (client,) = await sent(database, "booking.confirmed.client")
    assert len(ids) == 4
    assert all(f"Session {number}: " in client.text for number in range(1, 5))
    # An invitation is of one event (RFC 5546, 3.2.2).
    events = [event for file in client.attachments for event in read(file.content).events]
    assert (len(client.attachments), len({str(event["UID"]) for event in events})) == (4, 4)
    assert len({file.filename for file in client.attachments}) == 4
    assert booked.reference in client.text


async def test_the_price_is_said_as_it_was_booked_in_the_clients_language(database: Database) -> None:
    world = await live_clinic(database)
    _, ids = await whole_course(database, world)
    async with database.begin(world.scope) as work:
        group = await scheduling.list_group(work, (await scheduling.get_booking(work, ids[0])).group_id)
        together = sum(one.price for one in group)
        await treatments.update_treatment(work, world.treatment_id, TreatmentPatch(areas=DEARER))
        first = await visits(work, [replace(one, client_language="es") for one in group])
    (client,) = await sent(database, "booking.confirmed.client")
    assert f"Price of the 4 sessions: {money_words(together, 'USD')}\n" in client.text
    assert "Price of" in client.html
    spanish = confirmed(first).text
    with speaking("es"):
        assert f"Precio de las 4 sesiones: {money_words(together, 'USD')}\n" in spanish


async def test_each_new_time_is_told_once(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    slots = await free_slots(database, world)
    booked = await book_one(database, world, slots[0].starts_at)
    await sent(database)
    (booking_id,) = await booking_ids(database, world, booked)
    for slot in (slots[8], slots[12]):
        async with database.begin(world.scope) as work:
            await scheduling.reschedule(work, booking_id, slot.starts_at)
        await settled(database, clock)
    moved = await sent(database, "booking.rescheduled.client")
    assert len(moved) == len(await sent(database, "booking.rescheduled.clinic")) == 2
    assert len({one.text for one in moved}) == 2


async def test_a_request_is_told_and_its_answer_too(database: Database) -> None:
    world = await live_clinic(database, booking_mode=BookingMode.REQUEST)
    booked = await book_one(database, world)
    assert await kinds(database) == ["booking.requested.client", "booking.requested.clinic"]
    (booking_id,) = await booking_ids(database, world, booked)
    async with database.begin(world.scope) as work:
        await scheduling.accept(work, booking_id)
    assert await kinds(database) == [
        "booking.confirmed.client",
        "booking.requested.client",
        "booking.requested.clinic",
    ]


async def test_a_declined_request_is_told_with_the_clinics_words(database: Database) -> None:
    world = await live_clinic(database, booking_mode=BookingMode.REQUEST)
    (booking_id,) = await booking_ids(database, world, await book_one(database, world))
    async with database.begin(world.scope) as work:
        await scheduling.decline(work, booking_id, "We are <closed> that week.")
    (declined,) = await sent(database, "booking.declined.client")
    assert "We are <closed> that week." in declined.text
    assert "We are &lt;closed&gt; that week." in declined.html


async def test_an_unanswered_request_ends_by_itself_and_is_told(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, booking_mode=BookingMode.REQUEST)
    (booking_id,) = await booking_ids(database, world, await book_one(database, world))
    await sent(database)
    await clock.advance(timedelta(hours=49))
    assert len(await sent(database, "booking.expired.client")) == 1
    async with database.begin(world.scope) as work:
        assert (await scheduling.get_booking(work, booking_id)).status == "expired"


async def test_reminders_come_three_days_and_a_day_before_and_name_no_treatment(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    (booking_id,) = await booking_ids(database, world, await book_one(database, world))
    await sent(database)
    async with database.begin(world.scope) as work:
        booking = await scheduling.get_booking(work, booking_id)
        left = booking.starts_at - work.now
    await clock.advance(left - timedelta(hours=72, minutes=5))
    assert await sent(database, "booking.reminder") == []
    await clock.advance(timedelta(minutes=10))
    assert len(await sent(database, "booking.reminder")) == 1
    await clock.advance(timedelta(hours=48))
    _, reminder = await sent(database, "booking.reminder")
    assert booking.treatment_name not in reminder.text + reminder.html
    assert "Chicago time" in reminder.text


async def test_a_cancelled_visit_has_no_reminder(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    (booking_id,) = await booking_ids(database, world, await book_one(database, world))
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, booking_id, by="client")
    await sent(database)
    await clock.advance(timedelta(days=8))
    assert await sent(database, "booking.reminder") == []


async def test_a_moved_visit_is_reminded_of_its_new_time_alone(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    slots = await free_slots(database, world, days=10)
    booked = await book_one(database, world, slots[0].starts_at)
    (booking_id,) = await booking_ids(database, world, booked)
    async with database.begin(world.scope) as work:
        await scheduling.reschedule(work, booking_id, slots[-1].starts_at)
        left = slots[-1].starts_at - work.now
    await sent(database)
    await clock.advance(left - timedelta(hours=80))
    assert await sent(database, "booking.reminder") == []
    await clock.advance(timedelta(hours=57))
    assert len(await sent(database, "booking.reminder")) == 1  # not two at once


async def test_a_reminder_that_comes_after_the_start_is_not_sent(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    await book_one(database, world)
    await sent(database)
    await clock.advance(timedelta(days=20))
    assert await sent(database, "booking.reminder") == []
