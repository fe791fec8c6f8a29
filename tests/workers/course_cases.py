"""The worlds of the actors that follow a lot that is called back, and a course that is stopped."""

from __future__ import annotations

from datetime import timedelta

from services.courses import platform_recalls, recalls
from services.courses.recall_schemas import RecallIn
from services.courses.state_schemas import StopIn
from services.courses.states import stop_course
from services.kernel.scope import PlatformScope
from services.kernel.work import Database
from services.reviews.attendance import assert_visit
from services.scheduling.service import cancel, get_booking
from tests.factories import book_one, booking_ids, live_clinic
from tests.fixtures import MovableClock
from tests.services.courses.treated import treated
from tests.services.notices.visits import complete, whole_course
from tests.workers.case import Case, of


async def recall(database: Database, clock: MovableClock) -> Case:
    world = await treated(database, clock, "LOT-1", "LOT-1")
    async with database.begin(world.scope) as work:
        done = await recalls.confirm_recall(work, RecallIn(lot="LOT-1"))
    return of(world, recall_id=done.recall.id)


async def platform_recall(database: Database, clock: MovableClock) -> Case:
    await treated(database, clock, "LOT-1")
    async with database.begin(PlatformScope("a test calls a lot back")) as work:
        begun = await platform_recalls.confirm_everywhere(work, RecallIn(lot="LOT-1"))
    return Case(None, {"recall_id": str(begun.id)})


async def stopped_course(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database, sessions=2)
    booked, _ = await whole_course(database, world)
    assert booked.course_id is not None
    async with database.begin(world.scope) as work:
        await stop_course(work, booked.course_id, StopIn(reason="client_wish", cancel_booked=True))
    return of(world, course_id=booked.course_id)


async def broken_off(database: Database, clock: MovableClock) -> Case:
    """One session took place, and the other was cancelled."""
    world = await live_clinic(database, sessions=2)
    _, (came, gone) = await whole_course(database, world)
    await complete(database, clock, world, came)
    async with database.begin(world.scope) as work:
        await cancel(work, gone, by="client")
    return of(world, booking_id=gone)


async def asserted_visit(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    (booking_id,) = await booking_ids(database, world, await book_one(database, world))
    async with database.begin(world.scope) as work:
        left = (await get_booking(work, booking_id)).ends_at - work.now
    await clock.advance(left + timedelta(hours=25))
    async with database.begin(world.scope) as work:
        await assert_visit(work, booking_id)
    return of(world, booking_id=booking_id)
