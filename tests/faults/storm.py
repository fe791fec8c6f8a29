"""A storm: people book, move, cancel, come and review while the servers and processes break at random."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from infra.ops.embedded.postgres import EmbeddedPostgres
from infra.ops.embedded.valkey import EmbeddedValkey
from infra.ops.migrations.run import upgrade
from infra.platform.settings import Mode, Settings
from services.clinics import service as clinics
from services.clinics.schemas import NewRoom
from services.courses.booking import book
from services.kernel.errors import Refusal
from services.kernel.work import ClinicWork, Database
from services.reviews import service as reviews
from services.reviews.schemas import RATINGS, NewReview
from services.scheduling.booking import cancel, mark_completed, reschedule
from tests.factories import World, add_practitioner, booking_in, free_slots, live_clinic
from tests.faults.product import Product
from tests.faults.wicked_mail import WickedMail
from tests.fixtures import SECRET
from tests.product import eventually
from workers.process import opened_process

BROKEN = ("worker", "relay", "valkey", "postgres", "mail")
DOES = ("book", "book", "book", "move", "move", "cancel", "come", "review")
_LOST = (DBAPIError, InterfaceError, SQLAlchemyError, OSError, ConnectionError, asyncio.TimeoutError)
_CONCERN = "acne_scars"
FEWEST = 10  # times that are left to move to
# What every visit was and when, and when each message was taken to be sent, by the server's own clock: rows of the
# transactions themselves, so that what is rolled back or lost in a crash is not in them either.
_WATCHED = (
    "CREATE SCHEMA storm",
    "CREATE TABLE storm.visit (n bigserial, booking_id uuid, at timestamptz, status text, starts_at timestamptz)",
    "CREATE TABLE storm.taken (n bigserial, notice_id uuid, at timestamptz)",
    """CREATE FUNCTION storm.note_visit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
       INSERT INTO storm.visit (booking_id, at, status, starts_at)
       VALUES (NEW.id, clock_timestamp(), NEW.status, NEW.starts_at); RETURN NULL; END $$""",
    """CREATE FUNCTION storm.note_taken() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
       INSERT INTO storm.taken (notice_id, at) VALUES (NEW.id, clock_timestamp()); RETURN NULL; END $$""",
    """CREATE TRIGGER storm_visit AFTER INSERT OR UPDATE OF status, starts_at ON booking
       FOR EACH ROW EXECUTE FUNCTION storm.note_visit()""",
    """CREATE TRIGGER storm_taken AFTER UPDATE OF state ON notice
       FOR EACH ROW WHEN (NEW.state = 'inflight') EXECUTE FUNCTION storm.note_taken()""",
)
_ID_OF = text("SELECT id FROM booking WHERE reference = :reference")
# What is on its way by now (a delivery that was handed out is due again ten seconds later), and what is yet to come.
_REST = text("""
    WITH moved AS (SELECT clock_timestamp() + seconds * interval '1 second' AS at FROM clock_offset)
    SELECT (SELECT count(*) FROM outbox)
         + (SELECT count(*) FROM delivery, moved
            WHERE state = 'pending' AND due_at < moved.at + interval '12 seconds') AS now,
           (SELECT count(*) FROM delivery WHERE state = 'pending')
         + (SELECT count(*) FROM notice WHERE state IN ('queued', 'inflight'))
         + (SELECT count(*) FROM timer WHERE state = 'waiting' AND kind LIKE 'booking.%settled') AS later
""")


@dataclass
class Storm:
    """The product at work among servers that break, and who books there."""

    it: Product
    database: Database
    postgres: EmbeddedPostgres
    mail: WickedMail
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)
    breaking: float = 0.0
    # What the services said was done: it has to be there whatever is killed afterwards.
    booked: list[UUID] = field(default_factory=list)
    over: list[UUID] = field(default_factory=list)
    invited: list[UUID] = field(default_factory=list)
    reviewed: list[UUID] = field(default_factory=list)

    @cached_property
    def behind(self) -> AsyncEngine:
        """The database past every policy; a connection for each look, since the server may have been killed since."""
        return create_async_engine(self.postgres.url, poolclass=NullPool)

    async def read(self, statement: Any) -> list[Any]:
        """Rows of all clinics."""
        async with self.behind.connect() as connection:
            return list((await connection.execute(statement)).all())

    async def write(self, *statements: str, given: Mapping[str, Any] | None = None) -> None:
        async with self.behind.begin() as connection:
            for one in statements:
                await connection.execute(text(one), dict(given or {}))

    async def move_clock(self, by: timedelta) -> None:
        moved = """INSERT INTO clock_offset (id, seconds) VALUES (1, :by)
                   ON CONFLICT (id) DO UPDATE SET seconds = clock_offset.seconds + excluded.seconds"""
        await self.write(moved, given={"by": int(by.total_seconds())})

    def break_it(self, what: str) -> None:
        """One of them, with what a supervisor does then."""
        began = time.monotonic()
        self._break(what)
        self.done[f"broke {what}"] += 1
        self.breaking += time.monotonic() - began

    def _break(self, what: str) -> None:
        if what == "valkey":
            self.it.lose_valkey()
        elif what == "postgres":
            kill(self.postgres)
        elif what == "mail":
            self.mail.down = not self.mail.down
        else:
            self.it.kill_and_restart(what)

    def revive(self) -> None:
        self.done.update(f"{name} ended" for name in self.it.revive())


def kill(postgres: EmbeddedPostgres) -> None:
    """kill -9, and what a supervisor does then; it is back when this returns."""
    found = int((postgres.home / "data" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(found, signal.SIGKILL)
    postgres.stop()
    postgres.start()


@asynccontextmanager
async def storm(folder: Path, seed: int) -> AsyncIterator[Storm]:
    """The product's worker and relay on servers of their own, and a watch on what becomes of every visit."""
    chance = random.Random(seed)  # noqa: S311  the same storm each time
    postgres, valkey, mail = (
        EmbeddedPostgres(folder),
        EmbeddedValkey(folder, durable=False),
        WickedMail(chance),
    )
    mail.start()
    try:
        url = postgres.start()
        await asyncio.to_thread(upgrade, url)
        settings = Settings(
            _env_file=None,
            mode=Mode.TEST,
            database_url=url,
            redis_url=valkey.start(),
            smtp_url=mail.url,
            secret_key=SecretStr(SECRET),
            data_dir=folder,
            rate_limit="off",
            quiet_hours="off",
        )
        with (folder / "processes.log").open("wb") as log:
            it = Product(settings, valkey, log)
            async with opened_process(settings) as process:
                try:
                    found = Storm(it, process.outside.database, postgres, mail, chance)
                    await found.write(*_WATCHED)
                    it.start("worker")
                    it.start("relay")
                    yield found
                finally:
                    it.stop()
    finally:
        valkey.stop()
        postgres.stop()
        mail.stop()


async def rage(storm: Storm, operations: int, breaks: int) -> None:
    """So many operations, among which so many things break, each kind as often as the others."""
    world = await _world(storm, visits=operations // 10)
    slots = await _times(storm, world, weeks=min(15, 1 + operations // 50))
    kinds = [BROKEN[number % len(BROKEN)] for number in range(breaks)]
    storm.chance.shuffle(kinds)
    broken = dict(zip(storm.chance.sample(range(operations), breaks), kinds, strict=True))
    for number in range(operations):
        if number in broken:
            await asyncio.to_thread(storm.break_it, broken[number])
        if number % 25 == 0:
            storm.revive()
            await storm.move_clock(timedelta(seconds=storm.chance.randrange(150)))
        await _act(storm, world, slots, number)


async def _world(storm: Storm, visits: int) -> World:
    """A clinic of three, and so many visits that are over by now and whose clients have not been noted as there yet."""
    world = await live_clinic(storm.database)
    for name in ("Dr Ivo Marsh", "Dr Ana Sol"):
        await add_practitioner(storm.database, world, name)
        async with storm.database.begin(world.scope) as work:
            await clinics.add_room(work, NewRoom(location_id=world.location_id, name=f"Room of {name}"))
    times = (await _times(storm, world, weeks=1 + visits // 60))[:visits]
    for number, at in enumerate(times):
        storm.over.append(await _book(storm, world, at, f"before{number}@example.test"))
    await calm(storm, 120)
    storm.mail.behaves = False
    # Some of them are noted on their day, others so late that nothing helps in the days after any more.
    async with storm.database.begin(world.scope) as work:
        left = times[-1] + timedelta(hours=3) - work.now
    await storm.move_clock(left)
    return world


async def _times(storm: Storm, world: World, weeks: int) -> list[datetime]:
    """Times of which hardly two are in each other's way, from a week ahead on."""
    found = {
        slot.starts_at
        for week in range(1, weeks + 1)
        for slot in await free_slots(storm.database, world, in_days=7 * week, days=7)
    }
    return sorted(found)[::4]


async def _act(storm: Storm, world: World, slots: list[datetime], number: int) -> None:
    """What somebody does; what meets a broken server is what somebody tries who gives up."""
    does = storm.chance.choice(DOES)
    if (does in {"move", "cancel"} and not storm.booked) or (does == "review" and not storm.invited):
        does = "book"
    if does == "come" and not storm.over:
        does = "review" if storm.invited else "book"
    if does == "book" and len(slots) < FEWEST:
        does = "move"
    try:
        if does == "book":
            at = slots.pop(storm.chance.randrange(len(slots)))
            storm.booked.append(await _book(storm, world, at, f"client{number}@example.test"))
        elif does == "come":
            await _come(storm, world)
        elif does == "review":
            await _review(storm, world)
        else:
            async with storm.database.begin(world.scope) as work:
                await _change(storm, work, does, slots)
    except Refusal as refusal:
        storm.done[f"{does} {refusal.code}"] += 1
    except _LOST:
        storm.done[f"{does} lost"] += 1
    else:
        storm.done[does] += 1


async def _book(storm: Storm, world: World, at: datetime, email: str) -> UUID:
    async with storm.database.begin(world.scope) as work:
        booked = await book(work, booking_in(world, at, email=email))
        row = await work.row(_ID_OF, {"reference": booked.sessions[0].reference})
        assert row is not None
    return UUID(str(row.id))


async def _change(storm: Storm, work: ClinicWork, does: str, slots: list[datetime]) -> None:
    booking_id = storm.chance.choice(storm.booked)
    if does == "move":
        await reschedule(work, booking_id, storm.chance.choice(slots), by="client")
    else:
        await cancel(work, booking_id, by="client")


async def _come(storm: Storm, world: World) -> None:
    """A visit took place, and its client is asked for a review at once."""
    booking_id = storm.chance.choice(storm.over)
    async with storm.database.begin(world.scope) as work:
        await mark_completed(work, booking_id)
        invitation_id = await reviews.invite(work, booking_id, "session")
    storm.over.remove(booking_id)
    assert invitation_id is not None
    storm.invited.append(invitation_id)


async def _review(storm: Storm, world: World) -> None:
    invitation_id = storm.chance.choice(storm.invited)
    ratings = {name: storm.chance.randint(1, 5) for name in RATINGS}
    concern = storm.chance.choice((None, _CONCERN))
    downtime = storm.chance.choice((None, 0, 3))
    async with storm.database.begin(world.scope) as work:
        new = NewReview.model_validate({"ratings": ratings, "concern": concern, "downtime_days": downtime})
        written = await reviews.write_review(work, invitation_id, new)
    storm.reviewed.append(written.id)


async def calm(storm: Storm, seconds: float) -> None:
    """Everything works again, and what waits is done."""
    storm.mail.down, storm.mail.behaves = False, True

    async def rests() -> bool:
        storm.revive()
        (row,) = await storm.read(_REST)
        if row.now == 0 and row.later > 0:
            await storm.move_clock(timedelta(minutes=3))
        return bool(row.now == row.later == 0)

    await eventually(rests, "nothing waits any more", seconds)
