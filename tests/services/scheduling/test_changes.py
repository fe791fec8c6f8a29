"""Moves, cancellations, requests and endings, through the same interface."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kernel.errors import NotFound
from services.kernel.ids import new_id
from services.kernel.scope import AccountScope, ClinicScope
from services.kernel.work import ClinicWork, Database
from services.scheduling.availability import get_offer
from services.scheduling.booking import (
    accept,
    arrive,
    cancel,
    decline,
    expire_request,
    find_reference,
    get_booking,
    list_bookings,
    list_group,
    list_groups,
    list_own_bookings,
    list_visits,
    manage_url,
    mark_completed,
    mark_no_show,
    require_manager,
    reschedule,
)
from services.scheduling.calendar import sequence_of
from services.scheduling.errors import (
    BookingOver,
    NotStarted,
    NotToday,
    OutsideCourseWindow,
    SlotTaken,
    TooLate,
)
from services.scheduling.repository import BookingRepository
from services.treatments import service as treatments
from services.treatments.schemas import TreatmentPatch
from tests.factories import add_practitioner, book_one, booking_ids, free_slots, live_clinic, person
from tests.fixtures import MovableClock
from tests.services.scheduling.seeing import events, one, seen, waiting


async def test_cancelling_gives_the_time_back_once(database: Database, superuser: AsyncEngine) -> None:
    world = await live_clinic(database)
    booking = await one(database, world)
    async with database.begin(world.scope) as work:
        ended = await cancel(work, booking.id, by="client", reason=" ill ")
    assert (ended.status, ended.sequence, ended.cancelled_by, ended.cancel_reason) == (
        "cancelled",
        1,
        "client",
        "ill",
    )
    assert booking.starts_at in [slot.starts_at for slot in await free_slots(database, world)]
    assert await waiting(superuser) == []
    async with database.begin(world.scope) as work:
        with pytest.raises(BookingOver):
            await cancel(work, booking.id, by="client")
    assert await events(superuser) == ["booking.confirmed", "booking.cancelled"]


async def test_moving_takes_the_new_time_and_gives_the_old_one_back(
    database: Database, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database)
    slots = await free_slots(database, world)
    booking = await one(database, world, starts_at=slots[0].starts_at)
    async with database.begin(world.scope) as work:
        same = await reschedule(work, booking.id, slots[0].starts_at)
        moved = await reschedule(work, booking.id, slots[1].starts_at)
    assert (same.sequence, moved.sequence, moved.starts_at) == (0, 1, slots[1].starts_at)
    assert sorted(await waiting(superuser)) == [
        ("booking.reminder_due", 1024),
        ("booking.reminder_due", 1072),
    ]
    assert await events(superuser) == ["booking.confirmed", "booking.rescheduled"]
    assert await seen(superuser, "SELECT count(*) FROM claim") == [(4,)]


async def test_moving_onto_another_visit_changes_nothing(database: Database, superuser: AsyncEngine) -> None:
    world = await live_clinic(database)
    slots = await free_slots(database, world)
    await book_one(database, world, slots[8].starts_at)
    booking = await one(database, world, starts_at=slots[0].starts_at, email="eva@example.test")
    with pytest.raises(SlotTaken) as taken:
        async with database.begin(world.scope) as work:
            await reschedule(work, booking.id, slots[8].starts_at)
    assert len(taken.value.extra["alternatives"]) == 5
    async with database.begin(world.scope) as work:
        assert await get_booking(work, booking.id) == booking
    assert await seen(superuser, "SELECT count(*) FROM claim") == [(8,)]


async def test_moving_keeps_the_practitioner_where_they_are_free(database: Database) -> None:
    world = await live_clinic(database)
    other = await add_practitioner(database, world)
    slots = await free_slots(database, world, practitioner_id=other)
    booked = await one(database, world, starts_at=slots[0].starts_at)
    chosen = other if booked.practitioner_id == world.practitioner_id else world.practitioner_id
    async with database.begin(world.scope) as work:
        moved = await reschedule(work, booked.id, slots[0].starts_at, practitioner_id=chosen)
        again = await reschedule(work, booked.id, slots[9].starts_at)
    assert (moved.practitioner_id, again.practitioner_id) == (chosen, chosen)


async def test_a_client_is_too_late_inside_the_window_and_the_clinic_is_not(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    slots = await free_slots(database, world)
    booking = await one(database, world, starts_at=slots[0].starts_at)
    assert booking.client_may_change(await clock.now())
    await clock.advance(slots[0].starts_at - await clock.now() - timedelta(hours=23))
    async with database.begin(world.scope) as work:
        for change in (
            cancel(work, booking.id, by="client"),
            reschedule(work, booking.id, slots[4].starts_at),
        ):
            with pytest.raises(TooLate):
                await change
        assert not booking.client_may_change(work.now)
        assert (await reschedule(work, booking.id, slots[4].starts_at, by="clinic")).sequence == 1
        assert (await cancel(work, booking.id, by="clinic")).cancelled_by == "clinic"


async def test_a_course_moves_inside_its_windows_alone(database: Database) -> None:
    world = await live_clinic(database)
    booked = await book_one(database, world, whole_course=True)
    ids = await booking_ids(database, world, booked)
    async with database.begin(world.scope) as work:
        group = await list_group(work, (await get_booking(work, ids[0])).group_id)
        assert [one.position for one in group] == [1, 2, 3, 4]
        with pytest.raises(OutsideCourseWindow) as outside:
            await reschedule(work, ids[1], group[1].starts_at + timedelta(days=1))
        assert outside.value.extra["latest_on"] == group[1].local_starts_at.date().isoformat()
        moved = await reschedule(work, ids[3], group[3].starts_at + timedelta(days=14))
        assert moved.local_starts_at.date() == group[3].local_starts_at.date() + timedelta(days=14)
        with pytest.raises(OutsideCourseWindow):
            await reschedule(work, ids[3], moved.starts_at + timedelta(days=1))


async def test_a_course_is_booked_wholly_or_not_at_all(database: Database, superuser: AsyncEngine) -> None:
    world = await live_clinic(database)
    slots = await free_slots(database, world)
    async with database.begin(world.scope) as work:
        patch = {"course": {"min_days": 28, "target_days": 28, "max_days": 28}}
        await treatments.update_treatment(work, world.treatment_id, TreatmentPatch.model_validate(patch))
        offer = await get_offer(work, world.treatment_id)
    third = slots[0].starts_at.astimezone(offer.zone) + timedelta(days=56)
    for quarter in range(0, 32, 4):
        await book_one(
            database, world, third + timedelta(minutes=15 * quarter), email=f"b{quarter}@example.test"
        )
    before = await seen(superuser, "SELECT count(*) FROM booking")
    with pytest.raises(SlotTaken) as taken:
        await book_one(database, world, slots[0].starts_at, whole_course=True)
    assert taken.value.extra["position"] == 3
    assert "Session 3" in taken.value.text
    assert taken.value.extra["alternatives"]
    assert await seen(superuser, "SELECT count(*) FROM booking") == before
    assert await seen(superuser, "SELECT count(*) FROM course") == [(0,)]


async def test_a_request_holds_the_time_and_is_accepted(database: Database, superuser: AsyncEngine) -> None:
    world = await live_clinic(database)
    booked = await book_one(database, world, yes=("isotretinoin",), whole_course=True)
    ids = await booking_ids(database, world, booked)
    assert booked.status == "requested"
    assert {kind for kind, _ in await waiting(superuser)} == {"booking.request_expires"}
    async with database.begin(world.scope) as work:
        held = await get_booking(work, ids[1])
        assert held.answer_by == work.now + timedelta(hours=48) or held.answer_by is not None
        group = await accept(work, ids[1])
    assert {one.status for one in group} == {"confirmed"}
    assert {kind for kind, _ in await waiting(superuser)} == {"booking.reminder_due"}
    assert await events(superuser) == ["booking.requested", "booking.confirmed"]
    async with database.begin(world.scope) as work:
        with pytest.raises(BookingOver):
            await accept(work, ids[0])


async def test_a_declined_request_gives_its_times_back(database: Database, superuser: AsyncEngine) -> None:
    world = await live_clinic(database)
    booked = await book_one(database, world, yes=("isotretinoin",), whole_course=True)
    ids = await booking_ids(database, world, booked)
    async with database.begin(world.scope) as work:
        group = await decline(work, ids[0], "Ask again in spring.")
    assert {one.status for one in group} == {"declined"}
    assert await seen(superuser, "SELECT count(*) FROM claim") == [(0,)]
    assert await waiting(superuser) == []
    assert await events(superuser) == ["booking.requested", "booking.declined"]


async def test_an_unanswered_request_expires_once(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database)
    booked = await book_one(database, world, yes=("isotretinoin",), whole_course=True)
    ids = await booking_ids(database, world, booked)
    async with database.begin(world.scope) as work:
        assert await expire_request(work, ids[0]) is False
    await clock.advance(timedelta(hours=48, minutes=1))
    async with database.begin(world.scope) as work:
        assert await expire_request(work, ids[0]) is True
    async with database.begin(world.scope) as work:
        assert await expire_request(work, ids[1]) is False
        assert {one.status for one in await list_group(work, (await get_booking(work, ids[0])).group_id)} == {
            "expired"
        }
    assert await events(superuser) == ["booking.requested", "booking.expired"]
    assert await seen(superuser, "SELECT count(*) FROM claim") == [(0,)]


@pytest.mark.parametrize("ended_by", ["timer", "whoever books"])
async def test_a_requested_course_expires_as_one_though_one_session_was_moved_to_sooner(
    database: Database, clock: MovableClock, superuser: AsyncEngine, ended_by: str
) -> None:
    world = await live_clinic(database)
    booked = await book_one(database, world, yes=("isotretinoin",), whole_course=True)
    first, *_ = ids = await booking_ids(database, world, booked)
    soon = (await free_slots(database, world, in_days=1))[-1].starts_at
    async with database.begin(world.scope) as work:
        moved = await reschedule(work, first, soon, by="clinic")
        until, later = [(await get_booking(work, one)).answer_by for one in ids[:2]]
        assert until == soon < (later or soon)
    await clock.advance(soon - await clock.now() + timedelta(minutes=1))
    async with database.begin(world.scope) as work:
        if ended_by == "timer":
            assert await expire_request(work, first) is True
        else:  # before the timer has fired; the claims are for the booker to drop
            assert await BookingRepository(work).expire_stale([moved.group_id]) != []
    async with database.begin(world.scope) as work:
        assert {one.status for one in await list_group(work, moved.group_id)} == {"expired"}
    assert await seen(superuser, "SELECT count(*) FROM claim") == [(0 if ended_by == "timer" else 16,)]


async def test_a_stale_request_makes_way_for_a_booking(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database)
    slots = await free_slots(database, world)
    stale = await one(database, world, starts_at=slots[0].starts_at, yes=("isotretinoin",))
    await clock.advance(timedelta(hours=49))
    booked = await one(database, world, starts_at=slots[0].starts_at, email="eva@example.test")
    assert booked.status == "confirmed"
    async with database.begin(world.scope) as work:
        assert (await get_booking(work, stale.id)).status == "expired"
    assert await events(superuser) == ["booking.requested", "booking.expired", "booking.confirmed"]
    other = await one(
        database, world, starts_at=slots[9].starts_at, yes=("isotretinoin",), email="x@example.test"
    )
    await clock.advance(timedelta(hours=49))
    async with database.begin(world.scope) as work:
        assert (await reschedule(work, booked.id, slots[9].starts_at, by="clinic")).sequence == 1
        assert (await get_booking(work, other.id)).status == "expired"


async def test_a_request_that_is_moved_keeps_its_time_to_answer(
    database: Database, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database)
    slots = await free_slots(database, world)
    booking = await one(database, world, starts_at=slots[0].starts_at, yes=("isotretinoin",))
    async with database.begin(world.scope) as work:
        moved = await reschedule(work, booking.id, slots[1].starts_at)
    assert (moved.status, moved.answer_by) == ("requested", booking.answer_by)
    assert await waiting(superuser) == [("booking.request_expires", 0)]


async def test_a_request_whose_time_has_come_cannot_be_accepted(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    booking = await one(database, world, yes=("isotretinoin",))
    await clock.advance(booking.starts_at - await clock.now() + timedelta(minutes=1))
    async with database.begin(world.scope) as work:
        with pytest.raises(BookingOver):
            await accept(work, booking.id)


async def test_a_visit_arrives_and_is_completed_after_its_start(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    booking = await one(database, world)
    async with database.begin(world.scope) as work:
        for early in (mark_completed(work, booking.id), mark_no_show(work, booking.id)):
            with pytest.raises(NotStarted):
                await early
        with pytest.raises(NotToday):
            await arrive(work, booking.id)
    day_begins = booking.local_starts_at.replace(hour=0, minute=0, second=1)
    await clock.advance(day_begins - await clock.now())
    async with database.begin(world.scope) as work:
        assert (await arrive(work, booking.id)).status == "arrived"
        with pytest.raises(BookingOver):
            await cancel(work, booking.id, by="clinic")
    await clock.advance(booking.starts_at - await clock.now() + timedelta(seconds=1))
    async with database.begin(world.scope) as work:
        assert (await mark_completed(work, booking.id)).status == "completed"
        with pytest.raises(BookingOver):
            await mark_no_show(work, booking.id)


async def test_a_no_show_gives_the_rest_of_its_time_back(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database)
    booking = await one(database, world)
    await clock.advance(booking.starts_at - await clock.now() + timedelta(seconds=1))
    async with database.begin(world.scope) as work:
        assert (await mark_no_show(work, booking.id)).status == "no_show"
    assert await seen(superuser, "SELECT count(*) FROM claim") == [(0,)]
    assert (await events(superuser))[-1] == "booking.no_show"


async def test_bookings_are_found_by_reference_day_client_and_account(database: Database) -> None:
    world = await live_clinic(database)
    account, _ = await person(database)
    booking = await one(database, world, account_id=account.account_id)
    day = booking.local_starts_at.date()
    async with database.begin(world.scope) as work:
        assert await find_reference(work, f" {booking.reference.lower()} ") == (world.clinic_id, booking.id)
        assert await find_reference(work, "NOTHING") is None
        assert (await list_bookings(work, day, day)).items == [booking]
        assert (await list_bookings(work, day, day, practitioner_id=new_id())).items == []
        assert (await list_bookings(work, day + timedelta(days=1), day + timedelta(days=2))).items == []
        assert await list_visits(work, booking.client_id) == [booking]
        assert await list_groups(work, [booking.group_id]) == {booking.group_id: [booking]}
        assert await list_groups(work, []) == {}
    async with database.begin(AccountScope(account.account_id)) as work:
        own = await list_own_bookings(work)
    assert [(item.clinic_id, item.booking_id, item.reference) for item in own] == [
        (world.clinic_id, booking.id, booking.reference)
    ]


async def test_a_group_is_managed_by_its_token_or_the_account_that_booked(database: Database) -> None:
    world, other = await live_clinic(database), await live_clinic(database, name="Other Skin")
    account, _ = await person(database)
    booking = await one(database, world, account_id=account.account_id)
    foreign = await one(database, other)
    async with database.begin(other.scope) as work:
        foreign_token = manage_url(work, foreign).partition("token=")[2]
    async with database.begin(world.scope) as work:
        url = manage_url(work, booking)
        token = url.partition("token=")[2]
        assert f"/bookings/{booking.reference}?token=" in url
        for given, by, expected in (
            (token, None, True),
            (None, account.account_id, True),
            (None, None, False),
            ("x", None, False),
            (foreign_token, None, False),
            (None, new_id(), False),
        ):
            if expected:
                assert require_manager(work, booking, token=given, account_id=by, health=True)
            else:
                with pytest.raises(NotFound):
                    require_manager(work, booking, token=given, account_id=by)


async def test_another_clinics_booking_is_not_found(database: Database) -> None:
    world = await live_clinic(database)
    booking = await one(database, world)
    async with database.begin(ClinicScope(new_id())) as work:
        for change in (
            get_booking(work, booking.id),
            cancel(work, booking.id, by="clinic"),
            arrive(work, booking.id),
            accept(work, booking.id),
            reschedule(work, booking.id, booking.starts_at + timedelta(days=1), by="clinic"),
            expire_request(work, UUID(int=1)),
        ):
            with pytest.raises(NotFound):
                await change


async def _end_too_late(work: ClinicWork, booking_id: UUID) -> object:
    return await expire_request(work, booking_id)


@pytest.mark.parametrize(
    ("answer", "days"), [(accept, 0), (decline, 0), (_end_too_late, 3)], ids=["yes", "no", "none"]
)
async def test_the_answer_to_a_request_is_a_revision_of_its_event(
    database: Database,
    clock: MovableClock,
    answer: Callable[[ClinicWork, UUID], Awaitable[object]],
    days: int,
) -> None:
    world = await live_clinic(database)
    asked = await one(database, world, yes=("isotretinoin",))
    await clock.advance(timedelta(days=days))
    async with database.begin(world.scope) as work:
        await answer(work, asked.id)
        answered = await get_booking(work, asked.id)
    assert (sequence_of(asked), sequence_of(answered)) == (0, 1)
