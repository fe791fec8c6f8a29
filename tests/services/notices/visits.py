"""A visit's way through its states, and what was sent on the way."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from infra.platform.mail import MailboxOnly
from infra.platform.texts import TextRefused, TextUnanswered
from services.courses.schemas import Booked
from services.kernel.scope import PlatformScope
from services.kernel.work import Database
from services.notices import service as notices
from services.notices.rules import SETTLING
from services.notices.schemas import SentNotice, ShortText
from services.scheduling import service as scheduling
from tests.factories import World, book_one, booking_ids
from tests.fixtures import MovableClock
from workers.inline import drain


async def sent(database: Database, kind: str | None = None, *, strict: bool = True) -> list[SentNotice]:
    """Everything that goes out is let out; what went so far, oldest first. Not `strict`: what fails waits."""
    await drain(database, MailboxOnly(), strict=strict)
    async with database.begin(PlatformScope("a test reads the mailbox")) as work:
        found = await notices.list_sent(work)
    return [one for one in reversed(found) if kind is None or one.kind == kind]


class Phones:
    """A gateway of text messages that keeps what it gets, and may refuse numbers."""

    refused: type[Exception] = TextRefused
    unanswered: type[Exception] = TextUnanswered

    def __init__(self, *dead: str) -> None:
        self.texts: list[ShortText] = []
        self.dead = set(dead)

    async def send(self, to: str, words: str, key: str) -> None:
        if to in self.dead:
            raise TextRefused("unknown subscriber", dead_address=True)
        self.texts.append(ShortText(to, words, key))

    async def forget(self, key: str) -> None:
        self.texts = [one for one in self.texts if one.key != key]


async def settled(database: Database, clock: MovableClock, kind: str | None = None) -> list[SentNotice]:
    """The same once changes have stood for long enough to be told."""
    await drain(database, MailboxOnly())
    await clock.advance(SETTLING)
    return await sent(database, kind)


async def kinds(database: Database) -> list[str]:
    """The kinds of what was sent about visits, in order of the alphabet."""
    return sorted(one.kind for one in await sent(database) if not one.kind.startswith("account."))


async def complete(database: Database, clock: MovableClock, world: World, booking_id: UUID) -> None:
    """The clock goes to the end of the visit, and it took place."""
    async with database.begin(world.scope) as work:
        booking = await scheduling.get_booking(work, booking_id)
        left = booking.ends_at - work.now
    if left > timedelta():
        await clock.advance(left + timedelta(seconds=1))
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        await scheduling.mark_completed(work, booking_id)


async def completed_visit(
    database: Database, clock: MovableClock, world: World, *, email: str = "ana@example.test"
) -> UUID:
    """A visit that took place."""
    booked = await book_one(database, world, email=email)
    (booking_id,) = await booking_ids(database, world, booked)
    await complete(database, clock, world, booking_id)
    return booking_id


async def whole_course(database: Database, world: World) -> tuple[Booked, list[UUID]]:
    """A whole course, none of it treated yet."""
    booked = await book_one(database, world, whole_course=True)
    return booked, await booking_ids(database, world, booked)
