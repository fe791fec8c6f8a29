"""Benchmark of the sums over reviews: one review's cost, a busy clinic, making all again; and that all agree.

`python -m tests.bench.reviews [--reviews 1000 5000000]`. Reviews are put in by SQL, a thousand clinics' worth;
everything else is done by the product's own use cases. The limit of making all sums again is plain SQL that writes the
same groups.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from typing import Any, TextIO
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from infra.ops.commands.rebuild import AT_ONCE
from infra.ops.product import open_database
from infra.platform.settings import Settings
from services.kernel.ids import new_id
from services.kernel.scope import ClinicScope, PlatformScope
from services.kernel.work import Database
from services.reviews import service as reviews
from services.reviews.repository import ReviewRepository
from tests.bench.beside import MANY, run_quietly, settings_of_servers

CLINICS, TIMED, ROUNDS, TURNS = 1000, 150, 25, 4
_RATINGS = ("result", "comfort", "cleanliness", "explanation", "value")
_GIVEN = ", ".join(f"1 + abs(hashint8(n * 8 + {k})) % 5 AS {name}" for k, name in enumerate(_RATINGS))
_NO_KEYS = text("""
    DO $$ DECLARE one record; BEGIN
        FOR one IN SELECT conname FROM pg_constraint WHERE conrelid = 'review'::regclass AND contype = 'f' LOOP
            EXECUTE format('ALTER TABLE review DROP CONSTRAINT %I', one.conname);
        END LOOP;
    END $$
""")
_FILL = text(f"""
    INSERT INTO review (clinic_id, id, invitation_id, booking_id, practitioner_id, treatment_id, location_id, stage,
        concern, author, {", ".join(_RATINGS)}, total, downtime_days, body, state, created_at, counted_at)
    SELECT clinic, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), md5(clinic || 'p' || n % 7)::uuid,
        md5(clinic || 't' || n % 5)::uuid, md5(clinic || 'l' || n % 2)::uuid,
        (ARRAY['session', 'course_end', 'three_months'])[1 + n % 3],
        (ARRAY['acne_scars', 'pores', NULL, 'scars'])[1 + n % 4], 'Ana T.', {", ".join(_RATINGS)},
        {" + ".join(_RATINGS)}, nullif(n % 9, 8), '', 'published', now() - n * interval '1 second', now()
    FROM (SELECT n, md5('clinic' || n % :clinics)::uuid AS clinic, {_GIVEN}
          FROM generate_series(CAST(:first AS bigint), :last) AS n) AS given
""")
_QUARTER = "to_char(created_at AT TIME ZONE 'UTC', 'YYYY-\"Q\"Q')"
_SUMS = f"""
    SELECT clinic_id,
        CASE WHEN grouping(location_id) = 0 THEN 'location' WHEN grouping(practitioner_id) = 0 THEN 'practitioner'
            WHEN grouping(treatment_id) = 0 THEN 'treatment' WHEN grouping(concern) = 0 THEN 'concern'
            WHEN grouping(stage) = 0 THEN 'stage' WHEN grouping({_QUARTER}) = 0 THEN 'quarter' ELSE 'clinic' END
            AS subject_kind,
        coalesce(location_id::text, practitioner_id::text, treatment_id::text, concern, stage, {_QUARTER},
            clinic_id::text) AS subject,
        count(*) AS reviews, sum(total) AS total_sum, sum(total * total) AS total_square_sum,
        {", ".join(f"count(*) FILTER (WHERE round(total / 5.0) = {star}) AS stars_{star}" for star in range(1, 6))},
        {", ".join(f"sum({name}) AS {name}_sum" for name in _RATINGS)},
        count(downtime_days) AS downtime_count, coalesce(sum(downtime_days), 0) AS downtime_sum
    FROM review WHERE counted_at IS NOT NULL AND state = 'published'
    GROUP BY GROUPING SETS ((clinic_id), (clinic_id, location_id), (clinic_id, practitioner_id),
        (clinic_id, treatment_id), (clinic_id, concern), (clinic_id, stage), (clinic_id, {_QUARTER}))
    HAVING NOT (grouping(concern) = 0 AND concern IS NULL)
"""
_COLUMNS = (
    "clinic_id, subject_kind, subject, reviews, total_sum, total_square_sum, stars_1, stars_2, stars_3, stars_4, "
    "stars_5, result_sum, comfort_sum, cleanliness_sum, explanation_sum, value_sum, downtime_count, downtime_sum"
)
_PLAIN = (
    text("CREATE TABLE bench_figure (LIKE review_figure INCLUDING ALL)"),
    text(f"INSERT INTO bench_figure ({_COLUMNS}) {_SUMS}"),
)
_DIFFERENCES = text(f"""
    SELECT count(*) FROM (
        (SELECT {_COLUMNS} FROM review_figure WHERE reviews > 0 EXCEPT SELECT * FROM ({_SUMS}) AS s)
        UNION ALL
        (SELECT * FROM ({_SUMS}) AS s EXCEPT SELECT {_COLUMNS} FROM review_figure)) AS different
""")


class Bench:
    """A database with so many reviews."""

    def __init__(self, database: Database, owner: AsyncEngine, table: TextIO) -> None:
        self._database, self._owner, self._table = database, owner, table
        self._there = 0

    async def fill(self, reviews_wanted: int) -> None:
        """Puts in what is missing."""
        given = {"clinics": CLINICS, "first": self._there, "last": reviews_wanted - 1}
        async with self._owner.begin() as connection:
            await connection.execute(_NO_KEYS)
            await connection.execute(_FILL, given)
        self._there = reviews_wanted
        async with self._owner.connect() as connection:
            await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(
                text("VACUUM ANALYZE review")
            )

    async def rebuild(self) -> float:
        """Seconds that making all sums again takes, as `needlewise rebuild` does it."""
        began = time.perf_counter()
        async with self._database.begin(PlatformScope("the benchmark makes all sums again")) as work:
            clinics = await reviews.reviewed_clinics(work)
        for first in range(0, len(clinics), AT_ONCE):
            async with self._database.begin(PlatformScope("the benchmark makes all sums again")) as work:
                await reviews.rebuild_figures(work, clinics[first : first + AT_ONCE])
        return time.perf_counter() - began

    async def plain(self) -> float:
        """Seconds that the same groups take by plain SQL, written to a table of the same kind."""
        async with self._owner.begin() as connection:
            await connection.execute(text("DROP TABLE IF EXISTS bench_figure"))
            await connection.execute(_PLAIN[0])
            began = time.perf_counter()
            await connection.execute(_PLAIN[1])
            return time.perf_counter() - began

    async def differences(self) -> int:
        """Groups whose sums are not those of plain SQL, to the last digit."""
        async with self._owner.connect() as connection:
            return int(await connection.scalar(_DIFFERENCES) or 0)

    async def one_by_one(self, clinic_ids: list[UUID]) -> float:
        """Milliseconds that counting one review takes, by the middle one."""
        took = []
        for number in range(TIMED):
            clinic_id = clinic_ids[number % len(clinic_ids)]
            await self._write(clinic_id)
            began = time.perf_counter()
            async with self._database.begin(ClinicScope(clinic_id)) as work:
                await reviews.count_reviews(work)
            took.append((time.perf_counter() - began) * 1000)
        return sorted(took)[len(took) // 2]

    async def by_many(self, clinic_ids: list[UUID]) -> float:
        """Seconds that sixteen writers take to write and count so many reviews, each at the clinic of their turn."""

        async def writer(number: int) -> None:
            for turn in range(ROUNDS):
                clinic_id = clinic_ids[(number * ROUNDS + turn) % len(clinic_ids)]
                await self._write(clinic_id)
                async with self._database.begin(ClinicScope(clinic_id)) as work:
                    await reviews.count_reviews(work)

        began = time.perf_counter()
        await asyncio.gather(*(writer(number) for number in range(MANY)))
        return time.perf_counter() - began

    async def _write(self, clinic_id: UUID) -> None:
        given: dict[str, Any] = {name: 1 + (new_id().int >> 3) % 5 for name in _RATINGS}
        async with self._database.begin(ClinicScope(clinic_id)) as work:
            await ReviewRepository(work).add(
                **{f"{name}_id": new_id() for name in ("invitation", "booking")},
                **{f"{name}_id": clinic_id for name in ("practitioner", "treatment", "location")},
                stage="session",
                concern="acne_scars",
                author="Ana T.",
                total=sum(given.values()),
                body="",
                **given,
            )

    def say(self, words: str) -> None:
        """One line of the table."""
        print(words, file=self._table, flush=True)


async def _measure(settings: Settings, sizes: list[int], table: TextIO) -> None:
    owner = create_async_engine(str(settings.database_url), poolclass=NullPool)
    costs = []
    async with open_database(settings) as database:
        bench = Bench(database, owner, table)
        for size in sizes:
            await bench.fill(size)
            async with database.begin(PlatformScope("the benchmark chooses clinics")) as work:
                clinics = (await reviews.reviewed_clinics(work))[:200]
            limit, again = await bench.plain(), await bench.rebuild()
            bench.say(
                f"{size} reviews: made again in {again:.1f} s, {again / limit:.2f} times plain SQL ({limit:.1f} s), "
                f"{await bench.differences()} groups differ"
            )
            costs.append(await bench.one_by_one(clinics[:50]))
            bench.say(f"{size} reviews: one counted in {costs[-1]:.2f} ms")
            # In turns, and not counted the first time: each connection plans its statements in its first few rounds.
            took = [
                (await bench.by_many(clinics[:1]), await bench.by_many(clinics)) for _ in range(1 + TURNS)
            ]
            busy, spread = (TURNS * MANY * ROUNDS / sum(seconds) for seconds in zip(*took[1:], strict=True))
            bench.say(
                f"{size} reviews: 16 writers at one clinic {busy:.0f}/s, spread over many {spread:.0f}/s, "
                f"{busy / spread:.2f} times; {await bench.differences()} groups differ"
            )
    print(f"one review costs {costs[-1] / costs[0]:.2f} times as much with the most", file=table)
    await owner.dispose()


def main() -> int:
    """Starts a server and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reviews", type=int, nargs="+", default=[1000, 5_000_000])
    sizes = parser.parse_args().reviews
    table = sys.stdout
    with settings_of_servers() as settings:
        run_quietly(_measure(settings, sizes, table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
