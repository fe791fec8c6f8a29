"""`needlewise seed`: synthetic clinics at any size, written by COPY."""

from __future__ import annotations

import asyncio
import time

from infra.ops.commands.migrate import migrate
from infra.ops.connections import database_problems
from infra.ops.environment import read_settings, say, servers_for
from infra.ops.problem import Problem
from infra.ops.product import open_database
from infra.ops.seed.building import fill
from infra.ops.seed.crew import crew
from infra.ops.seed.towns import towns_by_people
from infra.ops.seed.wanted import Wanted
from infra.platform.settings import Mode, Settings

_SECONDS_A_LINE = 5.0


async def _seed(settings: Settings, wanted: Wanted) -> None:
    began = spoken = time.monotonic()
    async with open_database(settings) as database:
        async for done in fill(database, wanted, towns_by_people(), crew(settings)):
            now = time.monotonic()
            if now - spoken < _SECONDS_A_LINE and done.clinics < wanted.clinics:
                continue
            spoken, left = now, (now - began) * (wanted.clinics - done.clinics) / done.clinics
            say(
                f"{done.clinics:,} of {wanted.clinics:,} clinics, {done.reviews:,} of {wanted.reviews:,} reviews, "
                f"{done.rows:,} rows ({done.rows / (now - began):,.0f} a second), about {left:,.0f} s left"
            )


def run(clinics: int, practitioners: int | None, reviews: int | None, bookings: int | None, seed: int) -> int:
    """The command."""
    told = clinics * 20 if reviews is None else reviews
    wanted = Wanted(
        clinics,
        clinics * 4 if practitioners is None else practitioners,
        told,
        told + told // 5 if bookings is None else bookings,
        seed,
    )
    wanted.check()
    read = read_settings()
    if read.mode is Mode.PRODUCTION:
        raise Problem("seed: not in production mode; set NEEDLEWISE_MODE to demo or test")
    with servers_for(read, loud=True) as (settings, _), database_problems(settings.database_url or ""):
        migrate(settings.database_url or "")
        asyncio.run(_seed(settings, wanted))
    return 0
