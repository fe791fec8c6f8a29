"""A place on the waitlist is nobody's to take: not by an address typed, a request declined, or a hold given up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from infra.platform.assembly import Adapters
from infra.platform.mail import MailboxOnly
from services.clinics import service as clinics
from services.clinics.schemas import NewDevice, NewLocation, NewRoom
from services.clinics.week_schemas import HoursIn, HoursSpan
from services.courses.accepting import Acceptance, accept_offer
from services.courses.booking import book
from services.courses.schemas import ConsentIn, ScreeningIn
from services.kernel.errors import TooManyRequests
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.scheduling import waitlist
from services.scheduling.booking import accept, cancel, decline
from services.scheduling.errors import OfferOver
from services.scheduling.holding import hold_time
from services.scheduling.schemas import VisitWish
from services.scheduling.waitlist_schemas import NewWish
from services.screening.wording import get_question_set
from services.treatments import service as treatments
from services.treatments.schemas import TreatmentPatch
from tests.factories import (
    World,
    book_one,
    booking_ids,
    booking_in,
    clear_answers,
    free_slots,
    live_clinic,
    person,
)
from tests.fixtures import MovableClock
from tests.services.accounts.people import throttled
from tests.services.scheduling.waiting import by_day, fill, find, standing, wait
from workers.inline import drain


@pytest.fixture
async def world(database: Database, clock: MovableClock) -> World:
    await by_day(clock)
    return await live_clinic(database)


@pytest.mark.parametrize("how", ["book", "hold"])
async def test_a_held_time_that_is_given_up_for_another_goes_to_who_waits(
    database: Database, world: World, how: str
) -> None:
    (last, freed) = (await fill(database, world))[-1]
    async with database.begin(world.scope) as work:
        await cancel(work, last, by="client")
    wanted = VisitWish(world.treatment_id, freed)
    async with database.begin(world.scope) as work:
        held = await hold_time(work, wanted, "192.0.2.9")
    waits = await wait(database, world, days=3, first_on=freed.date())
    await drain(database, MailboxOnly())
    assert await standing(database, world, waits) is None
    another = (await free_slots(database, world, in_days=9))[0].starts_at
    async with database.begin(world.scope) as work:
        if how == "book":
            await book(work, booking_in(world, another).model_copy(update={"hold": held.token}))
        else:
            elsewhere = replace(wanted, starts_at=another)
            await hold_time(work, elsewhere, "192.0.2.9", instead_of=held.token)
    await drain(database, MailboxOnly())
    offered = await standing(database, world, waits)
    assert offered is not None
    assert offered.starts_at == freed


async def test_what_others_leave_under_an_address_is_in_nobody_s_way(
    database: Database, adapters: Adapters, world: World
) -> None:
    limited = throttled(database, adapters)
    for _ in range(5):
        await wait(limited, world, "eva", proved=False)
    with pytest.raises(TooManyRequests):  # so many messages, and no more, go to who may have asked for none
        await wait(limited, world, "eva", proved=False)
    account, _ = await person(database, "Eva Sol", "eva@example.test")
    async with database.begin(world.scope) as work:
        new = NewWish(name="Eva", email=account.email, last_on=work.now.date() + timedelta(days=9))
        mine = await waitlist.join_waitlist(
            work, world.treatment_id, new, address="192.0.2.7", account_id=account.account_id
        )
    assert mine.state == "waiting"


async def given_elsewhere(database: Database, world: World) -> None:
    """From now on the treatment is given at another place, in another zone, by whoever gave it here."""
    async with database.begin(world.scope) as work:
        honolulu = NewLocation(
            name="West",
            street="Palm 3",
            city="Austin",
            time_zone="Pacific/Honolulu",
            latitude=21,
            longitude=-158,
        )
        west = (await clinics.add_location(work, honolulu)).id
        week = [HoursSpan(weekday=day, opens=time(0), closes=time(23, 59)) for day in range(7)]
        await clinics.set_location_hours(work, west, HoursIn(hours=week))
        await practitioners.follow_opening_hours(work, world.practitioner_id)
        await clinics.add_room(work, NewRoom(location_id=west, name="Room 1"))
        device = await clinics.get_device(work, world.device_id)
        fields = device.model_dump(include=set(NewDevice.model_fields)) | {"location_id": west}
        there = (await clinics.add_device(work, NewDevice(**fields))).id
        await treatments.update_treatment(work, world.treatment_id, TreatmentPatch(device_id=there))


async def test_nobody_accepts_a_time_at_a_place_at_which_it_is_not_given_any_more(
    database: Database, world: World
) -> None:
    waits = await wait(database, world)
    await drain(database, MailboxOnly())
    offered = await standing(database, world, waits)
    assert offered is not None
    await given_elsewhere(database, world)
    asked = get_question_set()
    given = Acceptance(
        screening=ScreeningIn(version=asked.version, answers=clear_answers()),
        consent=ConsentIn(version=asked.consent.version, signed_name="Cy"),
    )
    async with database.begin(world.scope) as work:
        with pytest.raises(OfferOver):
            await accept_offer(work, waits.id, offered.id, given)


async def test_a_wish_ends_where_it_is_given_by_then_though_its_day_ends_later_there(
    database: Database, world: World, clock: MovableClock
) -> None:
    waits = await wait(database, world, days=2)
    await given_elsewhere(database, world)
    midnight = datetime.combine(waits.last_on + timedelta(days=1), time.min, ZoneInfo("America/Chicago"))
    await clock.advance(midnight + timedelta(minutes=1) - await clock.now())
    await drain(database, MailboxOnly())
    assert (await find(database, world, waits)).state == "waiting"
    await clock.advance(timedelta(hours=6))
    await drain(database, MailboxOnly())
    assert (await find(database, world, waits)).state == "over"


async def test_who_asks_for_a_time_waits_until_the_clinic_says_yes(database: Database, world: World) -> None:
    wish = await wait(database, world)
    for answer, state in ((decline, "waiting"), (accept, "booked")):
        asked = await book_one(database, world, email=wish.email, yes=("isotretinoin",))
        await drain(database, MailboxOnly())
        assert (await find(database, world, wish)).state == "waiting"
        (booking_id,) = await booking_ids(database, world, asked)
        async with database.begin(world.scope) as work:
            await answer(work, booking_id)
        await drain(database, MailboxOnly())
        assert (await find(database, world, wish)).state == state
