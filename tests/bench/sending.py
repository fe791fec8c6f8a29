"""How many messages a second the workers send, and what one clinic's ten thousand jobs do to another's confirmation.

`python -m tests.bench.sending [--bookings 400]`: bookings are made while no worker runs; then relay and worker pass on
what happened, to a mail server of this process, with one worker process and with two, beside what Dramatiq does with
messages that do nothing. Then the whole product, at rest and while another clinic's jobs wait.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TextIO

import dramatiq
import redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from infra.ops.embedded.process import GuardedProcess
from infra.ops.product import open_database
from infra.ops.programs import COMMANDS, worker_command
from infra.platform.settings import Settings
from services.kernel.ids import new_id
from services.kernel.work import Database
from services.scheduling.availability import list_slots
from services.scheduling.schemas import SlotQuery
from tests.bench import messages
from tests.bench.beside import outside, run_quietly, settings_of_servers
from tests.bench.diary import Diary, make_clinic
from tests.bench.limits import Bare, open_bare
from tests.bench.load import Speed
from tests.factories import book_one, booking_body
from tests.faults.wicked_mail import WickedMail
from tests.product import environment_of, running_product
from workers.broker import NAMESPACE, PREFETCH, make_broker

NOOPS, QUEUED, MESSAGES = 20_000, 10_000, 60
NOOP = "noop"  # the actor and the queue of `noop.py`
MESSAGES_A_BOOKING = 2  # to the client and to the clinic
PEOPLE = 10
LONGEST_SECONDS = 900.0
_SENT = "SELECT count(*) FROM notice WHERE state = 'sent'"
_WAITING = "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM delivery WHERE state = 'pending')"
# What was booked is told again, which finds that it was told: a job of the usual cost that may run any number of times.
_QUEUE = text("""
    INSERT INTO outbox (clinic_id, name, payload, correlation_id, occurred_at)
    SELECT clinic_id, 'booking.confirmed', jsonb_build_object('group_id', group_id), '', now()
    FROM (SELECT DISTINCT clinic_id, group_id FROM booking WHERE clinic_id = :clinic) one,
         generate_series(1, 1 + :number / (SELECT count(*) FROM booking WHERE clinic_id = :clinic)) AS time
    ORDER BY time, group_id LIMIT :number
""")


@dataclass(frozen=True, slots=True)
class Stand:
    """What is measured, and where it is written."""

    settings: Settings
    folder: Path
    database: Database
    owner: AsyncEngine
    bare: Bare
    table: TextIO

    async def count(self, question: str) -> int:
        return int(await self.bare.pool.fetchval(question))

    def write(self, line: str) -> None:
        print(line, file=self.table, flush=True)


async def rate_of(count: Callable[[], Awaitable[int]], whole: int) -> float:
    """How many a second come between the first tenth and the ninth of so many: starting and ending are not counted."""
    marks: list[tuple[float, int]] = []
    never = asyncio.Event()
    async with asyncio.timeout(LONGEST_SECONDS):
        while True:
            done = await count()
            if done >= whole * 0.1:
                marks.append((time.perf_counter(), done))
            if done >= whole * 0.9:
                break
            try:
                await asyncio.wait_for(never.wait(), 0.02)
            except TimeoutError:
                continue
    (began, first), (ended, last) = marks[0], marks[-1]
    return (last - first) / (ended - began)


@contextmanager
def running(settings: Settings, folder: Path, commands: Sequence[Sequence[str]]) -> Iterator[None]:
    """Processes of the product, or of the benchmark, with what they say in a file each."""
    processes = []
    try:
        for number, command in enumerate(commands):
            process = GuardedProcess(command, grace_seconds=5.0, env=environment_of(settings))
            with (folder / f"running{number}.log").open("wb") as said:
                process.start(output=said)
            processes.append(process)
        yield
    finally:
        for process in reversed(processes):
            process.ask_to_stop()
        for process in processes:
            process.stop()


def of_processes(command: Sequence[str], number: int) -> list[str]:
    """The worker's command line with so many processes."""
    words = list(command)
    words[words.index("--processes") + 1] = str(number)
    return words


async def noops(settings: Settings, folder: Path, processes: int) -> float:
    """Messages a second that do nothing."""
    client, broker = redis.Redis.from_url(settings.redis_url or ""), make_broker(settings.redis_url or "")
    broker.declare_queue(NOOP)
    for _ in range(NOOPS):
        message: dramatiq.Message[None] = dramatiq.Message(NOOP, NOOP, (), {}, {})
        broker.enqueue(message)
    key = f"{NAMESPACE}:{NOOP}.msgs"

    async def done() -> int:
        return NOOPS - int(client.hlen(key))

    command = [*worker_command(settings)]
    command[command.index("workers.main")] = "tests.bench.noop"
    with running(settings, folder, [of_processes(command, processes)]):
        return await rate_of(done, NOOPS)


async def book_many(database: Database, diary: Diary, bookings: int, taken: int) -> None:
    """So many more visits are booked, each by somebody else."""
    async with database.begin(diary.world.scope) as work:
        today = work.now.date()
        slots = [
            slot
            for week in range(1, 8)
            for slot in await list_slots(
                work,
                SlotQuery(
                    diary.world.treatment_id,
                    today + timedelta(days=7 * week),
                    today + timedelta(days=7 * week + 6),
                    each_once=True,
                ),
            )
        ]
    for number in range(taken, taken + bookings):
        at = slots[number % len(slots)].starts_at
        await book_one(database, diary.world, at, email=f"client{number}@example.test")


async def throughput(stand: Stand, diary: Diary, bookings: int) -> None:
    """Events to sent messages, by one worker process and by two."""

    async def sent() -> int:
        return await stand.count(_SENT) - before

    for processes in (1, 2):
        bare_rate = await noops(stand.settings, stand.folder, processes)
        before = await stand.count(_SENT)
        await book_many(stand.database, diary, bookings, taken=(processes - 1) * bookings)
        commands = [
            of_processes(worker_command(stand.settings), processes),
            COMMANDS["relay"](stand.settings),
        ]
        with running(stand.settings, stand.folder, commands):
            rate = await rate_of(sent, MESSAGES_A_BOOKING * bookings)
            await messages.wait_for(stand.bare, before + MESSAGES_A_BOOKING * bookings)
        stand.write(
            f"{processes} worker process(es) of {stand.settings.worker_threads} threads, prefetch {PREFETCH}: "
            f"{rate:7.1f} messages sent/s   beside {bare_rate:7.0f} no-ops/s"
        )


async def noisy(stand: Stand, base_url: str, quiet_one: Diary, loud: Diary) -> None:
    """Commit to sent for one clinic: at rest, and while another clinic's jobs wait."""
    free = []
    async with stand.database.begin(quiet_one.world.scope) as work:
        today = work.now.date()
        for week in range(10, 20):
            query = SlotQuery(
                quiet_one.world.treatment_id,
                today + timedelta(days=7 * week),
                today + timedelta(days=7 * week + 6),
                each_once=True,
            )
            free += [slot.starts_at for slot in (await list_slots(work, query))[::4]]
    async with outside(base_url) as web:

        async def book(number: int) -> None:
            body = booking_body(quiet_one.world, free[number], email=f"quiet{number}@example.test")
            await web("POST", "/api/v1/bookings", json=body, headers={"Idempotency-Key": new_id().hex})

        def show(name: str, speed: Speed) -> None:
            stand.write(f"commit to sent, {name:34} p50 {speed.p50:7.1f} ms   p99 {speed.p99:7.1f} ms")

        async def measure(numbers: range) -> Speed:
            return await messages.one_by_one(stand.bare, book, numbers, messages=MESSAGES_A_BOOKING)

        await book(0)
        await messages.wait_for(stand.bare, await stand.count(_SENT))
        show("at rest", await measure(range(1, 1 + MESSAGES)))
        async with stand.owner.begin() as connection:
            await connection.execute(_QUEUE, {"clinic": loud.world.clinic_id, "number": QUEUED})
        began = await stand.count(_WAITING)
        show(f"{began} jobs of another wait", await measure(range(1 + MESSAGES, 1 + 2 * MESSAGES)))
        left = await stand.count(_WAITING)
        stand.write(f"jobs that still waited at the end: {left}")
        if not left:
            raise SystemExit("the other clinic's jobs were over too early: queue more")


async def _run(settings: Settings, folder: Path, table: TextIO, bookings: int) -> None:
    mail = WickedMail(random.Random(0), behaves=True)  # noqa: S311  nothing is drawn
    mail.start()
    settings = settings.model_copy(update={"smtp_url": mail.url})
    owner = create_async_engine(str(settings.database_url), poolclass=NullPool)
    bare = await open_bare(str(settings.database_url), str(settings.redis_url), 2)
    async with open_database(settings) as database:
        loud = await make_clinic(database, owner, "Linden Skin", PEOPLE)
        quiet_one = await make_clinic(database, owner, "Cedar Skin", PEOPLE)
        stand = Stand(settings, folder, database, owner, bare, table)
        await throughput(stand, loud, bookings)
        with running_product(settings, folder) as base_url:
            await noisy(stand, base_url, quiet_one, loud)
    await bare.pool.close()
    await bare.redis.aclose()
    await owner.dispose()
    mail.stop()


def main() -> int:
    """Starts servers and processes, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bookings", type=int, default=400)
    bookings = parser.parse_args().bookings
    table = sys.stdout
    with settings_of_servers() as settings:
        run_quietly(_run(settings, settings.data_dir, table, bookings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
