"""Free times for anyone: one round trip, and worked out again only when something that they depend on has changed.

An answer is kept with all that it follows from: the facts of the treatment (facts.py), the days, the earliest start
that counts on them, and a digest of what is taken. Each call reads in one statement whether facts and digest are still
those; so a kept answer is given only while working it out would give the same (docs/adr/0014).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from services.clinics import service as clinics
from services.kernel.errors import NotFound
from services.kernel.scope import Actor, ClinicScope
from services.kernel.work import Database
from services.scheduling.availability import (
    Offer,
    board_of,
    check_range,
    chosen_workers,
    days_of,
    list_slots,
    offer_of,
    slots_on,
    taken_over,
    workers_of,
)
from services.scheduling.availability_repository import BUSY_OF_MANY, Taken
from services.scheduling.facts import Facts, kept_facts
from services.scheduling.grid_rules import edge_of
from services.scheduling.schemas import FreeTimes, SlotQuery

_MOST_KEPT = 500
_NOTHING_SEEN = "-"


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer, and what it follows from."""

    facts: Facts
    counts_from: tuple[date, date, datetime]
    digest: str | None
    times: FreeTimes


_answers: OrderedDict[SlotQuery, _Answer] = OrderedDict()


async def list_public_slots(database: Database, slug: str, query: SlotQuery) -> FreeTimes:
    """As `list_slots`, of a live clinic: one round trip to the database while nothing but bookings changes.

    Raises `NotFound` also where the clinic is unknown or not live.
    """
    check_range(query.from_on, query.to_on)
    facts, clinic_id = kept_facts(query.treatment_id), None
    if facts is not None:
        kept = _answers.get(query)
        taken = await _read(database, slug, query, facts, kept)
        clinic_id, now = taken.clinic_id, database.now(taken.moved)
        if clinic_id == facts.clinic_id and facts.is_current(taken.version, now.date()):
            offer = offer_of(facts, query.location_id, query.area, now)
            counts_from = _counts_from(offer, query)
            if kept is not None and taken.digest == kept.digest:
                if kept.facts is facts and kept.counts_from == counts_from:
                    return kept.times
                taken = await _read(database, slug, query, facts, None)
            times = FreeTimes(
                slots_on(board_of(offer, workers_of(offer, query.practitioner_id), taken), offer, query)
            )
            _keep(query, _Answer(facts, counts_from, taken.digest, times))
            return times
    return await _list_anew(database, slug, query, clinic_id)


async def _read(database: Database, slug: str, query: SlotQuery, facts: Facts, kept: _Answer | None) -> Taken:
    seen = _NOTHING_SEEN if kept is None else kept.digest
    workers = chosen_workers(facts, query.practitioner_id)
    asks = database.together(BUSY_OF_MANY)
    return await taken_over(asks, facts, workers, query.from_on, query.to_on, slug=slug, seen=seen)


def _counts_from(offer: Offer, query: SlotQuery) -> tuple[date, date, datetime]:
    """The days that are looked at, and the earliest start as far as it lies after the first one's beginning."""
    first, last = days_of(offer, query)
    return first, last, max(offer.earliest, edge_of(first, time.min, offer.zone))


def _keep(query: SlotQuery, answer: _Answer) -> None:
    _answers[query] = answer
    _answers.move_to_end(query)
    while len(_answers) > _MOST_KEPT:
        _answers.popitem(last=False)


async def _list_anew(database: Database, slug: str, query: SlotQuery, clinic_id: UUID | None) -> FreeTimes:
    if clinic_id is None:
        clinic_id = await clinics.find_clinic_id(database, slug)
    if clinic_id is None:
        raise NotFound
    async with database.begin(ClinicScope(clinic_id, Actor("guest"))) as work:
        return FreeTimes(await list_slots(work, query))
