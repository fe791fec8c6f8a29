"""Worlds for actors of bookings: one that is confirmed, asked for, moved, cancelled, declined or over."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import update

from services.kernel.scope import ClinicScope
from services.kernel.tables import table
from services.kernel.work import Database
from services.notices.repository import AddressRepository
from services.notices.rules import SETTLING
from services.scheduling import asked_moves
from services.scheduling import service as scheduling
from services.scheduling.models import Booking
from services.scheduling.reminders import ReminderPolicyIn, choose_policy
from services.treatments.models import BookingMode
from tests.factories import World, book_one, booking_ids, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.workers.case import Case, of

_BOOKING = table(Booking)


async def booking(database: Database, mode: BookingMode = BookingMode.INSTANT) -> tuple[World, UUID, UUID]:
    world = await live_clinic(database, booking_mode=mode)
    (booking_id,) = await booking_ids(database, world, await book_one(database, world))
    async with database.begin(world.scope) as work:
        return world, booking_id, (await scheduling.get_booking(work, booking_id)).group_id


async def confirmed_group(database: Database, clock: MovableClock) -> Case:
    world, _, group_id = await booking(database)
    return of(world, group_id=group_id)


async def confirmed(database: Database, clock: MovableClock) -> Case:
    world, booking_id, _ = await booking(database)
    return of(world, booking_id=booking_id)


async def requested_group(database: Database, clock: MovableClock) -> Case:
    world, _, group_id = await booking(database, BookingMode.REQUEST)
    return of(world, group_id=group_id)


async def moved(database: Database, clock: MovableClock) -> Case:
    world, booking_id, _ = await booking(database)
    later = (await free_slots(database, world, in_days=9))[0].starts_at
    async with database.begin(world.scope) as work:
        await scheduling.reschedule(work, booking_id, later)
    return of(world, booking_id=booking_id)


async def untexted(database: Database, clock: MovableClock) -> Case:
    world, booking_id, _ = await booking(database)
    return of(world, booking_id=booking_id, hours="24")


async def number_given(database: Database, clock: MovableClock) -> Case:
    world, booking_id, group_id = await booking(database)
    async with database.begin(world.scope) as work:
        await work.execute(
            update(_BOOKING).where(_BOOKING.c.id == booking_id).values(texts_to="+12125550100")
        )
        await AddressRepository(work).note_refused("+12125550100", "refused")
    return of(world, group_id=group_id)


async def other_reminders(database: Database, clock: MovableClock) -> Case:
    world, _, _ = await booking(database)
    async with database.begin(world.scope) as work:
        await choose_policy(work, ReminderPolicyIn(hours=[48]))
    return of(world, clinic_id=world.clinic_id)


async def settled(database: Database, clock: MovableClock) -> Case:
    case = await moved(database, clock)
    await clock.advance(SETTLING)
    return case


async def cancelled_course(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    booked = await book_one(database, world, whole_course=True)
    ids = await booking_ids(database, world, booked)
    async with database.begin(world.scope) as work:
        for booking_id in ids:
            await scheduling.cancel(work, booking_id, by="client")
    return of(world, booking_id=ids[0])


async def declined(database: Database, clock: MovableClock) -> Case:
    world, booking_id, _ = await booking(database, BookingMode.REQUEST)
    async with database.begin(world.scope) as work:
        await scheduling.decline(work, booking_id)
    return of(world, booking_id=booking_id)


async def unanswered(database: Database, clock: MovableClock) -> Case:
    world, booking_id, _ = await booking(database, BookingMode.REQUEST)
    await clock.advance(timedelta(hours=49))
    return of(world, booking_id=booking_id)


async def expired(database: Database, clock: MovableClock) -> Case:
    case = await unanswered(database, clock)
    assert case.clinic_id is not None
    async with database.begin(ClinicScope(case.clinic_id)) as work:
        await scheduling.expire_request(work, UUID(case.ids["booking_id"]))
    return case


async def asked_move(database: Database, clock: MovableClock) -> Case:
    """Another time is asked for, and waits for the clinic."""
    world, booking_id, _ = await booking(database, BookingMode.REQUEST)
    later = (await free_slots(database, world, in_days=9))[0].starts_at
    async with database.begin(world.scope) as work:
        await scheduling.accept(work, booking_id)
        await scheduling.reschedule(work, booking_id, later)
    async with database.begin(world.scope) as work:
        (asked,) = await asked_moves.list_open(work)
    return of(world, move_id=asked.id)


async def unanswered_move(database: Database, clock: MovableClock) -> Case:
    case = await asked_move(database, clock)
    await clock.advance(timedelta(hours=49))
    return case


async def refused_move(database: Database, clock: MovableClock) -> Case:
    case = await unanswered_move(database, clock)
    assert case.clinic_id is not None
    async with database.begin(ClinicScope(case.clinic_id)) as work:
        await asked_moves.expire_move(work, UUID(case.ids["move_id"]))
    return case
