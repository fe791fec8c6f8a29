"""A slip of the finger is taken back: an arrival or a no-show, within ten minutes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.clinics import service as clinics
from services.clinics.schemas import NewRoom
from services.courses.booking import book
from services.kernel.work import Database
from services.scheduling.booking import arrive, get_booking, mark_no_show, reschedule, undo
from services.scheduling.errors import BookingOver, SlotTaken, UndoTooLate
from services.scheduling.status_rules import is_late, may_undo
from services.treatments import service as treatments
from services.treatments.schemas import AreaIn, MoneyIn, TreatmentPatch
from tests.factories import World, booking_in, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.scheduling.seeing import events, one, seen

NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)


async def test_an_arrival_is_taken_back_within_ten_minutes(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    booking = await one(database, world)
    await clock.advance(booking.starts_at - await clock.now())
    async with database.begin(world.scope) as work:
        with pytest.raises(BookingOver):
            await undo(work, booking.id)
        await arrive(work, booking.id)
    async with database.begin(world.scope) as work:
        assert (await undo(work, booking.id)).status == "confirmed"
        await arrive(work, booking.id)
    await clock.advance(timedelta(minutes=11))
    async with database.begin(world.scope) as work:
        with pytest.raises(UndoTooLate):
            await undo(work, booking.id)
        assert (await get_booking(work, booking.id)).status == "arrived"


async def test_a_no_show_taken_back_has_its_time_again(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database)
    booking = await one(database, world)
    await clock.advance(booking.starts_at - await clock.now() + timedelta(minutes=1))
    async with database.begin(world.scope) as work:
        await mark_no_show(work, booking.id)
    async with database.begin(world.scope) as work:
        again = await undo(work, booking.id)
    assert (again.status, again.changed_by) == ("confirmed", "clinic")
    assert (await events(superuser))[-2:] == ["booking.no_show", "booking.undone"]
    starts = [slot.starts_at for slot in await free_slots(database, world, in_days=0)]
    assert not [start for start in starts if booking.starts_at <= start < booking.ends_at]


async def test_a_time_that_was_given_away_does_not_come_back(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    slots = await free_slots(database, world)
    booking = await one(database, world)
    await clock.advance(booking.starts_at - await clock.now() + timedelta(minutes=1))
    async with database.begin(world.scope) as work:
        await mark_no_show(work, booking.id)
    within = next(slot.starts_at for slot in slots if booking.starts_at < slot.starts_at < booking.ends_at)
    async with database.begin(world.scope) as work:
        await book(work, booking_in(world, within, email="ben@example.test"), by_clinic=True)
    async with database.begin(world.scope) as work:
        with pytest.raises(SlotTaken, match="given back"):
            await undo(work, booking.id)
    async with database.begin(world.scope) as work:
        assert (await get_booking(work, booking.id)).status == "no_show"


@pytest.mark.parametrize(
    ("status", "minutes", "expected"),
    [("arrived", 10, True), ("no_show", 0, True), ("arrived", 11, False), ("completed", 0, False)],
)
def test_what_may_be_undone_and_until_when(status: str, minutes: int, expected: bool) -> None:  # noqa: FBT001
    assert may_undo(status, NOW + timedelta(minutes=minutes), changed_at=NOW) is expected


@pytest.mark.parametrize(
    ("status", "minutes", "expected"),
    [("confirmed", 15, True), ("confirmed", 14, False), ("arrived", 60, False), ("requested", 60, False)],
)
def test_who_is_late_by_the_clinics_measure(status: str, minutes: int, expected: bool) -> None:  # noqa: FBT001
    assert is_late(status, NOW + timedelta(minutes=minutes), starts_at=NOW, late_minutes=15) is expected


async def remake_menu(database: Database, world: World, area: str, minutes: int) -> None:
    """The treatment is of another area alone, and as long as that."""
    areas = [AreaIn(code=area, minutes=minutes, price=MoneyIn(amount=20000, currency="USD"))]
    async with database.begin(world.scope) as work:
        await treatments.update_treatment(work, world.treatment_id, TreatmentPatch(areas=areas))


CLAIMS = """
    SELECT resource_id, location_id, person_id, starts_at, ends_at FROM claim ORDER BY resource_id, starts_at
"""


@pytest.mark.parametrize(("area", "minutes"), [("face", 5), ("face", 60), ("neck", 15)])
async def test_what_is_taken_back_takes_just_what_it_gave_back_whatever_the_menu_says(
    database: Database, clock: MovableClock, superuser: AsyncEngine, area: str, minutes: int
) -> None:
    world = await live_clinic(database)
    booking = await one(database, world)
    await one(database, world, starts_at=booking.ends_at, email="ben@example.test")
    before = await seen(superuser, CLAIMS)
    await remake_menu(database, world, area, minutes)
    await clock.advance(booking.starts_at - await clock.now() + timedelta(minutes=1))
    async with database.begin(world.scope) as work:
        await mark_no_show(work, booking.id)
    assert await seen(superuser, CLAIMS) != before
    async with database.begin(world.scope) as work:
        again = await undo(work, booking.id)
    assert (again.starts_at, again.ends_at) == (booking.starts_at, booking.ends_at)
    assert await seen(superuser, CLAIMS) == before


async def test_a_move_taken_back_is_as_long_as_it_was(database: Database, superuser: AsyncEngine) -> None:
    world = await live_clinic(database)
    booking = await one(database, world)
    before = await seen(superuser, CLAIMS)
    await remake_menu(database, world, "face", 40)
    async with database.begin(world.scope) as work:
        moved = await reschedule(work, booking.id, booking.starts_at + timedelta(hours=2), by="clinic")
        assert moved.ends_at - moved.starts_at > booking.ends_at - booking.starts_at
    async with database.begin(world.scope) as work:
        again = await undo(work, booking.id)
    assert (again.starts_at, again.ends_at) == (booking.starts_at, booking.ends_at)
    assert await seen(superuser, CLAIMS) == before


async def test_another_room_alone_leaves_a_visit_as_long_as_it_was(database: Database) -> None:
    world = await live_clinic(database)
    booking = await one(database, world)
    await remake_menu(database, world, "face", 40)
    async with database.begin(world.scope) as work:
        room = await clinics.add_room(work, NewRoom(name="Other", location_id=world.location_id))
        moved = await reschedule(work, booking.id, booking.starts_at, by="clinic", room_id=room.id)
    assert (moved.room_id, moved.starts_at, moved.ends_at) == (room.id, booking.starts_at, booking.ends_at)


async def test_claims_that_another_step_gave_back_are_not_laid(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    """As a process of an earlier version leaves them, which does not know the column."""
    world = await live_clinic(database)
    booking = await one(database, world)
    async with database.begin(world.scope) as work:
        moved = await reschedule(work, booking.id, booking.starts_at + timedelta(hours=2), by="clinic")
    async with superuser.begin() as connection:
        kept = await connection.scalar(text("SELECT given_back FROM booking"))
    await clock.advance(moved.starts_at - await clock.now() + timedelta(minutes=1))
    async with database.begin(world.scope) as work:
        await mark_no_show(work, booking.id)
    async with superuser.begin() as connection:
        stale = text("UPDATE booking SET given_back = CAST(:kept AS jsonb)")
        await connection.execute(stale, {"kept": json.dumps(kept)})
    async with database.begin(world.scope) as work:
        with pytest.raises(UndoTooLate):
            await undo(work, booking.id)
    assert await seen(superuser, CLAIMS) == []
