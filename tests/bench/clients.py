"""Benchmark of a large clinic's clients: searching under row-level security, and finding possible duplicates.

`python -m tests.bench.clients [--clients 20000]`: the clinic's own, beside as many of other clinics.
"""

from __future__ import annotations

import argparse
import sys
from time import perf_counter
from typing import TextIO

from sqlalchemy import text

from infra.ops.product import open_database
from infra.platform.settings import Settings
from services.clients import merging
from services.clients.service import list_with_likeness
from services.kernel.scope import ClinicScope, PlatformScope
from services.kernel.work import Database
from tests.bench.beside import run_quietly, settings_of_servers
from tests.factories import live_clinic

_SCOPE = PlatformScope("the benchmark writes many clients")
_RUNS = 7
# One in fifty shares a phone number with another, one in a hundred a name; each clinic has as many.
_CLIENTS = """
    INSERT INTO client (clinic_id, id, name, email, phone, created_at)
    SELECT :clinic, gen_random_uuid(),
           CASE WHEN n % 100 = 0 THEN 'Ana Torres ' || n / 200 ELSE 'Client ' || md5(n::text) END,
           'client' || n || '@example.test',
           '+1 512 ' || CASE WHEN n % 50 = 0 THEN 1000000 + n / 100 ELSE 2000000 + n END,
           now()
    FROM generate_series(1, :many) AS n"""


async def _fill(database: Database, many: int) -> ClinicScope:
    mine = await live_clinic(database)
    other = await live_clinic(database, name="Other Skin")
    async with database.begin(_SCOPE) as work:
        for world in (mine, other):
            await work.execute(text(_CLIENTS), {"clinic": world.clinic_id, "many": many})
    async with database.begin(_SCOPE) as work:
        await work.execute(text("RESET ROLE"))
        await work.execute(text("ANALYZE client"))
    return mine.scope


async def _run(settings: Settings, many: int, table: TextIO) -> None:
    async with open_database(settings) as database:
        scope = await _fill(database, many)
        async with database.begin(scope) as work:
            shown = (await list_with_likeness(work)).items[0].client
        for name, q, alike in (
            ("everyone, first page", "", False),
            ("search by name", "torres 42", False),
            ("search by phone", "2000777", False),
            ("search for nobody", "nobody at all", False),
            ("possible duplicates", "", True),
        ):
            best = float("inf")
            for _ in range(_RUNS):
                async with database.begin(scope) as work:
                    began = perf_counter()
                    await list_with_likeness(work, q, alike=alike)
                    best = min(best, perf_counter() - began)
            print(f"{name:22} {best * 1000:7.1f} ms", file=table, flush=True)
        async with database.begin(scope) as work:
            began = perf_counter()
            await merging.list_likenesses(work, shown.id)
            print(f"{'duplicates of one':22} {(perf_counter() - began) * 1000:7.1f} ms", file=table)


def main() -> int:
    """The fastest of some runs of each."""
    given = argparse.ArgumentParser(description="Benchmark of a large clinic's clients.")
    given.add_argument("--clients", type=int, default=20_000)
    options, out = given.parse_args(), sys.stdout
    with settings_of_servers() as settings:
        run_quietly(_run(settings, options.clients, out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
