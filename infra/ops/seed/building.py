"""Fills a database part by part: each part's clinics with all that belongs to them in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import func, select, text

from infra.ops.problem import Problem
from infra.ops.seed.chance import Chance, references
from infra.ops.seed.houses import House, add_house
from infra.ops.seed.lives import live
from infra.ops.seed.making import Making, Shared
from infra.ops.seed.opinions import Opinions
from infra.ops.seed.plots import Plot, parts_of, plots
from infra.ops.seed.sheets import Sheets, Values, take_keys_on_trust
from infra.ops.seed.shown import add_listing
from infra.ops.seed.towns import Towns
from infra.ops.seed.visits import Visiting
from infra.ops.seed.wanted import Wanted
from services.accounts.models import Account
from services.accounts.passwords import hash_password
from services.clinics.models import ClinicSlug
from services.kernel.scope import Actor, PlatformScope
from services.kernel.tables import table
from services.kernel.work import Database
from services.reviews.service import figures_of_new_clinics

_SCOPE = PlatformScope("synthetic clinics are written by COPY", by=Actor("operator", label="seed"))
_SLUGS, _ACCOUNTS = table(ClinicSlug), table(Account)

Part = Sequence[Plot]
Writing = Callable[[list[Part], Shared], AsyncIterator[tuple[Part, int]]]
"""Writes parts, one after another or several at once; gives each when it is there, with the number of its rows."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is."""

    clinics: int
    reviews: int
    rows: int


@dataclass(frozen=True, slots=True)
class _Lived:
    """A clinic whose truth is written, with the claims of visits to come."""

    making: Making
    house: House
    claimed: list[Values]


def owner_address(seed: int, number: int | str) -> str:
    """The address of the clinic of that number, and of its owner's account."""
    return f"owner{number}.{seed}@seed.test"


async def fill(
    database: Database, wanted: Wanted, towns: Towns, write: Writing | None = None
) -> AsyncIterator[Progress]:
    """Adds what is wanted, a part at a time. Raises Problem where this seed is there already."""
    wanted.check()
    taken, shared = await _begin(database, wanted.seed)
    parts = parts_of(plots(wanted, towns, taken, shared.now))
    clinics = reviews = rows = 0
    async for part, count in (write or partial(_in_turn, database))(parts, shared):
        clinics += len(part)
        reviews += sum(plot.size.reviews for plot in part)
        rows += count
        yield Progress(clinics, reviews, rows)
    await _analyse(database)


async def _in_turn(database: Database, parts: list[Part], shared: Shared) -> AsyncIterator[tuple[Part, int]]:
    for part in parts:
        yield part, await write_part(database, part, shared)


async def write_part(database: Database, part: Part, shared: Shared) -> int:
    """Writes the part's clinics, or none of them; gives the number of rows."""
    truth, shown = Sheets(), Sheets()
    lived = [_live(plot, shared, truth) for plot in part]
    async with database.begin(_SCOPE) as work:
        await take_keys_on_trust(work)
        await truth.copy(work)
        figures = await figures_of_new_clinics(work, [one.house.id for one in lived])
        for one in lived:
            add_listing(replace(one.making, sheets=shown), one.house, one.claimed, figures)
        await shown.copy(work)
    return truth.count + shown.count


def _live(plot: Plot, shared: Shared, truth: Sheets) -> _Lived:
    chance = Chance(shared.seed, plot.number)
    making = Making(
        chance.id_at(plot.founded_at),
        plot,
        truth,
        chance,
        references(shared.seed, plot.first_reference),
        shared,
    )
    house = add_house(making, owner_address(shared.seed, plot.number))
    visiting = Visiting.of(making, house)
    live(visiting, Opinions(making, house, {}), plot.size)
    return _Lived(making, house, visiting.claimed)


async def _begin(database: Database, seed: int) -> tuple[set[str], Shared]:
    """The slugs in use, and what all clinics share."""
    async with database.begin(_SCOPE) as work:
        any_owner = _ACCOUNTS.c.email.like(owner_address(seed, "%"))
        if await work.scalar(select(func.count()).select_from(_ACCOUNTS).where(any_owner)):
            raise Problem(f"seed {seed} is in this database already: choose another --seed")
        slugs = {row.slug for row in await work.rows(select(_SLUGS.c.slug))}
        nobodys = await hash_password(secrets.token_urlsafe(32))
        return slugs, Shared(seed, nobodys, work.tools.keyring, work.now)


async def _analyse(database: Database) -> None:
    """The planner learns what is there now, at once and not when autovacuum comes by."""
    async with database.connections.connect() as connection:
        await connection.execute(text("ANALYZE"))
