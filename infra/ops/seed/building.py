"""Fills a database part by part: each part's clinics with all that belongs to them in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import select, text

from infra.ops.problem import Problem
from infra.ops.seed.chance import Chance, references
from infra.ops.seed.houses import House, add_house
from infra.ops.seed.lives import live
from infra.ops.seed.making import Making, Shared
from infra.ops.seed.opinions import Opinions
from infra.ops.seed.sheets import Sheets, Values
from infra.ops.seed.shown import add_listing
from infra.ops.seed.towns import Towns
from infra.ops.seed.visits import Visiting
from infra.ops.seed.wanted import Size, Wanted, sizes
from services.accounts.models import Account
from services.accounts.passwords import hash_password
from services.clinics.models import ClinicSlug
from services.kernel.scope import Actor, PlatformScope
from services.kernel.tables import table
from services.kernel.work import Database, PlatformWork
from services.reviews.service import figures_of_new_clinics

CLINICS_A_PART, VISITS_A_PART = 400, 12_000
_SCOPE = PlatformScope("synthetic clinics are written by COPY", by=Actor("operator", label="seed"))
_SLUGS, _ACCOUNTS = table(ClinicSlug), table(Account)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is."""

    clinics: int
    reviews: int
    rows: int


@dataclass(frozen=True, slots=True)
class _Part:
    """Clinics that are written together, by number."""

    first: int
    sizes: Sequence[Size]


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where all clinics come from."""

    seed: int
    towns: Towns
    shared: Shared


@dataclass(frozen=True, slots=True)
class _Lived:
    """A clinic whose truth is written, with the claims of visits to come."""

    making: Making
    house: House
    claimed: list[Values]


def owner_address(seed: int, number: int) -> str:
    """The address of the clinic of that number, and of its owner's account."""
    return f"owner{number}.{seed}@seed.test"


async def fill(database: Database, wanted: Wanted, towns: Towns) -> AsyncIterator[Progress]:
    """Adds what is wanted, a part at a time. Raises Problem where this seed is there already."""
    wanted.check()
    origin = _Origin(wanted.seed, towns, await _begin(database, wanted.seed))
    clinics = reviews = rows = 0
    for part in _parts(sizes(wanted)):
        async with database.begin(_SCOPE) as work:
            truth, lived = Sheets(), []
            for number, size in enumerate(part.sizes, part.first):
                lived.append(_live(number, size, origin, truth))
            await truth.copy(work)
            shown = await _show(work, lived)
        clinics += len(part.sizes)
        reviews += sum(size.reviews for size in part.sizes)
        rows += truth.count + shown.count
        yield Progress(clinics, reviews, rows)
    await _analyse(database)


def _live(number: int, size: Size, origin: _Origin, truth: Sheets) -> _Lived:
    chance = Chance(origin.seed, number)
    town = origin.towns.choose(chance)
    founded_at = origin.shared.now - timedelta(days=chance.randint(400, 1000))
    making = Making(chance.id_at(founded_at), founded_at, truth, chance, town, origin.shared)
    house = add_house(making, owner_address(origin.seed, number), size.practitioners)
    visiting = Visiting.of(making, house)
    live(visiting, Opinions(making, house, {}), size)
    return _Lived(making, house, visiting.claimed)


async def _show(work: PlatformWork, lived: list[_Lived]) -> Sheets:
    figures = await figures_of_new_clinics(work, [one.house.id for one in lived])
    shown = Sheets()
    for one in lived:
        add_listing(replace(one.making, sheets=shown), one.house, one.claimed, figures)
    await shown.copy(work)
    return shown


async def _begin(database: Database, seed: int) -> Shared:
    async with database.begin(_SCOPE) as work:
        first = owner_address(seed, 0)
        if await work.scalar(select(_ACCOUNTS.c.id).where(_ACCOUNTS.c.email == first)):
            raise Problem(f"seed {seed} is in this database already: choose another --seed")
        slugs = {row.slug for row in await work.rows(select(_SLUGS.c.slug))}
        nobodys = await hash_password(secrets.token_urlsafe(32))
        return Shared(slugs, nobodys, work.tools.keyring, references(seed), work.now)


def _parts(all_sizes: Sequence[Size]) -> list[_Part]:
    """Clinics in parts that fit into memory, whatever their size."""
    parts, first, visits = [], 0, 0
    for number, size in enumerate(all_sizes):
        full = number - first >= CLINICS_A_PART or visits + size.bookings > VISITS_A_PART
        if full and number > first:
            parts.append(_Part(first, all_sizes[first:number]))
            first, visits = number, 0
        visits += size.bookings
    return [*parts, _Part(first, all_sizes[first:])]


async def _analyse(database: Database) -> None:
    """The planner learns what is there now, at once and not when autovacuum comes by."""
    async with database.connections.connect() as connection:
        await connection.execute(text("ANALYZE"))
        await connection.commit()
