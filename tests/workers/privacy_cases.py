"""Worlds for the actors of one's own data."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from infra.platform.mail import MailboxOnly
from services.kernel.ids import new_id
from services.kernel.models import Outbox
from services.kernel.scope import Actor, PlatformScope, PublicScope
from services.kernel.tables import table
from services.kernel.work import Database
from services.privacy import asking
from services.privacy.person import Person
from services.privacy.schemas import Erase, LinkAsked
from services.scheduling import service as scheduling
from services.screening import consents
from tests.factories import PASSWORD, World, book_one, booking_ids, live_clinic, person
from tests.fixtures import MovableClock
from tests.workers.case import Case, of
from workers.inline import drain

EMAIL = "ana@example.test"


async def _asked_for(database: Database, name: str) -> dict[str, str]:
    async with database.begin(PlatformScope("a test reads what was announced")) as work:
        asked = table(Outbox).c
        payload: dict[str, str] = await work.scalar(select(asked.payload).where(asked.name == name))
    return payload


async def data_link(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    await book_one(database, world, email=EMAIL)
    await drain(database, MailboxOnly())
    async with database.begin(PublicScope()) as work:
        await asking.ask_link(work, LinkAsked(email=EMAIL), "en")
    return Case(None, await _asked_for(database, "privacy.link_asked"))


async def guest_export(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    await book_one(database, world, email=EMAIL)
    await drain(database, MailboxOnly())
    async with database.begin(PublicScope()) as work:
        made = await asking.ask_export(work, Person(email=EMAIL), "en")
    return Case(None, {"request_id": str(made.id)})


async def export_over(database: Database, clock: MovableClock) -> Case:
    case = await guest_export(database, clock)
    await drain(database, MailboxOnly())
    return case


async def erasure(database: Database, clock: MovableClock) -> Case:
    """An account with a booking, at the moment its erasure was asked for."""
    world = await live_clinic(database)
    account, token = await person(database, email=EMAIL)
    await book_one(database, world, email=EMAIL, account_id=account.account_id)
    await drain(database, MailboxOnly())
    async with database.begin(PublicScope()) as work:
        own = await asking.own_person(work, account.account_id)
    given = Erase(password=PASSWORD, understood=True, cancel_bookings=True)
    by = Actor("account", account.account_id, account.name)
    view, _ = await asking.begin_erasure(database, own, given, by=by, token=token)
    return Case(None, {"request_id": str(view.id)})


async def receipt(database: Database, clock: MovableClock) -> Case:
    case = await erasure(database, clock)
    await drain(database, MailboxOnly())
    return case


async def client_erased(database: Database, clock: MovableClock) -> Case:
    return of(await live_clinic(database), request_id=new_id())


async def client_at(database: Database) -> tuple[World, UUID]:
    """A clinic, and its client who has booked."""
    world = await live_clinic(database)
    (booking_id,) = await booking_ids(database, world, await book_one(database, world, email=EMAIL))
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        return world, (await scheduling.get_booking(work, booking_id)).client_id


async def withdrawal(database: Database, clock: MovableClock) -> Case:
    world, client_id = await client_at(database)
    async with database.begin(world.scope) as work:
        await consents.decide(work, client_id, "treatment", "withdrawn", "")
    return of(world, **await _asked_for(database, "consent.withdrawn"))


async def retention(database: Database, clock: MovableClock) -> Case:
    """Messages that are past their time."""
    await client_at(database)
    now = await clock.advance(timedelta(days=120))
    return Case(None, {"ran_on": now.date().isoformat()})
