"""Courses through the services: booked as one, recorded session by session, followed to their end."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.accounts import service as accounts
from services.accounts.schemas import NewAccount
from services.clients.service import find_or_create_client
from services.courses.booking import book, propose_sessions
from services.courses.schemas import DeskBookingIn, SessionRecordIn
from services.courses.service import (
    complete_session,
    course_ids,
    find_course,
    find_record,
    follow_course,
    get_course,
    list_client_courses,
    list_courses,
    trace_lot,
)
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.ids import new_id
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from services.scheduling.booking import cancel, get_booking, list_group
from services.scheduling.errors import BookingOver, NotStarted
from services.scheduling.schemas import VisitWish
from services.treatments import service as treatments
from services.treatments.models import BookingMode
from services.treatments.schemas import TreatmentPatch
from tests.factories import (
    PASSWORD,
    World,
    book_one,
    booking_ids,
    booking_in,
    free_slots,
    live_clinic,
    person,
)
from tests.fixtures import MovableClock


def record(**changes: Any) -> SessionRecordIn:
    values = {
        "areas": ["face"],
        "depth_mm": "1.5",
        "lot": "LOT-1",
        "topicals": ["lidocaine"],
        "notes": "calm skin",
    }
    return SessionRecordIn.model_validate(values | changes)


async def two_sessions(database: Database) -> World:
    return await live_clinic(database, sessions=2, course_price=30001)


async def test_a_course_keeps_its_protocol_and_price_as_booked(database: Database) -> None:
    world = await two_sessions(database)
    booked = await book_one(database, world, whole_course=True)
    assert booked.course_id is not None
    async with database.begin(world.scope) as work:
        await treatments.update_treatment(
            work,
            world.treatment_id,
            TreatmentPatch.model_validate({"course": {"min_days": 7, "max_days": 60}}),
        )
        course = await get_course(work, booked.course_id)
        sessions = await list_group(work, booked.course_id)
        assert await course_ids(work, [booked.course_id, new_id()]) == {booked.course_id}
        for of_client in (new_id(), course.client_id):
            known = [course] if of_client == course.client_id else []
            assert await list_client_courses(work, of_client) == known
            assert (await list_courses(work, client_id=of_client)).items == known
    assert (course.sessions, course.min_days, course.target_days, course.max_days) == (2, 28, 28, 42)
    assert (course.status, course.done, course.money.as_json()) == (
        "booked",
        0,
        {"amount": 30001, "currency": "USD"},
    )
    assert [one.price for one in sessions] == [15001, 15000]


async def test_a_single_visit_is_no_course(database: Database) -> None:
    world = await two_sessions(database)
    booked = await book_one(database, world)
    (booking_id,) = await booking_ids(database, world, booked)
    assert booked.course_id is None
    async with database.begin(world.scope) as work:
        booking = await get_booking(work, booking_id)
        assert await find_course(work, booking.group_id) is None
        assert await follow_course(work, booking_id) is None
        with pytest.raises(NotFound):
            await get_course(work, booking.group_id)


async def test_sessions_are_proposed_as_they_would_be_booked(database: Database) -> None:
    world = await two_sessions(database)
    slots = await free_slots(database, world)
    async with database.begin(world.scope) as work:
        proposed = await propose_sessions(work, VisitWish(world.treatment_id, slots[3].starts_at))
        with pytest.raises(InvalidFields):
            await propose_sessions(
                work, VisitWish(world.treatment_id, slots[3].starts_at + timedelta(minutes=1))
            )
    booked = await book_one(database, world, slots[3].starts_at, whole_course=True)
    assert [one.starts_at for one in proposed] == [session.starts_at for session in booked.sessions]


async def test_a_course_runs_from_its_first_record_to_its_end(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    world = await two_sessions(database)
    booked = await book_one(database, world, whole_course=True)
    first, second = await booking_ids(database, world, booked)
    assert booked.course_id is not None
    async with database.begin(world.scope) as work:
        with pytest.raises(NotStarted):
            await complete_session(work, first, record())
    await clock.advance(booked.sessions[0].starts_at - await clock.now() + timedelta(seconds=1))
    async with database.begin(world.scope) as work:
        done = await complete_session(work, first, record(), by=world.owner.account_id)
        assert done.status == "completed"
        course = await get_course(work, booked.course_id)
        assert (course.status, course.done) == ("in_progress", 1)
        with pytest.raises(BookingOver):
            await complete_session(work, first, record())
        await cancel(work, second, by="clinic")
        assert await follow_course(work, second) == "completed"
        assert await follow_course(work, second) == "completed"
        kept = await find_record(work, first)
        assert await find_record(work, second) is None
    assert kept is not None
    assert (kept.areas, kept.depth_mm, kept.lot, kept.topicals, kept.notes) == (
        ["face"],
        Decimal("1.50"),
        "LOT-1",
        ["lidocaine"],
        "calm skin",
    )
    assert kept.recorded_by == world.owner.account_id
    async with superuser.connect() as connection:
        assert await connection.scalar(text("SELECT status FROM course")) == "completed"
        assert b"calm" not in bytes(
            await connection.scalar(text("SELECT notes FROM session_record")) or b"calm"
        )


async def test_a_cartridge_lot_is_traced_to_its_visits(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    slots = await free_slots(database, world)
    ids = []
    for at in (0, 8, 16):
        booked = await book_one(database, world, slots[at].starts_at, email=f"p{at}@example.test")
        ids.append((await booking_ids(database, world, booked))[0])
    await clock.advance(slots[20].starts_at - await clock.now())
    async with database.begin(world.scope) as work:
        for booking_id, lot in zip(ids, ("A-1", "A-1", "B-2"), strict=True):
            await complete_session(work, booking_id, record(lot=lot, notes=""))
        assert [one.visits[0].id for one in (await trace_lot(work, " A-1 ")).people] == [ids[1], ids[0]]
        assert (await trace_lot(work, "C-3")).people == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"depth_mm": "0.3"},
        {"depth_mm": "3.75"},
        {"depth_mm": "-0.25"},
        {"areas": []},
        {"areas": ["moon"]},
        {"lot": ""},
        {"topicals": [""]},
        {"notes": "x" * 4001},
    ],
)
def test_a_record_is_complete_and_plausible(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        record(**wrong)


@pytest.mark.parametrize("depth", ["0", "0.25", "3.5"])
def test_depth_goes_in_quarters_from_none_to_the_deepest(depth: str) -> None:
    assert record(depth_mm=depth).depth_mm == Decimal(depth)


async def test_the_desk_books_without_notice_and_confirmed_even_on_request(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, booking_mode=BookingMode.REQUEST)
    slots = await free_slots(database, world)
    await clock.advance(slots[0].starts_at - await clock.now() - timedelta(minutes=5))
    wanted = booking_in(world, slots[0].starts_at)
    desk = DeskBookingIn(treatment_id=world.treatment_id, starts_at=slots[0].starts_at, client=wanted.client)
    async with database.begin(world.scope) as work:
        booked = await book(work, desk, by_clinic=True)
    assert booked.status == "confirmed"


async def test_a_client_is_linked_to_the_account_that_has_proved_the_address_alone(
    database: Database,
) -> None:
    world = await live_clinic(database)
    ana, _ = await person(database, email="ana@example.test")
    async with database.begin(PublicScope()) as work:
        new = NewAccount(email="eva@example.test", password=PASSWORD, name="Eva Lind")
        eva = await accounts.sign_up(work, new)
    slots = await free_slots(database, world)
    # Eva has proved nothing yet; who books for somebody else keeps the booking, and gets none of their record.
    for at, email, booker, record_of, booking_of in (
        (0, "eva@example.test", eva, None, eva),
        (8, "eva@example.test", None, None, None),
        (16, "ana@example.test", eva, ana, eva),
        (24, "ANA@example.test", None, ana, ana),
    ):
        wanted = booking_in(world, slots[at].starts_at, email=email)
        async with database.begin(world.scope) as work:
            booked = await book(work, wanted, booker.account_id if booker else None)
            known = await find_or_create_client(work, name="", email=email)
        (booking_id,) = await booking_ids(database, world, booked)
        async with database.begin(world.scope) as work:
            booking = await get_booking(work, booking_id)
        assert known.account_id == (record_of.account_id if record_of else None)
        assert booking.account_id == (booking_of.account_id if booking_of else None)
