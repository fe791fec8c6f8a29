"""The clinic's diary: visits with the phases that they were booked with, whatever the menu says by now."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.clinics import service as clinics
from services.kernel.work import Database
from services.scheduling.booking import mark_no_show, reschedule
from services.scheduling.diary import Diary, Phased, read_diary
from services.scheduling.holding import hold_time
from services.scheduling.schemas import BookingView, VisitWish
from services.treatments import service as treatments
from services.treatments.schemas import PhasesPatch, TreatmentPatch
from tests.factories import World, live_clinic
from tests.fixtures import MovableClock
from tests.services.scheduling.seeing import one

BOOKED = [("preparation", 10), ("numbing", 25), ("needling", 15), ("finish", 10)]


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database)


async def diary_of(database: Database, world: World, visit: BookingView) -> Diary:
    """The day of a visit, after the menu has shortened the numbing to five minutes."""
    async with database.begin(world.scope) as work:
        shorter = TreatmentPatch(phases=PhasesPatch(numbing_minutes=5))
        await treatments.update_treatment(work, world.treatment_id, shorter)
    async with database.begin(world.scope) as work:
        location = await clinics.get_location(work, world.location_id)
        return await read_diary(work, location, [visit.local_starts_at.date()])


def drawn(what: Phased[BookingView]) -> list[tuple[str, int]]:
    return [(phase.name, phase.minutes) for phase in what.phases]


async def test_a_visit_has_the_phases_that_it_was_booked_with(database: Database, world: World) -> None:
    visit = await one(database, world)
    (seen,) = (await diary_of(database, world, visit)).visits
    assert drawn(seen) == BOOKED


async def test_a_visit_that_is_moved_has_the_menus_phases_then(database: Database, world: World) -> None:
    visit = await one(database, world)
    await diary_of(database, world, visit)
    async with database.begin(world.scope) as work:
        moved = await reschedule(work, visit.id, visit.starts_at + timedelta(hours=2), by="clinic")
    (seen,) = (await diary_of(database, world, moved)).visits
    assert drawn(seen) == [("preparation", 10), ("numbing", 5), ("needling", 15), ("finish", 10)]


async def test_a_visit_to_which_nobody_came_is_drawn_by_what_it_gave_back(
    database: Database, world: World, clock: MovableClock
) -> None:
    visit = await one(database, world)
    await clock.advance(visit.starts_at + timedelta(minutes=20) - await clock.now())
    async with database.begin(world.scope) as work:
        await mark_no_show(work, visit.id)
    (seen,) = (await diary_of(database, world, visit)).visits
    assert drawn(seen) == BOOKED


async def test_a_time_that_is_kept_has_the_phases_that_it_is_kept_with(
    database: Database, world: World
) -> None:
    visit = await one(database, world)
    async with database.begin(world.scope) as work:
        later = VisitWish(world.treatment_id, visit.starts_at + timedelta(hours=2))
        await hold_time(work, later, "192.0.2.1")
    (held,) = (await diary_of(database, world, visit)).held
    assert [(phase.name, phase.minutes) for phase in held.phases] == BOOKED


async def test_what_took_place_before_there_were_claims_has_the_menus_phases(
    database: Database, world: World, superuser: AsyncEngine
) -> None:
    visit = await one(database, world)
    async with superuser.begin() as connection:
        await connection.execute(text("DELETE FROM claim"))
    (seen,) = (await diary_of(database, world, visit)).visits
    assert drawn(seen) == [("preparation", 10), ("numbing", 5), ("needling", 35), ("finish", 10)]
