"""When somebody can come first: at a location, for any of its treatments."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from services.kernel.work import ClinicWork
from services.scheduling.availability import Offer, load_board, offer_of, workers_of
from services.scheduling.availability_repository import AvailabilityRepository
from services.scheduling.board_rules import Board
from services.scheduling.facts import read_facts

_STEP_DAYS = 14
_A_DAY = timedelta(days=1)


async def next_free_at(work: ClinicWork, location_id: UUID) -> datetime | None:
    """The first free time at a location for any of its treatments, or nothing inside the horizon. UTC."""
    best: datetime | None = None
    for treatment_id, area in await AvailabilityRepository(work).list_treatment_ids(location_id):
        facts = await read_facts(work, treatment_id)
        if not facts.on_menu:  # the device that is named is gone, and none is taken in its place
            continue
        found = await _first_free(work, offer_of(facts, location_id, area, work.now), best)
        best = found if best is None else min(best, found or best)
    return best


async def _first_free(work: ClinicWork, offer: Offer, before: datetime | None) -> datetime | None:
    workers = workers_of(offer, None)
    day = offer.earliest.astimezone(offer.zone).date()
    last = offer.last_on if before is None else min(offer.last_on, before.astimezone(offer.zone).date())
    while day <= last and workers:
        until = min(day + timedelta(days=_STEP_DAYS), last)
        board = await load_board(work, offer, workers, day, until)
        found = first_between(board, day, until, offer.earliest)
        if found is not None:
            return found
        day = until + _A_DAY
    return None


def first_between(board: Board, first: date, last: date, earliest: datetime) -> datetime | None:
    """The first free time over local days, both included; later days are not looked at."""
    for number in range((last - first).days + 1):
        found = board.first_on(first + timedelta(days=number), earliest)
        if found is not None:
            return found
    return None
