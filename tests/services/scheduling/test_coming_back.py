"""What is ours in a practitioner's calendar elsewhere: passed by where the clinic knows it, counted elsewhere."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.kernel.errors import InvalidFields
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import LinkedMember, NewAbsence
from services.scheduling import externals
from services.scheduling.booking import cancel, get_booking, reschedule
from services.scheduling.calendar_models import FeedOf
from services.scheduling.feeds import NewFeed, find_feed, make_feed, read_feed
from services.scheduling.people import bind_person
from services.scheduling.schemas import BookingView
from tests.factories import World, book_one, booking_ids, free_slots, live_clinic, person
from tests.services.scheduling.both import signs_in_as, two_clinics
from tests.services.scheduling.elsewhere import Elsewhere, add_calendar, is_offered, read

Span = tuple[datetime, datetime]


@pytest.fixture
async def here(database: Database) -> World:
    return await live_clinic(database)


@pytest.fixture
async def there(database: Database) -> World:
    return await live_clinic(database, name="Cedar Skin", city="Dallas")


async def address_of(database: Database, world: World) -> str:
    async with database.begin(world.scope) as work:
        new = NewFeed(feed_of=FeedOf.PRACTITIONER, subject_id=world.practitioner_id)
        return (await make_feed(work, new, world.owner.account_id))[1]


async def file_at(database: Database, world: World, address: str) -> bytes:
    """What a calendar program gets there."""
    async with database.begin(world.scope) as work:
        token = address.rsplit("/", 1)[1].removesuffix(".ics")
        _, feed_id = await find_feed(work, token, "192.0.2.1")
        return (await read_feed(work, feed_id)).text.encode()


async def booked(database: Database, world: World, at: datetime | None = None) -> BookingView:
    made = await book_one(database, world, at, email="bo@example.test")
    (booking_id,) = await booking_ids(database, world, made)
    async with database.begin(world.scope) as work:
        return await get_booking(work, booking_id)


async def subscribed(database: Database, here: World, there: World) -> tuple[Elsewhere, object]:
    """A calendar of `here`'s practitioner that gives what `there` says of its own, as it is now, and was read."""
    server = Elsewhere()
    server.content = await file_at(database, there, await address_of(database, there))
    async with database.begin(here.scope) as work:
        calendar_id = await add_calendar(work, here.practitioner_id)
    await read(database, here, server, calendar_id, 1)
    return server, calendar_id


async def busy(database: Database, world: World) -> list[Span]:
    async with database.begin(world.scope) as work:
        ahead = await externals.list_busy(work, work.now, work.now + timedelta(days=60))
    return [(one.starts_at, one.ends_at) for one in ahead]


async def test_visits_at_another_clinic_count_for_who_is_not_linked(
    database: Database, here: World, there: World
) -> None:
    at = (await free_slots(database, here))[8]
    visit = await booked(database, there, at.starts_at)
    assert await is_offered(database, here, at)
    await subscribed(database, here, there)
    assert await busy(database, here) == [(visit.starts_at, visit.ends_at)]
    assert not await is_offered(database, here, at)


async def test_time_away_at_another_clinic_counts(database: Database, here: World, there: World) -> None:
    at = (await free_slots(database, here))[8]
    day = at.starts_at.astimezone(at.zone).date()
    async with database.begin(there.scope) as work:
        away = NewAbsence(kind="closed", first_on=day)
        await practitioners.add_absence(work, there.practitioner_id, away)
    await subscribed(database, here, there)
    assert not await is_offered(database, here, at)


async def test_what_the_clinic_holds_itself_is_known_better_than_by_any_copy(
    database: Database, here: World
) -> None:
    slots = await free_slots(database, here)
    visit = await booked(database, here, slots[8].starts_at)
    async with database.begin(here.scope) as work:
        for absence in (
            NewAbsence(kind="closed", first_on=visit.starts_at.date() + timedelta(days=3)),
            NewAbsence(kind="taken", first_on=visit.starts_at.date(), opens="17:00", closes="18:00"),
        ):
            await practitioners.add_absence(work, here.practitioner_id, absence)
    await subscribed(database, here, here)
    assert await busy(database, here) == []
    async with database.begin(here.scope) as work:
        await cancel(work, visit.id, by="clinic")
    assert await is_offered(database, here, slots[8])


async def test_a_linked_persons_visits_elsewhere_are_known_and_no_old_copy_keeps_their_time(
    database: Database,
) -> None:
    here, there = await two_clinics(database)
    slots = await free_slots(database, here)
    moved = await booked(database, there, slots[0].starts_at)
    gone = await booked(database, there, slots[-1].starts_at)
    server, calendar_id = await subscribed(database, here, there)
    assert await busy(database, here) == []
    assert not await is_offered(database, here, slots[0])
    async with database.begin(there.scope) as work:
        await reschedule(work, moved.id, slots[8].starts_at, by="clinic")
        await cancel(work, gone.id, by="clinic")
    server.content = (server.content or b"").replace(b"END:VCALENDAR", b"X-READ:2\r\nEND:VCALENDAR")
    await read(database, here, server, calendar_id, 2)
    assert len(server.asked) == 2
    assert await busy(database, here) == []
    assert await is_offered(database, here, slots[0])
    assert await is_offered(database, here, slots[-1])


async def test_a_visit_elsewhere_whose_time_is_nobodys_here_counts(database: Database) -> None:
    mira, _ = await person(database, "Mira Holm")
    here = await live_clinic(database)
    there = await live_clinic(database, name="Cedar Skin", city="Dallas")
    at = (await free_slots(database, here))[8].starts_at
    await booked(database, here, at)
    # Both were booked before anybody knew that they are one person's: this one is not bound to her.
    clash = await booked(database, there, at + timedelta(minutes=15))
    for world in (here, there):
        await signs_in_as(database, world, mira)
    await subscribed(database, here, there)
    assert await busy(database, here) == [(clash.starts_at, clash.ends_at)]


async def test_what_is_known_is_asked_anew_when_somebody_is_linked_or_no_longer_is(
    database: Database, here: World, there: World
) -> None:
    mira, _ = await person(database, "Mira Holm")
    await signs_in_as(database, there, mira)
    visit = await booked(database, there)
    server, calendar_id = await subscribed(database, here, there)
    assert await busy(database, here) == [(visit.starts_at, visit.ends_at)]

    async def read_again(run: int) -> list[Span]:
        async with database.begin(here.scope) as work:
            (found,) = await externals.list_calendars(work, here.practitioner_id)
            assert found.next_at <= work.now, "it is due"
        await read(database, here, server, calendar_id, run)
        assert server.asked[-1][1] == "", "what has not changed is read too"
        return await busy(database, here)

    await signs_in_as(database, here, mira)
    assert await read_again(3) == []
    async with database.begin(here.scope) as work:
        await practitioners.link_member(work, here.practitioner_id, LinkedMember(member_id=None))
    async with database.begin(here.scope) as work:
        await bind_person(work, here.practitioner_id)
    assert await read_again(5) == [(visit.starts_at, visit.ends_at)]


async def test_our_address_is_taken_where_it_is_another_clinics(
    database: Database, here: World, there: World
) -> None:
    mine, theirs = await address_of(database, here), await address_of(database, there)
    async with database.begin(here.scope) as work:
        assert await add_calendar(work, here.practitioner_id, f"https{theirs.removeprefix('http')}")
    for address, code in (
        (mine, "own"),
        (mine.replace("127", "１２７"), "own"),
        (mine.replace("/feeds/", "/FEEDS/"), "unknown"),
        (theirs.replace(".ics", "x.ics"), "unknown"),
    ):
        async with database.begin(here.scope) as work:
            with pytest.raises(InvalidFields) as refused:
                await add_calendar(work, here.practitioner_id, f"https{address.removeprefix('http')}")
        assert [(error.field, error.code) for error in refused.value.errors] == [("address", code)]
