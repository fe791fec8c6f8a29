"""Worlds for actors of messages: a course that is over, and an address that took no mail."""

from __future__ import annotations

from uuid import UUID

from services.kernel.scope import PublicScope
from services.kernel.work import Database
from services.notices.repository import AddressRepository
from services.scheduling import service as scheduling
from services.screening import marketing
from tests.factories import World, live_clinic, person
from tests.fixtures import MovableClock
from tests.services.notices.visits import complete, whole_course
from tests.workers.case import Case, of


async def over(database: Database, clock: MovableClock, *, allowed: bool = True) -> tuple[World, UUID, UUID]:
    """A course whose four sessions took place; gives its client's last booking and the course."""
    world = await live_clinic(database)
    _, ids = await whole_course(database, world)
    for booking_id in ids:
        await complete(database, clock, world, booking_id)
    async with database.begin(world.scope) as work:
        last = await scheduling.get_booking(work, ids[-1])
        await marketing.choose_marketing(work, last.client_id, "desk", allowed=allowed)
    return world, last.id, last.group_id


async def finished_course(database: Database, clock: MovableClock) -> Case:
    world, booking_id, course_id = await over(database, clock)
    return of(world, booking_id=booking_id, course_id=course_id)


async def dead_address(database: Database, clock: MovableClock) -> Case:
    account, _ = await person(database)
    async with database.begin(PublicScope()) as work:
        await AddressRepository(work).note_refused(account.email, "550 5.1.1 no such user")
    return Case(None, {"account_id": str(account.account_id)})


async def text_of_nobody(database: Database, clock: MovableClock) -> Case:
    """The gateway keeps a text to somebody who was erased."""
    return of(await live_clinic(database), key="notice-of-nobody")
