"""Benchmarks of the market at size: search, its page, a listing and a comparison over many clinics.

`python -m tests.bench.market [--clinics 1000 50000] [--keep FOLDER]`. The clinics are the seed's, twenty reviews each.
Each path stands beside its own statements, sent bare; with a folder that is kept, the next run need not seed again.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TextIO

from sqlalchemy import text

from infra.ops.product import open_database
from infra.ops.seed.building import fill
from infra.ops.seed.crew import crew
from infra.ops.seed.towns import towns_by_people
from infra.ops.seed.wanted import Wanted
from infra.platform.settings import Settings
from services.kernel.scope import PlatformScope
from services.kernel.work import Database
from services.marketplace.schemas import SearchQuery
from services.marketplace.service import search
from tests.bench.beside import (
    MANY,
    inside,
    line,
    outside,
    run_quietly,
    settings_of_servers,
    speed_of_reads,
    statements_of,
)
from tests.bench.limits import open_bare
from tests.bench.load import Call
from tests.bench.paths import Web
from tests.product import running_product

SIZES = (1_000, 50_000)
_SCOPE = PlatformScope("the benchmark looks at the seeded clinics")
_QUESTIONS = {
    "search": "/api/v1/search?concern=acne_scars&place=Austin",
    "in a large city": "/api/v1/search?place=London",
    "by words": "/api/v1/search?q=harbour dermatolgy",
    "of everything": "/api/v1/search",
    "search page": "/search?concern=acne_scars&place=Austin",
}


async def _seed(settings: Settings, database: Database, clinics: int) -> None:
    """As many clinics as wanted, where they are not there from the run before."""
    async with database.begin(_SCOPE) as work:
        there = int(await work.scalar(text("SELECT count(*) FROM listing")))
    if there < clinics:
        wanted = Wanted(clinics, clinics * 4, clinics * 20, clinics * 24)
        async for _ in fill(database, wanted, towns_by_people(), crew(settings)):
            pass


async def _addresses(database: Database) -> dict[str, str]:
    async with database.begin(_SCOPE) as work:
        found = await search(work, SearchQuery(place="London", limit=3))
    slugs = [item.slug for item in found.items]
    return {
        **_QUESTIONS,
        "listing page": f"/c/{slugs[0]}",
        "compare": "/compare?" + "&".join(f"clinic={slug}" for slug in slugs),
    }


def _call(web: Web, address: str) -> Call:
    async def call(_: int) -> None:
        await web("GET", address)

    return call


async def _run(settings: Settings, clinics: int, table: TextIO) -> None:
    async with open_database(settings) as database:
        await _seed(settings, database, clinics)
        addresses = await _addresses(database)
    async with inside(settings) as web:
        seen = {
            name: await statements_of(_call(web, address), again=True) for name, address in addresses.items()
        }
    bare = await open_bare(str(settings.database_url), str(settings.redis_url), MANY)
    print(f"{clinics:,} clinics", file=table, flush=True)
    with running_product(settings, settings.data_dir) as base_url:
        async with outside(base_url) as web:
            for at_once in (1, MANY):
                for name, address in addresses.items():
                    limit = await speed_of_reads(bare.replay(seen[name]), at_once)
                    speed = await speed_of_reads(_call(web, address), at_once)
                    print(line(name, at_once, speed, limit, len(seen[name])), file=table, flush=True)
    await bare.pool.close()
    await bare.redis.aclose()


def main() -> int:
    """A table for each size."""
    given = argparse.ArgumentParser(description="Benchmarks of the market at size.")
    given.add_argument("--clinics", type=int, nargs="+", default=list(SIZES))
    given.add_argument("--keep", type=Path, help="a folder for the servers' data, a subfolder a size")
    options = given.parse_args()
    table = sys.stdout
    for clinics in options.clinics:
        with settings_of_servers(options.keep and options.keep / str(clinics)) as settings:
            run_quietly(_run(settings, clinics, table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
