"""Who waits is asked in order, one at a time, and never about a time that somebody else is asked about."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.platform.mail import MailboxOnly
from services.clinics import service as clinics
from services.clinics import standing as listing
from services.clinics.schemas import ClinicPatch
from services.courses.accepting import Acceptance, accept_offer
from services.courses.schemas import Booked, ConsentIn, ScreeningIn
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.work import Database
from services.notices import waitlist as telling
from services.questions.errors import AskFirst
from services.scheduling import events, offering, waitlist
from services.scheduling.booking import cancel, get_booking
from services.scheduling.errors import (
    AskedAlready,
    ClinicNotListed,
    OfferOver,
    SlotTaken,
    TooManyWishes,
    WishOver,
)
from services.scheduling.holding import expire_hold
from services.scheduling.waitlist_schemas import NewWish, OfferIn, OfferView, WishTimes, WishView
from services.screening.wording import get_question_set
from services.treatments.models import BookingMode
from tests.factories import (
    World,
    book_one,
    booking_ids,
    clear_answers,
    free_slots,
    live_clinic,
    person,
)
from tests.fixtures import MovableClock
from tests.services.scheduling.elsewhere import busy_calendar
from tests.services.scheduling.seeing import seen
from tests.services.scheduling.waiting import by_day, fill, find, offer_freed, standing, wait
from workers.inline import drain


@pytest.fixture
async def world(database: Database, clock: MovableClock) -> World:
    await by_day(clock)
    return await live_clinic(database)


def answers() -> Acceptance:
    asked = get_question_set()
    return Acceptance(
        screening=ScreeningIn(version=asked.version, answers=clear_answers()),
        consent=ConsentIn(version=asked.consent.version, signed_name="Cy"),
    )


async def accept(database: Database, world: World, offer: OfferView, given: Acceptance) -> Booked:
    async with database.begin(world.scope) as work:
        return await accept_offer(work, offer.wish_id, offer.id, given)


async def decline(database: Database, world: World, offer: OfferView) -> None:
    async with database.begin(world.scope) as work:
        await offering.decline_offer(work, offer.wish_id, offer.id)


async def offered(database: Database, world: World, wish: WishView) -> OfferView:
    found = await standing(database, world, wish)
    assert found is not None
    return found


async def test_the_first_who_waits_is_asked_and_accepts_with_the_safety_questions(
    database: Database, world: World
) -> None:
    first, second = await wait(database, world), await wait(database, world, "dan")
    assert await offer_freed(database, world) == 2
    mine, theirs = await offered(database, world, first), await offered(database, world, second)
    assert mine.starts_at < theirs.starts_at
    assert mine.starts_at not in {
        slot.starts_at for slot in await free_slots(database, world, in_days=0, days=3)
    }
    with pytest.raises(InvalidFields) as missing:
        await accept(database, world, mine, Acceptance())
    assert {error.field for error in missing.value.errors} == {"screening", "consent"}
    booked = await accept(database, world, mine, answers())
    assert booked.sessions[0].starts_at == mine.starts_at
    async with database.begin(world.scope) as work:
        visit = await get_booking(work, (await booking_ids(database, world, booked))[0])
    assert (visit.client_email, visit.practitioner_id) == ("cy@example.test", mine.practitioner_id)
    assert (await find(database, world, first)).state == "booked"
    with pytest.raises(OfferOver):
        await accept(database, world, mine, answers())


async def test_who_answered_lately_needs_one_press(database: Database, world: World) -> None:
    booked = await book_one(database, world, email="cy@example.test")
    async with database.begin(world.scope) as work:
        await cancel(work, (await booking_ids(database, world, booked))[0], by="client")
    wish = await wait(database, world)
    await offer_freed(database, world)
    again = await accept(database, world, await offered(database, world, wish), Acceptance())
    assert again.status == "confirmed"


async def test_a_declined_time_goes_to_the_next_and_is_not_offered_to_the_same_again(
    database: Database, world: World
) -> None:
    booked = await fill(database, world)
    at = booked[0][1]
    day: dict[str, Any] = {"first_on": at.date()}
    first = await wait(database, world, days=3, **day)
    second = await wait(database, world, "dan", days=3, **day)
    assert await offer_freed(database, world) == 0
    async with database.begin(world.scope) as work:
        await cancel(work, booked[0][0], by="client")
    assert await offer_freed(database, world) == 1
    mine = await offered(database, world, first)
    assert mine.starts_at == at
    assert await standing(database, world, second) is None
    await decline(database, world, mine)
    assert await offer_freed(database, world) == 1
    assert (await offered(database, world, second)).starts_at == at
    assert await standing(database, world, first) is None
    await decline(database, world, await offered(database, world, second))
    assert await offer_freed(database, world) == 0
    assert at in {slot.starts_at for slot in await free_slots(database, world, in_days=3)}


async def test_an_offer_that_runs_out_goes_on_by_itself_and_the_messages_say_so(
    database: Database, world: World, clock: MovableClock, superuser: AsyncEngine
) -> None:
    await drain(database, MailboxOnly())
    booked = await fill(database, world)
    day: dict[str, Any] = {"first_on": booked[0][1].date()}
    first = await wait(database, world, days=3, **day)
    second = await wait(database, world, "dan", days=3, language="es", **day)
    async with database.begin(world.scope) as work:
        await cancel(work, booked[0][0], by="client")
    await drain(database, MailboxOnly())
    assert await standing(database, world, first)
    await clock.advance(timedelta(hours=2, minutes=1))
    await drain(database, MailboxOnly())
    assert await standing(database, world, first) is None
    assert (await offered(database, world, second)).starts_at == booked[0][1]
    told = await seen(
        superuser,
        "SELECT recipient, title FROM notice WHERE notice_kind = 'waitlist.offered' ORDER BY created_at",
    )
    assert told == [
        ("cy@example.test", "A time is free at Linden Skin"),
        ("dan@example.test", "Hay una hora libre en Linden Skin"),
    ]


async def test_a_message_about_an_offer_that_is_gone_is_not_sent(
    database: Database, world: World, superuser: AsyncEngine
) -> None:
    wish = await wait(database, world)
    await offer_freed(database, world)
    mine = await offered(database, world, wish)
    async with database.begin(world.scope) as work:
        await telling.tell_offered(work, mine.id)
    await decline(database, world, mine)
    async with database.begin(world.scope) as work:
        await telling.take_offer_back(work, mine.id)
        await telling.tell_offered(work, mine.id)
    assert await seen(
        superuser, "SELECT state, error FROM notice WHERE notice_kind = 'waitlist.offered'"
    ) == [("failed", "the offer is gone")]


async def test_a_wish_counts_once_its_link_was_opened(
    database: Database, world: World, clock: MovableClock
) -> None:
    wish = await wait(database, world, proved=False)
    assert await offer_freed(database, world) == 0
    async with database.begin(world.scope) as work:
        token = waitlist.wish_token(work, wish.id)
        assert waitlist.read_wish_token(work, token) == (world.clinic_id, wish.id)
        assert (await waitlist.prove_wish(work, wish.id)).state == "waiting"
        assert (await waitlist.prove_wish(work, wish.id)).state == "waiting"
    never = await wait(database, world, "dan", proved=False)
    async with database.begin(world.scope) as work:
        assert not await waitlist.end_wish(work, never.id)
    await clock.advance(timedelta(days=2, minutes=1))
    async with database.begin(world.scope) as work:
        assert await waitlist.end_wish(work, never.id)
        assert not await waitlist.end_wish(work, never.id)
        with pytest.raises(NotFound):
            await waitlist.prove_wish(work, never.id)


async def test_a_wish_ends_after_its_days_and_is_erased_three_months_later(
    database: Database, world: World, clock: MovableClock, superuser: AsyncEngine
) -> None:
    await offer_freed(database, world)
    wish = await wait(database, world, days=2)
    await offer_freed(database, world)
    await clock.advance(timedelta(days=3))
    await drain(database, MailboxOnly())
    assert (await find(database, world, wish)).state == "over"
    await clock.advance(timedelta(days=89))
    await drain(database, MailboxOnly())
    assert await find(database, world, wish)
    await clock.advance(timedelta(days=2))
    await drain(database, MailboxOnly())
    for name in ("waitlist_wish", "waitlist_offer", "slot_hold"):
        assert await seen(superuser, f"SELECT count(*) FROM {name}") == [(0,)]


async def test_a_signed_in_person_s_own_address_needs_no_proof(database: Database, world: World) -> None:
    account, _ = await person(database, email="cy@example.test")
    async with database.begin(world.scope) as work:
        new = NewWish(name="Cy", email="cy@example.test", last_on=work.now.date())
        wish = await waitlist.join_waitlist(
            work, world.treatment_id, new, address="", account_id=account.account_id
        )
    assert (wish.state, wish.account_id) == ("waiting", account.account_id)


async def test_in_the_night_nobody_is_asked_but_in_the_morning(
    database: Database, world: World, clock: MovableClock
) -> None:
    await by_day(clock, hour=6)  # midnight or one o'clock at the clinic
    wish = await wait(database, world, first_on=(await clock.now()).date() + timedelta(days=2))
    assert await offer_freed(database, world) == 0
    await clock.advance(timedelta(hours=8))
    await drain(database, MailboxOnly())
    assert await standing(database, world, wish)


async def test_who_booked_otherwise_withdrew_or_was_removed_is_asked_no_more(
    database: Database, world: World, superuser: AsyncEngine
) -> None:
    await drain(database, MailboxOnly())
    wishes = [await wait(database, world, name) for name in ("cy", "dan", "eve")]
    assert await offer_freed(database, world) == 3
    await book_one(database, world, (await free_slots(database, world))[8].starts_at, email="cy@example.test")
    async with database.begin(world.scope) as work:
        await waitlist.withdraw_wish(work, wishes[1].id)
        await waitlist.remove_wish(work, wishes[2].id)
    await drain(database, MailboxOnly())
    assert [(await find(database, world, wish)).state for wish in wishes] == [
        "booked",
        "withdrawn",
        "removed",
    ]
    assert await seen(superuser, "SELECT count(*) FROM slot_hold") == [(0,)]
    assert await seen(superuser, "SELECT recipient FROM notice WHERE notice_kind = 'waitlist.over'") == [
        ("eve@example.test",)
    ]
    async with database.begin(world.scope) as work:
        with pytest.raises(WishOver):
            await waitlist.withdraw_wish(work, wishes[0].id)


async def test_who_never_answers_is_asked_three_times(
    database: Database, world: World, clock: MovableClock
) -> None:
    wish = await wait(database, world)
    for _ in range(3):
        assert await offer_freed(database, world) == 1
        offer_id = (await offered(database, world, wish)).id
        await clock.advance(timedelta(days=1))
        async with database.begin(world.scope) as work:
            assert await expire_hold(work, offer_id)
    assert await offer_freed(database, world) == 0
    assert (await find(database, world, wish)).state == "over"


async def test_days_weekdays_and_times_of_day_are_kept_to_and_can_be_changed(
    database: Database, world: World
) -> None:
    async with database.begin(world.scope) as work:
        today = work.now.date()
    wish = await wait(
        database,
        world,
        first_on=today + timedelta(days=4),
        weekdays=[2],
        from_time=time(14),
        until_time=time(16),
    )
    await offer_freed(database, world)
    mine = await offered(database, world, wish)
    local = mine.starts_at.astimezone(wish.zone)
    assert (local.weekday(), local.time()) == (2, time(14))
    await decline(database, world, mine)
    async with database.begin(world.scope) as work:
        times = WishTimes(last_on=today + timedelta(days=20), weekdays=[5])
        assert (await waitlist.change_wish(work, wish.id, times)).days == [5]
    await offer_freed(database, world)
    assert (await offered(database, world, wish)).starts_at.astimezone(wish.zone).weekday() == 5


async def test_the_clinic_offers_by_hand_one_time_at_a_time(database: Database, world: World) -> None:
    wish = await wait(database, world)
    slots = await free_slots(database, world, in_days=9)
    async with database.begin(world.scope) as work:
        made = await offering.offer_by_hand(work, wish.id, OfferIn(starts_at=slots[3].starts_at))
        with pytest.raises(AskedAlready):
            await offering.offer_by_hand(work, wish.id, OfferIn(starts_at=slots[9].starts_at))
    assert made.starts_at == slots[3].starts_at
    other = await wait(database, world, "dan")
    with pytest.raises(SlotTaken):
        async with database.begin(world.scope) as work:
            await offering.offer_by_hand(work, other.id, OfferIn(starts_at=slots[3].starts_at))
    with pytest.raises(InvalidFields):
        async with database.begin(world.scope) as work:
            await offering.offer_by_hand(work, other.id, OfferIn(starts_at=work.now + timedelta(minutes=20)))


async def test_what_the_clinic_offers_by_hand_is_accepted_though_the_practitioner_is_busy_elsewhere(
    database: Database, world: World
) -> None:
    at = (await free_slots(database, world, in_days=3))[4].starts_at
    wish = await wait(database, world)
    async with database.begin(world.scope) as work:
        await busy_calendar(work, world.practitioner_id, (at, at + timedelta(hours=1)))
    async with database.begin(world.scope) as work:
        offer = await offering.offer_by_hand(work, wish.id, OfferIn(starts_at=at))
    booked = await accept(database, world, offer, answers())
    assert booked.sessions[0].starts_at == at


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"days": -1}, "last_on"),
        ({"days": 200}, "last_on"),
        ({"from_time": "12:00", "until_time": "11:00"}, "until_time"),
        ({"area": "moon"}, "area"),
    ],
)
async def test_a_wish_that_makes_no_sense_is_a_field_error(
    database: Database, world: World, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidFields) as refused:
        await wait(database, world, **given)
    assert [error.field for error in refused.value.errors] == [field]


async def test_nobody_waits_for_too_much_and_nobody_for_what_is_not_offered(
    database: Database, world: World
) -> None:
    for _ in range(5):
        await wait(database, world)
    with pytest.raises(TooManyWishes):
        await wait(database, world)
    with pytest.raises(NotFound):
        await wait(database, world, "dan", practitioner_id=uuid4())
    asking = await live_clinic(database, name="Other", booking_mode=BookingMode.ASK_FIRST)
    with pytest.raises(AskFirst):
        await wait(database, asking)


async def test_a_clinic_that_is_off_the_market_gives_nobody_a_time(database: Database, world: World) -> None:
    wish, other = await wait(database, world), await wait(database, world, "dan")
    await offer_freed(database, world)
    mine = await offered(database, world, wish)
    await decline(database, world, await offered(database, world, other))
    slots = await free_slots(database, world, in_days=9)
    async with database.begin(world.scope) as work:
        await listing.suspend(work)
    with pytest.raises(ClinicNotListed):
        await accept(database, world, mine, answers())
    async with database.begin(world.scope) as work:
        with pytest.raises(ClinicNotListed):
            await offering.offer_by_hand(work, other.id, OfferIn(starts_at=slots[3].starts_at))


async def test_a_day_that_opens_to_bookings_is_offered_to_who_waits_for_it(
    database: Database, world: World, clock: MovableClock
) -> None:
    async with database.begin(world.scope) as work:
        await clinics.update_clinic(work, ClinicPatch(horizon_days=7))
        day = work.now.date() + timedelta(days=9)
    wish = await wait(database, world, first_on=day)
    assert await offer_freed(database, world) == 0
    await clock.advance(timedelta(days=1))
    await drain(database, MailboxOnly())
    assert await standing(database, world, wish) is None
    for _ in range(3):
        await clock.advance(timedelta(days=1))
        await drain(database, MailboxOnly())
    found = await offered(database, world, wish)
    assert found.starts_at.astimezone(wish.zone).date() >= day


async def test_a_time_that_a_calendar_elsewhere_frees_is_offered(database: Database, world: World) -> None:
    wish = await wait(database, world)
    async with database.begin(world.scope) as work:
        work.announce(events.BUSY_ELSEWHERE_CHANGED(practitioner_id=world.practitioner_id))
    await drain(database, MailboxOnly())
    assert await standing(database, world, wish)
