"""Everything breaks at random while people book, move and cancel; in the end each has heard what is true, once.

Broken are: worker, relay (with its timers), Valkey with all it held, PostgreSQL, and a mail server that is down, slow,
refuses, or takes a message and dies before it says so. A message may be taken twice only by a mail server that did not
say that it had it; how often that was is printed with `-s`.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from infra.ops.embedded.postgres import EmbeddedPostgres
from infra.ops.embedded.valkey import EmbeddedValkey
from infra.ops.migrations.run import upgrade
from infra.platform.settings import Mode, Settings
from services.courses.booking import book
from services.kernel.errors import Refusal
from services.kernel.work import Database
from services.scheduling.booking import cancel, reschedule
from tests.conftest import SECRET
from tests.factories import World, add_practitioner, booking_in, free_slots, live_clinic
from tests.faults.product import Product
from tests.faults.wicked_mail import WickedMail
from tests.infra.conftest import folder
from tests.product import eventually
from workers.process import opened_process

__all__ = ["folder"]

BROKEN = ("worker", "relay", "valkey", "postgres", "mail")
_LOST = (DBAPIError, InterfaceError, SQLAlchemyError, OSError, ConnectionError, asyncio.TimeoutError)
_STATES = "SELECT state, count(*) FROM {table} GROUP BY state"
_BOOKINGS = text("""
    SELECT b.id, b.status, b.starts_at, b.sequence, b.created_at, t.status AS told, t.starts_at AS told_at,
           (SELECT count(*) FROM notice n WHERE n.state = 'sent' AND n.notice_kind = 'booking.confirmed.client'
               AND n.subject_id = b.group_id) AS confirmations
    FROM booking b LEFT JOIN told t ON t.booking_id = b.id AND t.audience = 'client'
""")
_SENT = text("SELECT id, notice_kind, says, sent_at FROM notice WHERE state = 'sent' AND audience = 'client'")


@dataclass
class Storm:
    """The product at work among servers that break, and who books there."""

    it: Product
    database: Database
    postgres: EmbeddedPostgres
    mail: WickedMail
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)
    booked: list[UUID] = field(default_factory=list)

    async def read(self, statement: Any) -> list[Any]:
        """Rows, past every policy."""
        engine = create_async_engine(self.postgres.url, poolclass=NullPool)
        async with engine.connect() as connection:
            rows = list((await connection.execute(statement)).all())
        await engine.dispose()
        return rows

    async def move_clock(self, by: timedelta) -> None:
        engine = create_async_engine(self.postgres.url, poolclass=NullPool)
        async with engine.begin() as connection:
            moved = text("UPDATE clock_offset SET seconds = seconds + :by")
            await connection.execute(moved, {"by": int(by.total_seconds())})
        await engine.dispose()

    def break_something(self) -> None:
        """One of them, with what a supervisor does then."""
        what = self.chance.choice(BROKEN)
        self.done[f"broke {what}"] += 1
        if what == "valkey":
            self.it.lose_valkey()
        elif what == "postgres":
            kill(self.postgres)
        elif what == "mail":
            self.mail.down = not self.mail.down
        else:
            self.it.kill_and_restart(what)


def kill(postgres: EmbeddedPostgres) -> None:
    """kill -9, and what a supervisor does then; it is back when this returns."""
    found = int((postgres.home / "data" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(found, signal.SIGKILL)
    postgres.stop()
    postgres.start()


@asynccontextmanager
async def storm(folder: Path, seed: int) -> AsyncIterator[Storm]:
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
                    it.start("worker")
                    it.start("relay")
                    yield Storm(it, process.outside.database, postgres, mail, chance)
                finally:
                    it.stop()
    finally:
        valkey.stop()
        postgres.stop()
        mail.stop()


async def act(storm: Storm, world: World, slots: list[datetime], number: int) -> None:
    """Books, moves or cancels; what meets a broken server is what somebody tries who gives up."""
    chance = storm.chance
    does = chance.choice(("book", "book", "move", "cancel")) if storm.booked else "book"
    try:
        async with storm.database.begin(world.scope) as work:
            if does == "book":
                at = slots.pop(chance.randrange(len(slots)))
                wanted = booking_in(world, at, email=f"client{number}@example.test")
                await book(work, wanted)
                found = await work.rows(text("SELECT id FROM booking ORDER BY created_at DESC LIMIT 1"))
                storm.booked.append(found[0].id)
            elif does == "move":
                await reschedule(work, chance.choice(storm.booked), chance.choice(slots), by="client")
            else:
                await cancel(work, chance.choice(storm.booked), by="client")
    except Refusal as refusal:
        storm.done[f"{does} {refusal.code}"] += 1
    except _LOST:
        storm.done[f"{does} lost"] += 1
    else:
        storm.done[does] += 1


async def rage(storm: Storm, operations: int, breaks: int) -> None:
    """So many operations, among which so many things break."""
    world = await live_clinic(storm.database)
    for name in ("Dr Ivo Marsh", "Dr Ana Sol"):
        await add_practitioner(storm.database, world, name)
    slots = sorted(
        {
            slot.starts_at
            for week in range(1, 16)
            for slot in await free_slots(storm.database, world, in_days=7 * week, days=7)
        }
    )[::5]
    broken_at = set(storm.chance.sample(range(operations), breaks))
    for number in range(operations):
        if number in broken_at:
            await asyncio.to_thread(storm.break_something)
        storm.done.update(f"{name} ended" for name in storm.it.revive())
        if len(slots) > 1:
            await act(storm, world, slots, number)


async def calm(storm: Storm, seconds: float) -> None:
    """Everything works again, and what waits is done."""
    storm.mail.down, storm.mail.behaves = False, True

    async def rests() -> bool:
        storm.done.update(f"{name} ended" for name in storm.it.revive())
        await storm.move_clock(timedelta(minutes=5))
        (row,) = await storm.read(
            text(
                "SELECT (SELECT count(*) FROM outbox) AS outbox, "
                "(SELECT count(*) FROM delivery WHERE state = 'pending') AS pending, "
                "(SELECT count(*) FROM notice WHERE state IN ('queued', 'inflight')) AS unsent, "
                "(SELECT count(*) FROM timer WHERE state = 'waiting' AND kind = 'booking.settled') AS unsettled"
            )
        )
        return bool(row.outbox == row.pending == row.unsent == row.unsettled == 0)

    await eventually(rests, "nothing waits any more", seconds)


async def check(storm: Storm) -> None:
    """What is true of every booking, message and claim when it is over."""
    for one in await storm.read(_BOOKINGS):
        stands = one.status == "confirmed"
        if stands:
            assert (one.told, one.told_at) == (one.status, one.starts_at), f"{one.id} was told something else"
        else:
            assert one.told in {None, one.status}, f"{one.id} is {one.status}, and was last told {one.told}"
        assert one.confirmations <= 1, f"{one.id} was confirmed {one.confirmations} times"
    sent = await storm.read(_SENT)
    ids = Counter(f"<notice-{one.id.hex}@" for one in sent)
    taken = Counter(key.split("@")[0] + "@" for key in storm.mail.taken)
    unsaid = Counter(key.split("@")[0] + "@" for key in storm.mail.unanswered.elements())
    assert not set(ids) - set(taken), "noted as sent, and never taken"
    twice = {key: count for key, count in taken.items() if count > 1 + unsaid[key]}
    killed = sum(storm.done[f"broke {what}"] for what in ("worker", "postgres", "valkey"))
    assert sum(count - 1 for count in twice.values()) <= killed, f"taken twice without a kill: {twice}"
    dead = {row[0]: row[1] for row in await storm.read(text(_STATES.format(table="delivery")))}
    assert not dead.get("dead"), dead
    (overlaps,) = await storm.read(
        text(
            "SELECT count(*) AS n FROM claim a JOIN claim b ON a.resource_id = b.resource_id AND a.id < b.id "
            "AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"
        )
    )
    assert overlaps.n == 0
    print(  # noqa: T201  the figures, with `-s`
        dict(storm.done),
        f"{len(sent)} sent, {sum(unsaid.values())} taken without an answer, {len(twice)} twice by a kill",
    )


async def test_a_short_storm_leaves_everyone_told_what_is_true(folder: Path) -> None:
    async with storm(folder, seed=5) as it:
        await rage(it, operations=40, breaks=6)
        await calm(it, 90)
        await check(it)


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(20))
async def test_a_long_storm_leaves_everyone_told_what_is_true(folder: Path, seed: int) -> None:
    async with storm(folder, seed) as it:
        await rage(it, operations=2000, breaks=40)
        await calm(it, 600)
        await check(it)
