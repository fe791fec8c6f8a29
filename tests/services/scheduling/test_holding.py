"""A time is held for ten minutes: nobody else gets it, its holder books it as it was held, and nobody holds a day."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.platform.assembly import Adapters
from services.courses.booking import book
from services.courses.schemas import Booked
from services.kernel.errors import InvalidFields, NotFound, TooManyRequests
from services.kernel.work import Database
from services.questions.errors import AskFirst
from services.scheduling import blocking, holding
from services.scheduling.availability import get_offer, list_slots
from services.scheduling.block_schemas import NewBlock
from services.scheduling.booking import cancel, get_booking
from services.scheduling.errors import SlotTaken, TimeInUse, TooManyHolds
from services.scheduling.schemas import HeldTime, SlotQuery, VisitWish
from services.treatments import service as treatments
from services.treatments.models import BookingMode
from services.treatments.schemas import CoursePatch, TreatmentPatch
from tests.factories import (
    World,
    add_practitioner,
    book_one,
    booking_ids,
    booking_in,
    free_slots,
    live_clinic,
)
from tests.fixtures import MovableClock
from tests.services.accounts.people import throttled
from tests.services.scheduling.seeing import seen

A_LITTLE_LATER = timedelta(minutes=10, seconds=1)


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database)


async def hold(
    database: Database, world: World, starts_at: datetime, who: str = "192.0.2.1", instead_of: str = ""
) -> HeldTime:
    async with database.begin(world.scope) as work:
        wanted = VisitWish(world.treatment_id, starts_at)
        return await holding.hold_time(work, wanted, who, instead_of=instead_of)


async def book_held(database: Database, world: World, starts_at: datetime, token: str | None) -> Booked:
    async with database.begin(world.scope) as work:
        wanted = booking_in(world, starts_at).model_copy(update={"hold": token})
        return await book(work, wanted)


async def _expire(database: Database, world: World, hold_id: UUID) -> bool:
    async with database.begin(world.scope) as work:
        return await holding.expire_hold(work, hold_id)


async def is_free(database: Database, world: World, starts_at: datetime) -> bool:
    # Of many days, since a test that begins before midnight may ask after it.
    return starts_at in {slot.starts_at for slot in await free_slots(database, world, in_days=0, days=21)}


async def test_a_held_time_is_free_for_nobody_and_its_holder_books_it(
    database: Database, world: World, superuser: AsyncEngine
) -> None:
    at = (await free_slots(database, world))[4].starts_at
    held = await hold(database, world, at)
    assert not await is_free(database, world, at)
    for other in (lambda: book_one(database, world, at), lambda: hold(database, world, at, "192.0.2.2")):
        with pytest.raises(SlotTaken) as refused:
            await other()
        assert len(refused.value.extra["alternatives"]) == 5
    booked = await book_held(database, world, at, held.token)
    assert booked.sessions[0].starts_at == at
    assert await seen(superuser, "SELECT count(*) FROM slot_hold") == [(0,)]
    assert await seen(superuser, "SELECT count(*) FROM claim WHERE booking_id IS NULL") == [(0,)]
    assert await seen(superuser, "SELECT DISTINCT state FROM timer WHERE kind = 'hold.expires'") == [
        ("cancelled",)
    ]


async def test_the_visit_is_with_whom_and_in_what_was_held(database: Database, world: World) -> None:
    await add_practitioner(database, world)
    at = (await free_slots(database, world))[4].starts_at
    held = await hold(database, world, at)
    # By then the other practitioner would be next: they have no visit on that day.
    later = next(
        slot.starts_at
        for slot in await free_slots(database, world, practitioner_id=held.practitioner_id)
        if slot.starts_at >= held.ends_at
    )
    async with database.begin(world.scope) as work:
        await book(work, booking_in(world, later, practitioner_id=held.practitioner_id))
    booked = await book_held(database, world, at, held.token)
    async with database.begin(world.scope) as work:
        (booking_id,) = await booking_ids(database, world, booked)
        visit = await get_booking(work, booking_id)
    assert (visit.practitioner_id, visit.room_id) == (held.practitioner_id, world.room_id)


async def test_a_whole_course_begins_at_the_held_time(database: Database, world: World) -> None:
    at = (await free_slots(database, world))[4].starts_at
    held = await hold(database, world, at)
    async with database.begin(world.scope) as work:
        wanted = booking_in(world, at, whole_course=True).model_copy(update={"hold": held.token})
        booked = await book(work, wanted)
    assert len(booked.sessions) == 4
    assert booked.sessions[0].starts_at == at


async def test_a_hold_that_is_over_is_in_no_course_s_way_later_on_its_last_day_either(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, sessions=2)
    async with database.begin(world.scope) as work:
        just_then = CoursePatch(min_days=28, target_days=28, max_days=28)
        await treatments.update_treatment(work, world.treatment_id, TreatmentPatch(course=just_then))
    first = (await free_slots(database, world))[0]
    day = first.starts_at.astimezone(first.zone).date() + timedelta(days=28)
    async with database.begin(world.scope) as work:
        for opens, closes in ((time(9), time(15)), (time(16), time(17))):
            blocked = NewBlock(resource_id=world.room_id, first_on=day, opens=opens, closes=closes)
            await blocking.block_time(work, blocked)
    three = datetime.combine(day, time(15), first.zone)
    await hold(database, world, three)
    await clock.advance(A_LITTLE_LATER)
    async with database.begin(world.scope) as work:
        booked = await book(work, booking_in(world, first.starts_at, whole_course=True))
    assert [session.starts_at for session in booked.sessions] == [first.starts_at, three]


async def test_a_hold_of_another_time_is_given_up_and_one_of_somebody_else_never_helps(
    database: Database, world: World
) -> None:
    slots = await free_slots(database, world)
    first, second = slots[0].starts_at, slots[20].starts_at
    mine = await hold(database, world, first)
    theirs = await hold(database, world, second, "192.0.2.2")
    with pytest.raises(SlotTaken):
        await book_held(database, world, second, mine.token)
    assert not await is_free(database, world, first)  # nothing was booked, so nothing was given up
    assert (await book_held(database, world, second, theirs.token)).sessions[0].starts_at == second
    third = slots[10].starts_at
    await book_held(database, world, third, mine.token)
    assert await is_free(database, world, first)


async def test_a_token_that_is_none_is_a_field_error(database: Database, world: World) -> None:
    at = (await free_slots(database, world))[0].starts_at
    with pytest.raises(InvalidFields) as refused:
        await book_held(database, world, at, "made-up")
    assert refused.value.errors[0].field == "hold"


async def test_what_is_held_stays_bookable_when_the_notice_runs_out_meanwhile(
    database: Database, world: World, clock: MovableClock
) -> None:
    nearest = (await free_slots(database, world, in_days=0, days=9))[0].starts_at
    async with database.begin(world.scope) as work:
        offer = await get_offer(work, world.treatment_id, None, None)
    await clock.advance(nearest - offer.earliest - timedelta(minutes=1))
    held = await hold(database, world, nearest)
    await clock.advance(timedelta(minutes=5))
    with pytest.raises(InvalidFields) as refused:
        await hold(database, world, nearest, "192.0.2.2")
    assert refused.value.errors[0].code == "too-soon"
    booked = await book_held(database, world, nearest, held.token)
    assert booked.sessions[0].starts_at == nearest


async def test_a_hold_that_is_over_is_booked_while_its_time_is_free(
    database: Database, world: World, clock: MovableClock
) -> None:
    slots = await free_slots(database, world)
    held = await hold(database, world, slots[0].starts_at)
    gone = await hold(database, world, slots[20].starts_at)
    await clock.advance(A_LITTLE_LATER)
    # In the way no longer, though nobody has ended it: the next who wants the time does.
    await book_one(database, world, slots[20].starts_at)
    with pytest.raises(SlotTaken):
        await book_held(database, world, slots[20].starts_at, gone.token)
    booked = await book_held(database, world, slots[0].starts_at, held.token)
    assert booked.sessions[0].starts_at == slots[0].starts_at


async def test_a_hold_ends_once_and_not_before_its_time(
    database: Database, world: World, clock: MovableClock, superuser: AsyncEngine
) -> None:
    at = (await free_slots(database, world))[0].starts_at
    await hold(database, world, at)
    ((hold_id,),) = await seen(superuser, "SELECT id FROM slot_hold")
    assert not await _expire(database, world, hold_id)
    await clock.advance(A_LITTLE_LATER)
    assert await _expire(database, world, hold_id)
    assert not await _expire(database, world, hold_id)
    assert await is_free(database, world, at)
    assert await seen(
        superuser, "SELECT action FROM audit_event WHERE action LIKE 'hold.%' ORDER BY at, id"
    ) == [
        ("hold.place",),
        ("hold.expire",),
    ]
    assert await seen(superuser, "SELECT count(*) FROM outbox WHERE name = 'hold.ended'") == [(1,)]


async def test_a_hold_is_released_once_by_its_token_alone(
    database: Database, world: World, superuser: AsyncEngine
) -> None:
    at = (await free_slots(database, world))[0].starts_at
    held = await hold(database, world, at)
    async with database.begin(world.scope) as work:
        with pytest.raises(NotFound):
            await holding.release_hold(work, "made-up")
        assert (await holding.find_hold(work, held.token)) == held
    for _ in range(2):
        async with database.begin(world.scope) as work:
            await holding.release_hold(work, held.token)
    assert await is_free(database, world, at)
    async with database.begin(world.scope) as work:
        assert await holding.find_hold(work, held.token) is None
    assert await seen(superuser, "SELECT count(*) FROM outbox WHERE name = 'hold.ended'") == [(1,)]


async def test_nobody_holds_many_times_and_a_new_choice_takes_the_place_of_the_one_before(
    database: Database, world: World
) -> None:
    slots = await free_slots(database, world)
    starts = [slots[number].starts_at for number in (0, 8, 16, 24)]
    held = [await hold(database, world, at) for at in starts[:3]]
    with pytest.raises(TooManyHolds):
        await hold(database, world, starts[3])
    again = await hold(database, world, starts[3], instead_of=held[0].token)
    assert again.starts_at == starts[3]
    assert await is_free(database, world, starts[0])
    await hold(database, world, starts[0], "192.0.2.9")


async def test_holding_again_begins_the_ten_minutes_anew(
    database: Database, world: World, clock: MovableClock
) -> None:
    at = (await free_slots(database, world))[4].starts_at
    first = await hold(database, world, at)
    await clock.advance(timedelta(minutes=6))
    again = await hold(database, world, at, instead_of=first.token)
    assert (again.starts_at, again.practitioner_id) == (at, first.practitioner_id)
    assert again.until_at - first.until_at >= timedelta(minutes=6)


async def test_holds_are_counted_by_the_hour_and_by_the_person(
    database: Database, adapters: Adapters, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "HOLDS_AN_HOUR", 2)
    limited = throttled(database, adapters)
    at = (await free_slots(database, world))[4].starts_at
    token = ""
    for _ in range(2):
        token = (await hold(limited, world, at, instead_of=token)).token
    with pytest.raises(TooManyRequests):
        await hold(limited, world, at, instead_of=token)
    with pytest.raises(SlotTaken):
        await hold(limited, world, at, "192.0.2.2")


async def test_the_addresses_of_one_household_hold_as_one_person(database: Database, world: World) -> None:
    starts = [slot.starts_at for slot in await free_slots(database, world)][::9]
    for number, at in enumerate(starts[:3]):
        await hold(database, world, at, f"2001:db8::{number}")
    with pytest.raises(TooManyHolds):
        await hold(database, world, starts[3], "2001:db8::9")
    await hold(database, world, starts[3], "2001:db8:0:1::9")


async def test_what_is_to_be_asked_about_first_is_held_for_nobody_uninvited(database: Database) -> None:
    world = await live_clinic(database, booking_mode=BookingMode.ASK_FIRST)
    at = (await free_slots(database, world))[4].starts_at
    with pytest.raises(AskFirst):
        await hold(database, world, at)


async def test_a_hold_counts_among_a_days_visits(
    database: Database, world: World, superuser: AsyncEngine
) -> None:
    async with superuser.begin() as connection:
        await connection.execute(text("UPDATE practitioner SET daily_maximum = 1"))
    at = (await free_slots(database, world))[4].starts_at
    held = await hold(database, world, at)
    assert await free_slots(database, world) == []
    await book_held(database, world, at, held.token)


async def test_a_room_is_not_blocked_under_a_hold_but_over_one_that_has_ended(
    database: Database, world: World, clock: MovableClock
) -> None:
    at = (await free_slots(database, world))[4].starts_at
    await hold(database, world, at)
    day = at.date()
    block = NewBlock(
        resource_id=world.room_id, first_on=day, last_on=day, opens=time(0), closes=time(23), note="Paint"
    )
    async with database.begin(world.scope) as work:
        with pytest.raises(TimeInUse) as refused:
            await blocking.block_time(work, block)
    assert "about to book" in refused.value.text
    await clock.advance(A_LITTLE_LATER)
    async with database.begin(world.scope) as work:
        await blocking.block_time(work, block)


async def test_a_cancelled_visit_s_time_can_be_held(database: Database, world: World) -> None:
    booked = await book_one(database, world)
    (booking_id,) = await booking_ids(database, world, booked)
    async with database.begin(world.scope) as work:
        await cancel(work, booking_id, by="client")
    assert await hold(database, world, booked.sessions[0].starts_at)
    async with database.begin(world.scope) as work:
        query = SlotQuery(
            world.treatment_id, booked.sessions[0].starts_at.date(), booked.sessions[0].starts_at.date()
        )
        assert booked.sessions[0].starts_at not in {slot.starts_at for slot in await list_slots(work, query)}
