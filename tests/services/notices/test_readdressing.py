"""Where a clinic puts a client's address right, what lies ahead is told there: once, and by one message."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from infra.platform.mail import MailboxOnly
from services.clients import service as clients
from services.clients.schemas import ClientPatch
from services.kernel.work import Database
from services.notices import service as notices
from services.notices.schemas import ClientNotice, SentNotice
from services.scheduling import service as scheduling
from services.treatments.models import BookingMode
from tests.factories import World, book_one, booking_ids, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.test_reached import Refusing
from tests.services.notices.test_truth import Away, cancel, move
from tests.services.notices.visits import sent, settled
from workers.inline import drain

WRONG, RIGHT = "anna@example.test", "ana@example.test"


async def booked(database: Database, world: World, *, whole_course: bool = False) -> list[UUID]:
    made = await book_one(database, world, email=WRONG, whole_course=whole_course)
    return await booking_ids(database, world, made)


async def put_right(database: Database, world: World, booking_id: UUID, email: str = RIGHT) -> UUID:
    async with database.begin(world.scope) as work:
        client_id = (await scheduling.get_booking(work, booking_id)).client_id
        await clients.update_client(work, client_id, ClientPatch(email=email))
    return client_id


async def to(database: Database, email: str) -> list[SentNotice]:
    """What went to an address, oldest first."""
    return [one for one in await sent(database) if one.to == email]


async def listed(database: Database, world: World, client_id: UUID) -> list[ClientNotice]:
    async with database.begin(world.scope) as work:
        return await notices.list_to_client(work, client_id, 20)


async def test_the_confirmation_goes_to_the_new_address_once(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    (visit,) = await booked(database, world)
    assert len(await to(database, WRONG)) == 1
    client_id = await put_right(database, world, visit)
    (told,) = await to(database, RIGHT)
    assert told.kind == "booking.confirmed.client"
    assert [one.filename.endswith(".ics") for one in told.attachments] == [True]
    assert "/bookings/" in told.text
    for email in (WRONG, RIGHT, RIGHT.upper(), RIGHT):
        await put_right(database, world, visit, email)
        await drain(database, MailboxOnly())
    assert [len(await to(database, one)) for one in (WRONG, RIGHT)] == [1, 1], (
        "back and forth tells nothing new"
    )
    assert {(one.kind, one.to, one.state) for one in await listed(database, world, client_id)} == {
        ("booking.confirmed.client", WRONG, "sent"),
        ("booking.confirmed.client", RIGHT, "sent"),
    }
    async with database.begin(world.scope) as work:
        left = (await scheduling.get_booking(work, visit)).starts_at - work.now
    await clock.advance(left - timedelta(hours=24))
    assert [one.kind for one in await to(database, RIGHT)] == ["booking.confirmed.client", "booking.reminder"]


async def test_what_the_wrong_address_refused_is_told_to_the_right_one(database: Database) -> None:
    world = await live_clinic(database)
    (visit,) = await booked(database, world)
    await drain(database, Refusing(WRONG))
    client_id = await put_right(database, world, visit)
    assert [one.kind for one in await to(database, RIGHT)] == ["booking.confirmed.client"]
    states = {one.to: one.state for one in await listed(database, world, client_id)}
    assert states == {WRONG: "failed", RIGHT: "sent"}


async def test_what_still_waits_goes_to_the_right_one_and_nothing_beside_it(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    (visit,) = await booked(database, world)
    await put_right(database, world, visit)  # before anything was written
    assert len(await to(database, RIGHT)) == 1
    other = (await free_slots(database, world, in_days=9))[0].starts_at
    made = await book_one(database, world, other, email=RIGHT)
    (second,) = await booking_ids(database, world, made)
    await drain(database, Away(), strict=False)  # written, and not sent
    await put_right(database, world, second, "ana.torres@example.test")
    await clock.advance(timedelta(minutes=5))
    told = await to(database, "ana.torres@example.test")
    assert len(told) == 2, "each visit once: what was told, and what waited"


async def test_a_request_that_waits_for_its_answer_is_told_as_one(database: Database) -> None:
    world = await live_clinic(database, booking_mode=BookingMode.REQUEST)
    (visit,) = await booked(database, world)
    await drain(database, MailboxOnly())
    await put_right(database, world, visit)
    assert [one.kind for one in await to(database, RIGHT)] == ["booking.requested.client"]


async def test_of_a_course_what_lies_ahead_is_one_message(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    first, second, *_ = await booked(database, world, whole_course=True)
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        begins = (await scheduling.get_booking(work, first)).ends_at - work.now
    await clock.advance(begins + timedelta(minutes=1))
    await drain(database, MailboxOnly())
    await cancel(database, world, second)
    await settled(database, clock)
    await put_right(database, world, first)
    (told,) = await to(database, RIGHT)
    assert (told.kind, len(told.attachments)) == ("booking.confirmed.client", 2)


async def test_a_change_that_was_just_made_tells_itself(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    (visit,) = await booked(database, world)
    await drain(database, MailboxOnly())
    await move(database, world, visit, (await free_slots(database, world, in_days=9))[0].starts_at)
    await put_right(database, world, visit)
    assert await to(database, RIGHT) == []
    await settled(database, clock)
    assert [one.kind for one in await to(database, RIGHT)] == ["booking.rescheduled.client"]


async def test_nothing_is_told_of_what_is_off_or_over(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    (off,) = await booked(database, world)
    (over,) = await booked(database, world)
    await drain(database, MailboxOnly())
    await cancel(database, world, off)
    await settled(database, clock)
    async with database.begin(world.scope) as work:
        begins = (await scheduling.get_booking(work, over)).starts_at - work.now
    await clock.advance(begins + timedelta(minutes=1))
    await drain(database, MailboxOnly())
    await put_right(database, world, over)
    assert await to(database, RIGHT) == []
