"""Benchmarks of scheduling through HTTP, beside the same data by bare SQL through pgbench, in one run.

`python -m tests.bench.schedule [--bookings 1000 1000000]`: one client and 16, with so many bookings in the table.
Bookings and courses are measured at as many clinics as there are clients, and all in one practitioner's diary, where
each waits for the one before. How much more a day of one practitioner, and a booking in one diary, cost with the most
bookings than with the fewest is printed at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from infra.ops.product import open_database
from infra.platform.settings import Settings
from services.kernel.ids import new_id
from services.kernel.work import Database
from tests.bench.beside import MANY, line, outside, run_quietly, settings_of_servers
from tests.bench.diary import MANY_PEOPLE, Diary, fill, make_clinic
from tests.bench.load import Speed, measure, warm
from tests.bench.paths import Web
from tests.factories import booking_body, free_slots
from tests.product import running_product

SECONDS, LONGEST_SECONDS = 4, 120.0
BOOKINGS, COURSES = 400, 160
# More would meet in one diary: each takes time once a month.
COURSES_OF_ONE = 48
_LEFT = text("SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM delivery WHERE state = 'pending')")
_BUSY = """
\\set n random(0, 2)
SELECT * FROM schedule_busy('{slug}', NULL, (SELECT version FROM schedule_version WHERE clinic_id = '{clinic}'),
    ARRAY[{resources}]::uuid[], '{{}}', '{since}', '{until}');
"""
_WRITES = """
\\set n random(1, {many})
BEGIN;
SELECT id FROM resource WHERE clinic_id = (ARRAY[{clinics}]::uuid[])[:n] ORDER BY id LIMIT 3 FOR NO KEY UPDATE;
INSERT INTO bench_scratch SELECT gen_random_uuid(), 'x' FROM generate_series(1, {rows});
COMMIT;
"""


class Bench:
    """One diary, measured through HTTP and by pgbench."""

    def __init__(self, settings: Settings, diary: Diary, web: Web, table: TextIO) -> None:
        self._settings, self._diary, self._web, self._table = settings, diary, web, table
        world = diary.world
        self._slots = f"/api/v1/clinics/{world.slug}/treatments/{world.treatment_id}/slots"

    async def day_of_one(self) -> dict[int, Speed]:
        return await self._reads("a day of one practitioner", self._query(1, who=True), 1)

    async def day_of_any(self) -> dict[int, Speed]:
        return await self._reads("b day of any of 50", self._query(1) + "&each_once=true", 1, everyone=True)

    async def month_of_one(self) -> dict[int, Speed]:
        return await self._reads("c month of one", self._query(31, who=True), 31)

    def _query(self, days: int, *, who: bool = False) -> str:
        last = self._diary.day + timedelta(days=days - 1)
        mine = f"&practitioner_id={self._diary.practitioner_id}" if who else ""
        return f"{self._slots}?from={self._diary.day}&to={last}{mine}"

    async def _reads(self, name: str, path: str, days: int, *, everyone: bool = False) -> dict[int, Speed]:
        async def call(_: int) -> None:
            await self._web("GET", path)

        found = {}
        for at_once in (1, MANY):
            await warm(call)
            limit = await self._limit(days, at_once, everyone=everyone)
            found[at_once] = await self._through_http(call, path, at_once)
            print(line(name, at_once, found[at_once], limit), file=self._table, flush=True)
        return found

    async def _through_http(self, call: Any, path: str, at_once: int) -> Speed:
        """By wrk where the machine has it, since a client in Python takes more of the two cores than the product."""
        wrk = shutil.which("wrk")
        if wrk is None:
            return await measure(call, calls=400, at_once=at_once)
        address = f"{self._settings.base_url}{path}"
        said = await _run(wrk, "-t1", f"-c{at_once}", f"-d{SECONDS}s", "--latency", address)
        return read_wrk(said)

    async def _limit(self, days: int, at_once: int, *, everyone: bool) -> Speed:
        resources = await _resources(self._settings, self._diary, everyone=everyone)
        day = datetime.combine(self._diary.day, datetime.min.time())
        script = _BUSY.format(
            slug=self._diary.world.slug,
            clinic=self._diary.world.clinic_id,
            resources=",".join(f"'{one}'" for one in resources),
            since=day.isoformat() + "Z",
            until=(day + timedelta(days=days)).isoformat() + "Z",
        )
        return await pgbench(self._settings, script, at_once)


async def book(
    settings: Settings, database: Database, web: Web, diaries: Sequence[Diary], name: str, table: TextIO
) -> dict[int, Speed]:
    """Bookings of free times in the diaries in turn, each when all before are told: of one visit, or of a whole course.

    Many at once are measured twice: PostgreSQL plans each statement of each connection anew until it has seen it
    five times, and the first time many connections are in use they have seen none. Before that it learns how many rows
    there are by now, as from autovacuum within a minute, which is longer than a figure takes.
    """
    whole_course = name.startswith("e")
    courses = COURSES if len(diaries) > 1 else COURSES_OF_ONE
    calls, rows = (courses, 40) if whole_course else (BOOKINGS, 9)
    each = (3 * calls + 4) // len(diaries) + 1
    slots = [await _apart(database, diary, each) for diary in diaries]
    numbers, found = count(), {}

    async def call(_: int) -> None:
        turn, which = divmod(next(numbers), len(diaries))
        email = f"{new_id().hex}@example.test"
        body = booking_body(diaries[which].world, slots[which][turn], whole_course=whole_course, email=email)
        await web("POST", "/api/v1/bookings", json=body, headers={"Idempotency-Key": new_id().hex})

    clinics = ",".join(f"'{diary.world.clinic_id}'" for diary in diaries)
    script = _WRITES.format(many=len(diaries), clinics=clinics, rows=rows)
    for at_once, said in ((1, name), (MANY, f"{name}, first"), (MANY, name)):
        limit = await pgbench(settings, script, at_once)
        await _until_told(settings)
        if "first" in said:
            await _analyze(settings)
        found[at_once] = await measure(call, calls=calls, at_once=at_once)
        print(line(said, at_once, found[at_once], limit), file=table, flush=True)
    return found


async def _until_told(settings: Settings) -> None:
    """Until nothing is left to do for what was booked so far."""
    engine, never = create_async_engine(str(settings.database_url), poolclass=NullPool), asyncio.Event()
    async with asyncio.timeout(LONGEST_SECONDS), engine.connect() as connection:
        while await connection.scalar(_LEFT):
            await connection.rollback()
            with suppress(TimeoutError):
                await asyncio.wait_for(never.wait(), 0.1)
    await engine.dispose()


async def _analyze(settings: Settings) -> None:
    engine = create_async_engine(str(settings.database_url), poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.execute(text("ANALYZE"))
    await engine.dispose()


async def _apart(database: Database, diary: Diary, wanted: int) -> list[datetime]:
    """Starts so far apart, and after the filled days, that none is in another's way."""
    found: list[datetime] = []
    for week in range(6, 100):
        last: datetime | None = None
        for slot in await free_slots(
            database, diary.world, in_days=week * 7, days=7, practitioner_id=diary.practitioner_id
        ):
            if last is None or slot.starts_at >= last:
                found.append(slot.starts_at)
                last = slot.ends_at
        if len(found) >= wanted:
            return found
    raise LookupError("the benchmark's clinic has too few free times")


async def _resources(settings: Settings, diary: Diary, *, everyone: bool) -> list[str]:
    engine = create_async_engine(str(settings.database_url), poolclass=NullPool)
    async with engine.connect() as connection:
        rows = await connection.exec_driver_sql(
            f"SELECT id::text FROM resource WHERE clinic_id = '{diary.world.clinic_id}'"
            + (
                ""
                if everyone
                else f" AND (resource_kind <> 'practitioner' OR id = '{diary.practitioner_id}')"
            )
        )
        found = [str(row[0]) for row in rows]
    await engine.dispose()
    return found


async def pgbench(settings: Settings, script: str, at_once: int) -> Speed:
    """The script's transactions a second over so many connections."""
    url = make_url(str(settings.database_url)).set(drivername="postgresql")
    with tempfile.NamedTemporaryFile("w", suffix=".sql", delete=False) as file:
        file.write(script)
    program = shutil.which("pgbench")
    if program is None:
        raise SystemExit("pgbench is not installed: it comes with PostgreSQL's own packages")
    options = ("-n", "-M", "prepared", "-c", str(at_once), "-j", "1", "-T", str(SECONDS), "-f", file.name)
    try:
        said = await _run(program, *options, url.render_as_string(hide_password=False))
    finally:
        Path(file.name).unlink()  # noqa: ASYNC240  nothing else runs here meanwhile
    rate = next(float(row.split()[2]) for row in said.splitlines() if row.startswith("tps"))
    latency = next(float(row.split()[3]) for row in said.splitlines() if row.startswith("latency average"))
    return Speed(rate, latency, latency)


async def _run(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = await process.communicate()
    if process.returncode:
        raise SystemExit(err.decode()[-2000:])
    return out.decode()


def read_wrk(said: str) -> Speed:
    """Rate and percentiles of what wrk prints. Raises where an answer was no success."""
    if "Non-2xx" in said:
        raise SystemExit(said)
    words = dict(_pairs(said))
    return Speed(float(words["Requests/sec:"]), _milliseconds(words["50%"]), _milliseconds(words["99%"]))


def _pairs(said: str) -> Iterator[tuple[str, str]]:
    for row in said.splitlines():
        parts = row.split()
        if len(parts) == 2:
            yield parts[0], parts[1]


def _milliseconds(text: str) -> float:
    for unit, factor in (("us", 0.001), ("ms", 1.0), ("s", 1000.0)):
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * factor
    raise ValueError(text)


async def _measure(settings: Settings, folder: Path, sizes: list[int], table: TextIO) -> None:
    owner = create_async_engine(str(settings.database_url), poolclass=NullPool)
    grown: dict[str, list[float]] = {"a": [], "d": []}
    async with open_database(settings) as database:
        small = await make_clinic(database, owner, "Linden Skin", 1)
        large = await make_clinic(database, owner, "Cedar Skin", MANY_PEOPLE)
        others = [await make_clinic(database, owner, f"Birch Skin {n}", 1) for n in range(2, MANY + 1)]
        async with owner.begin() as connection:
            await connection.execute(
                text("CREATE TABLE bench_scratch (id uuid PRIMARY KEY, note text NOT NULL)")
            )
        with running_product(settings, folder) as base_url:
            here = settings.model_copy(update={"port": make_url(base_url).port})
            async with outside(base_url) as web:
                for size in sizes:
                    made = await fill(owner, (small, large), size)
                    print(f"{made} bookings", file=table, flush=True)
                    bench = Bench(here, small, web, table)
                    grown["a"].append((await bench.day_of_one())[MANY].rate)
                    await Bench(here, large, web, table).day_of_any()
                    await bench.month_of_one()
                    for name in ("d booking", "e course of six"):
                        await book(here, database, web, (small, *others), name, table)
                        in_one = await book(here, database, web, (small,), f"{name}, one diary", table)
                        if name.startswith("d"):
                            grown["d"].append(in_one[MANY].rate)
    for name, rates in grown.items():
        print(f"{name}: {rates[0] / rates[-1]:.2f} times the cost with the most bookings", file=table)
    await owner.dispose()


def main() -> int:
    """Starts servers and the product, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bookings", type=int, nargs="+", default=[1000])
    sizes = parser.parse_args().bookings
    table = sys.stdout
    with settings_of_servers() as settings:
        run_quietly(_measure(settings, settings.data_dir, sizes, table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
