"""What was booked of an area that has left the menu is moved as it was booked; new bookings need the menu."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.clinics import service as clinics
from services.clinics.models import RoomKind
from services.clinics.schemas import NewDevice, NewRoom
from services.courses.booking import book, book_missing_session
from services.courses.moving import move_visit, preview_move
from services.kernel.errors import InvalidFields
from services.kernel.work import Database
from services.scheduling.booking import cancel, get_booking, list_group
from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import By
from services.treatments import service as treatments
from services.treatments.models import NumbingIn
from services.treatments.schemas import AreaIn, MoneyIn, TreatmentPatch
from tests.factories import World, add_practitioner, book_one, booking_ids, booking_in, live_clinic
from tests.services.scheduling.seeing import one


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database)


async def booked(database: Database, world: World, *, whole_course: bool = False) -> list[BookingView]:
    """A visit or a course of the face, which is given no more since."""
    made = await book_one(database, world, whole_course=whole_course)
    first = (await booking_ids(database, world, made))[0]
    async with database.begin(world.scope) as work:
        neck = AreaIn(code="neck", minutes=40, price=MoneyIn(amount=30000, currency="USD"))
        await treatments.update_treatment(work, world.treatment_id, TreatmentPatch(areas=[neck]))
    async with database.begin(world.scope) as work:
        return await list_group(work, (await get_booking(work, first)).group_id)


@pytest.mark.parametrize("by", ["client", "clinic"])
async def test_a_visit_moves_and_stays_as_long_as_it_was_booked(
    database: Database, world: World, by: By
) -> None:
    (mine,) = await booked(database, world)
    to = mine.starts_at + timedelta(hours=2)
    async with database.begin(world.scope) as work:
        seen = await preview_move(work, mine.id, to, by=by)
        moved = await move_visit(work, mine.id, to, by=by)
    assert (moved.starts_at, moved.ends_at) == (to, mine.ends_at + timedelta(hours=2))
    assert (seen.starts_at, seen.ends_at) == (moved.starts_at, moved.ends_at)
    assert (moved.area, moved.price) == ("face", mine.price)


@pytest.mark.parametrize("off_menu", [False, True])
async def test_a_visit_numbs_in_the_treatments_room_where_no_other_is_for_it_any_more(
    database: Database, world: World, *, off_menu: bool
) -> None:
    async with database.begin(world.scope) as work:
        quiet = NewRoom(location_id=world.location_id, name="Quiet", room_kind=RoomKind.NUMBING)
        await clinics.add_room(work, quiet)
        elsewhere = TreatmentPatch(numbing_in=NumbingIn.NUMBING_ROOM)
        await treatments.update_treatment(work, world.treatment_id, elsewhere)
    other = await add_practitioner(database, world)
    (mine,) = await booked(database, world) if off_menu else [await one(database, world)]
    assert mine.numbing_room_id is not None
    async with database.begin(world.scope) as work:
        here = TreatmentPatch(numbing_in=NumbingIn.SAME_ROOM)
        await treatments.update_treatment(work, world.treatment_id, here)
    who = ({world.practitioner_id, other} - {mine.practitioner_id}).pop()
    async with database.begin(world.scope) as work:
        moved = await move_visit(work, mine.id, mine.starts_at, by="clinic", practitioner_id=who)
    assert (moved.practitioner_id, moved.room_id, moved.numbing_room_id) == (who, world.room_id, None)
    assert (moved.starts_at, moved.ends_at) == (mine.starts_at, mine.ends_at)


async def test_a_course_is_reflowed_and_its_missing_session_booked(database: Database, world: World) -> None:
    group = await booked(database, world, whole_course=True)
    second, to = group[1], group[1].starts_at + timedelta(days=14)
    async with database.begin(world.scope) as work:
        seen = await preview_move(work, second.id, to, by="client")
        await move_visit(work, second.id, to, by="client", rest={one.id: at for one, at in seen.rest})
        moved = await list_group(work, second.group_id)
    assert [one.sequence for one in moved] == [0, 1, 1, 1]
    lengths = {one.ends_at - one.starts_at for one in group}
    async with database.begin(world.scope) as work:
        await cancel(work, second.id, by="clinic")
        again = await book_missing_session(work, second.group_id, to)
    assert {one.ends_at - one.starts_at for one in [*moved, again]} == lengths
    assert (again.area, again.position, again.price) == ("face", 2, second.price)


async def test_a_visit_is_not_moved_onto_a_device_that_was_taken_away(
    database: Database, world: World
) -> None:
    (mine,) = await booked(database, world)
    to = mine.starts_at + timedelta(hours=2)
    async with database.begin(world.scope) as work:
        device = await clinics.get_device(work, world.device_id)
        await clinics.archive_device(work, world.device_id)
    async with database.begin(world.scope) as work:
        with pytest.raises(InvalidFields) as refused:
            await move_visit(work, mine.id, to, by="client")
        assert [(one.field, one.code) for one in refused.value.errors] == [("starts_at", "not-offered")]
    async with database.begin(world.scope) as work:
        new = NewDevice(**device.model_dump(include=set(NewDevice.model_fields)))
        other = (await clinics.add_device(work, new)).id
        await treatments.update_treatment(work, world.treatment_id, TreatmentPatch(device_id=other))
    async with database.begin(world.scope) as work:
        moved = await move_visit(work, mine.id, to, by="client")
    assert (moved.starts_at, moved.device_id) == (to, other)


async def test_nothing_new_is_booked_of_it(database: Database, world: World) -> None:
    (mine,) = await booked(database, world)
    wanted = booking_in(world, mine.starts_at + timedelta(hours=2), email="new@example.test")
    async with database.begin(world.scope) as work:
        with pytest.raises(InvalidFields) as refused:
            await book(work, wanted.model_copy(update={"area": "face"}))
        assert [one.field for one in refused.value.errors] == ["area"]
