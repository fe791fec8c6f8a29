"""A session's record in versions: corrected by whoever treats, with a reason, and nothing of before is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.clinics import service as clinics
from services.clinics.schemas import DevicePatch, NewLocation
from services.courses.recalls import trace_lot
from services.courses.records import (
    NothingCorrected,
    RecordChanged,
    complete_session,
    correct_record,
    find_record,
    list_versions,
)
from services.courses.schemas import CorrectionIn
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.ids import new_id
from services.kernel.vault import Erased, destroy_key
from services.kernel.work import Database
from services.scheduling.booking import get_booking
from tests.factories import World, add_practitioner, book_one, booking_ids, live_clinic
from tests.fixtures import MovableClock
from tests.services.courses.test_courses import record


def correction(version: int = 1, **changes: Any) -> CorrectionIn:
    kept = record().model_dump() | {"version": version, "why": "The number was misread."}
    return CorrectionIn.model_validate(kept | changes)


async def begun(database: Database, clock: MovableClock) -> tuple[World, UUID]:
    """A visit that has begun."""
    world = await live_clinic(database)
    booked = await book_one(database, world)
    (booking_id,) = await booking_ids(database, world, booked)
    await clock.advance(booked.sessions[0].starts_at - await clock.now() + timedelta(seconds=1))
    return world, booking_id


async def test_a_correction_keeps_what_was_recorded_before(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    world, booking_id = await begun(database, clock)
    other = await add_practitioner(database, world)
    async with database.begin(world.scope) as work:
        await complete_session(work, booking_id, record(passes=4, consent_seen=True), by=None)
    seen_at = await clock.now()
    await clock.advance(timedelta(hours=1))
    async with database.begin(world.scope) as work:
        changed = correction(lot="lot-9", passes=5, practitioner_id=other, consent_seen=True)
        latest = await correct_record(work, booking_id, changed, by=world.owner.account_id)
        both = await list_versions(work, booking_id)
        assert await find_record(work, booking_id) == latest
    assert [one.version for one in both] == [2, 1]
    new, old = both
    assert (new.lot, new.passes, new.practitioner_name, new.why) == (
        "lot-9",
        5,
        "Dr Ivo Marsh",
        "The number was misread.",
    )
    assert (old.lot, old.passes, old.practitioner_name, old.why) == ("LOT-1", 4, "Dr Mira Holm", "")
    assert new.notes == old.notes == "calm skin"
    assert (new.recorded_by, new.recorded_name) == (world.owner.account_id, "Owen Lind")
    # Who saw the consent, and when, is as it was: a correction of something else does not see it again.
    assert new.consent_seen_at == old.consent_seen_at is not None
    assert old.consent_seen_at <= seen_at
    assert new.consent_seen_by == "Owen Lind"
    async with superuser.connect() as connection:
        sealed = await connection.scalar(text("SELECT why FROM session_record WHERE version = 2"))
    assert b"misread" not in bytes(sealed)


async def test_the_application_can_neither_change_nor_remove_a_version(
    database: Database, clock: MovableClock
) -> None:
    world, booking_id = await begun(database, clock)
    async with database.begin(world.scope) as work:
        await complete_session(work, booking_id, record())
    for statement in ("UPDATE session_record SET lot = 'X'", "DELETE FROM session_record"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            async with database.begin(world.scope) as work:
                await work.execute(text(statement))


async def test_a_correction_is_of_the_latest_version_and_of_something(
    database: Database, clock: MovableClock
) -> None:
    world, booking_id = await begun(database, clock)
    async with database.begin(world.scope) as work:
        with pytest.raises(NotFound):
            await correct_record(work, booking_id, correction(lot="B"))
        await complete_session(work, booking_id, record())
        with pytest.raises(NothingCorrected):
            await correct_record(work, booking_id, correction())
        await correct_record(work, booking_id, correction(lot="B"))
        with pytest.raises(RecordChanged):
            await correct_record(work, booking_id, correction(lot="C"))
        assert (await correct_record(work, booking_id, correction(2, lot="C"))).version == 3
        with pytest.raises(InvalidFields) as wrong:
            await correct_record(work, booking_id, correction(3, practitioner_id=new_id()))
        assert wrong.value.errors[0].field == "practitioner_id"
        with pytest.raises(InvalidFields) as wrong:
            await correct_record(work, booking_id, correction(3, depth_mm="2.75"))
        assert wrong.value.errors[0].field == "depth_reason"
        deep = correction(3, depth_mm="2.75", depth_reason="An old scar, agreed with the client.")
        assert (await correct_record(work, booking_id, deep)).depth_reason.startswith("An old scar")


@pytest.mark.parametrize("gone", ["archived", "moved"])
async def test_a_depth_beyond_the_label_is_explained_wherever_the_device_is_by_now(
    database: Database, clock: MovableClock, gone: str
) -> None:
    world, booking_id = await begun(database, clock)
    async with database.begin(world.scope) as work:
        if gone == "archived":
            await clinics.archive_device(work, world.device_id)
        else:
            new = NewLocation(name="Uptown", street="9 Side St", city="Austin")
            other = await clinics.add_location(work, new)
            await clinics.update_device(work, world.device_id, DevicePatch(location_id=other.id))
    with pytest.raises(InvalidFields) as wrong:
        async with database.begin(world.scope) as work:
            await complete_session(work, booking_id, record(depth_mm="2.75"))
    assert [one.field for one in wrong.value.errors] == ["depth_reason"]
    async with database.begin(world.scope) as work:
        await complete_session(work, booking_id, record())
        with pytest.raises(InvalidFields) as wrong:
            await correct_record(work, booking_id, correction(depth_mm="2.75"))
        assert [one.field for one in wrong.value.errors] == ["depth_reason"]
        deep = correction(depth_mm="2.75", depth_reason="An old scar, agreed with the client.")
        assert (await correct_record(work, booking_id, deep)).version == 2


async def test_what_an_erased_client_leaves_is_the_record_without_its_words(
    database: Database, clock: MovableClock
) -> None:
    world, booking_id = await begun(database, clock)
    async with database.begin(world.scope) as work:
        await complete_session(work, booking_id, record())
        await destroy_key(work, (await get_booking(work, booking_id)).client_id)
    async with database.begin(world.scope) as work:
        left = await find_record(work, booking_id)
        assert left is not None
        assert (left.lot, left.notes, left.erased) == ("LOT-1", "", True)
        with pytest.raises(Erased):
            await correct_record(work, booking_id, correction(lot="B"))


async def test_a_lot_is_found_however_it_was_typed_and_in_every_version(
    database: Database, clock: MovableClock
) -> None:
    world, booking_id = await begun(database, clock)
    async with database.begin(world.scope) as work:
        await complete_session(work, booking_id, record(lot="Lot  22-b"))
        await correct_record(work, booking_id, correction(lot="Lot 23"))
        for typed in ("LOT22-B", " lot 22-B ", "lot23"):
            assert [one.visits[0].id for one in (await trace_lot(work, typed)).people] == [booking_id]
        assert (await trace_lot(work, "22-b")).people == ()
