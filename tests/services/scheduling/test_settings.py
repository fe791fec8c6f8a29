"""What a clinic sets of its schedule changes at once what is offered and booked: nothing that was kept is used on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.clinics import service as clinics
from services.clinics.hours_schemas import NewException
from services.clinics.models import RoomKind, Weeks
from services.clinics.schemas import (
    ClinicPatch,
    NewDevice,
    NewLocation,
    NewRoom,
    RoomPatch,
    TravelIn,
    TravelWay,
)
from services.clinics.week_rules import week_of
from services.clinics.week_schemas import HoursIn, HoursSpan
from services.courses.booking import book
from services.kernel.errors import InvalidFields
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import (
    NewAbsence,
    PractitionerHoursIn,
    PractitionerPatch,
    PractitionerSpan,
)
from services.scheduling.booking import get_booking, mark_no_show, reschedule, undo
from services.scheduling.diary import Diary, read_diary
from services.scheduling.errors import SlotTaken
from services.scheduling.public_times import list_public_slots
from services.scheduling.schemas import BookingView, Slot, SlotQuery
from services.treatments import service as treatments
from services.treatments.models import DeviceChoice, NumbingIn
from services.treatments.schemas import NewTreatment, TreatmentPatch
from tests.factories import World, add_practitioner, book_one, booking_in, live_clinic
from tests.fixtures import MovableClock
from tests.services.scheduling.seeing import one, seen

CHICAGO = ZoneInfo("America/Chicago")
AHEAD = timedelta(days=7)


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database)


async def first_day(database: Database, world: World) -> date:
    async with database.begin(world.scope) as work:
        return work.now.date() + AHEAD


async def offered(database: Database, world: World, days: int = 1) -> Sequence[Slot]:
    """Free times for anyone, from a week ahead on: asked as the public does, from what is kept while it is current."""
    first = await first_day(database, world)
    query = SlotQuery(world.treatment_id, first, first + timedelta(days=days - 1))
    return (await list_public_slots(database, world.slug, query)).slots


def starts(slots: Sequence[Slot]) -> list[time]:
    return [slot.starts_at.astimezone(CHICAGO).time() for slot in slots]


async def at(database: Database, clock_time: time, world: World) -> datetime:
    """The instant of a local time a week ahead."""
    day = (await offered(database, world))[0].starts_at.astimezone(CHICAGO).date()
    return datetime.combine(day, clock_time, CHICAGO)


async def change(database: Database, world: World, **patch: Any) -> None:
    async with database.begin(world.scope) as work:
        await treatments.update_treatment(work, world.treatment_id, TreatmentPatch(**patch))


async def test_visits_begin_on_the_clinics_grid(database: Database, world: World) -> None:
    assert {one.minute for one in starts(await offered(database, world))} == {0, 15, 30, 45}
    for grid, minutes in ((20, {0, 20, 40}), (60, {0})):
        async with database.begin(world.scope) as work:
            await clinics.update_clinic(work, ClinicPatch(grid_minutes=grid))
        assert {one.minute for one in starts(await offered(database, world))} == minutes
    with pytest.raises(InvalidFields) as refusal:
        await book_one(database, world, await at(database, time(10, 20), world))
    assert refusal.value.errors[0].code == "not-offered"


async def test_a_person_with_as_many_visits_as_a_day_may_have_is_not_offered(
    database: Database, world: World
) -> None:
    async with database.begin(world.scope) as work:
        patch = PractitionerPatch(daily_maximum=1)
        await practitioners.update_practitioner(work, world.practitioner_id, patch)
    free = await offered(database, world)
    await book_one(database, world, free[0].starts_at)
    assert await offered(database, world) == []
    with pytest.raises(SlotTaken):
        await book_one(database, world, free[-1].starts_at, email="bo@example.test")
    async with database.begin(world.scope) as work:
        await practitioners.update_practitioner(
            work, world.practitioner_id, PractitionerPatch(daily_maximum=None)
        )
    assert await offered(database, world)


async def test_a_treatment_is_given_by_those_named_and_by_nobody_once_they_left(
    database: Database, world: World
) -> None:
    ivo = await add_practitioner(database, world)

    async def who() -> set[UUID]:
        return {slot.practitioner_id for slot in await offered(database, world)}

    assert await who() == {ivo, world.practitioner_id}
    await change(database, world, performer_ids=[ivo])
    assert await who() == {ivo}
    async with database.begin(world.scope) as work:
        await practitioners.archive_practitioner(work, ivo)
    assert await who() == set()
    async with database.begin(world.scope) as work:
        left = await treatments.get_treatment(work, world.treatment_id)
    assert (left.given_by, left.performer_ids) == ("named", [])
    await change(database, world, name="Pen facial")
    assert await who() == set()
    await change(database, world, performer_ids=[])
    assert await who() == {world.practitioner_id}
    with pytest.raises(InvalidFields) as refusal:
        await change(database, world, performer_ids=[world.practitioner_id, ivo])
    assert [(e.field, e.code) for e in refusal.value.errors] == [("performer_ids.1", "unknown")]


async def test_two_devices_that_are_alike_serve_two_at_once(database: Database, world: World) -> None:
    await add_practitioner(database, world)
    pen = {"location_id": world.location_id, "maker": "crown aesthetics", "model": "SkinPen Precision"}
    async with database.begin(world.scope) as work:
        await clinics.add_room(work, NewRoom(location_id=world.location_id, name="Room 2"))
        await clinics.add_device(work, NewDevice.model_validate({**pen, "modality": "pen"}))
    noon = await at(database, time(12), world)
    first = await one(database, world, starts_at=noon)
    with pytest.raises(SlotTaken):
        await one(database, world, starts_at=noon, email="bo@example.test")
    await change(database, world, device_choice=DeviceChoice.ALIKE)
    second = await one(database, world, starts_at=noon, email="bo@example.test")
    assert first.device_id == world.device_id != second.device_id
    assert time(12) not in starts(await offered(database, world))


async def _numbing_apart(database: Database, world: World) -> UUID:
    """Room 1 is for treatment alone, and clients numb in another; visits begin every five minutes."""
    async with database.begin(world.scope) as work:
        await clinics.update_clinic(work, ClinicPatch(grid_minutes=5))
        await clinics.update_room(work, world.room_id, RoomPatch(room_kind=RoomKind.TREATMENT))
        new = NewRoom(location_id=world.location_id, name="Quiet room", room_kind=RoomKind.NUMBING)
        return (await clinics.add_room(work, new)).id


async def _rooms_taken(superuser: AsyncEngine, booking: BookingView) -> set[tuple[UUID, int]]:
    sql = (
        "SELECT c.resource_id, (extract(epoch FROM c.ends_at - c.starts_at) / 60)::int FROM claim c "
        "JOIN room r ON r.id = c.resource_id WHERE c.booking_id = "
    )
    return set(await seen(superuser, f"{sql}'{booking.id}'"))


async def test_the_second_client_is_prepared_in_the_numbing_room_while_the_first_is_treated(
    database: Database, superuser: AsyncEngine, clock: MovableClock, world: World
) -> None:
    await add_practitioner(database, world)
    quiet = await _numbing_apart(database, world)
    noon, later = await at(database, time(12), world), await at(database, time(12, 35), world)
    first = await one(database, world, starts_at=noon)
    assert time(12, 35) not in starts(await offered(database, world))
    await change(database, world, numbing_in=NumbingIn.NUMBING_ROOM)
    # Booked before, it keeps its one room until it is moved.
    async with database.begin(world.scope) as work:
        first = await reschedule(work, first.id, noon + timedelta(minutes=5), by="clinic")
        first = await reschedule(work, first.id, noon, by="clinic")
    assert first.numbing_room_id == quiet
    assert await _rooms_taken(superuser, first) == {(quiet, 35), (world.room_id, 25)}
    assert time(12, 30) not in starts(await offered(database, world))
    second = await one(database, world, starts_at=later, email="bo@example.test")
    assert (second.room_id, second.numbing_room_id, second.numbing_room_name) == (
        world.room_id,
        quiet,
        "Quiet room",
    )
    await clock.advance(noon - await clock.now() + timedelta(minutes=1))
    async with database.begin(world.scope) as work:
        await mark_no_show(work, first.id)
    assert await _rooms_taken(superuser, first) == set()
    async with database.begin(world.scope) as work:
        await undo(work, first.id)
        again = await get_booking(work, first.id)
    assert (again.room_id, again.numbing_room_id) == (world.room_id, quiet)
    assert await _rooms_taken(superuser, first) == {(quiet, 35), (world.room_id, 25)}


async def test_numbing_elsewhere_wants_a_room_for_it(database: Database, world: World) -> None:
    async with database.begin(world.scope) as work:
        await clinics.update_room(work, world.room_id, RoomPatch(room_kind=RoomKind.TREATMENT))
    with pytest.raises(InvalidFields) as refusal:
        await change(database, world, numbing_in=NumbingIn.NUMBING_ROOM)
    assert [(e.field, e.code) for e in refusal.value.errors] == [("numbing_in", "no-room")]
    async with database.begin(world.scope) as work:
        await clinics.update_room(work, world.room_id, RoomPatch(room_kind=RoomKind.NUMBING))
    assert await offered(database, world) == []


async def test_nobody_is_offered_at_a_second_location_before_they_can_be_there(
    database: Database, world: World
) -> None:
    async with database.begin(world.scope) as work:
        menu = await treatments.get_treatment(work, world.treatment_id)
        other = await clinics.add_location(work, NewLocation(name="South", street="Oak 2", city="Austin"))
        week = [HoursSpan(weekday=day, opens=time(9), closes=time(17)) for day in range(7)]
        await clinics.set_location_hours(work, other.id, HoursIn(hours=week))
        await clinics.add_room(work, NewRoom(location_id=other.id, name="South 1"))
        device = await clinics.add_device(
            work, NewDevice(location_id=other.id, maker="Crown", model="SkinPen", modality="pen")
        )
        await practitioners.follow_opening_hours(work, world.practitioner_id)
        price = {"amount": 10000, "currency": menu.currency}
        south = await treatments.add_treatment(
            work,
            NewTreatment.model_validate(
                {
                    "name": "South facial",
                    "modality": "pen",
                    "concerns": ["acne_scars"],
                    "device_id": device.id,
                    "areas": [{"code": "face", "minutes": 15, "price": price}],
                }
            ),
        )
    noon = await at(database, time(12), world)
    async with database.begin(world.scope) as work:
        there = booking_in(world, noon).model_copy(update={"treatment_id": south.id})
        await book(work, there, None)
    near = {time(11), time(10, 30), time(13), time(13, 30)}
    assert near <= set(starts(await offered(database, world)))
    way = TravelWay(location_id=other.id, other_id=world.location_id, minutes=30)
    async with database.begin(world.scope) as work:
        assert len(await clinics.set_travel(work, TravelIn(ways=[way]))) == 1
    free = set(starts(await offered(database, world)))
    assert near & free == {time(10, 30), time(13, 30)}
    with pytest.raises(SlotTaken):
        await book_one(database, world, await at(database, time(13, 15), world), email="bo@example.test")
    for wrong, code in (
        ([way, way.model_copy(update={"location_id": way.other_id, "other_id": other.id})], "repeated"),
        ([way.model_copy(update={"other_id": other.id})], "same"),
        ([way.model_copy(update={"other_id": world.room_id})], "unknown"),
    ):
        with pytest.raises(InvalidFields) as refusal:
            async with database.begin(world.scope) as work:
                await clinics.set_travel(work, TravelIn(ways=wrong))
        assert refusal.value.errors[0].code == code
    async with database.begin(world.scope) as work:
        assert await clinics.set_travel(work, TravelIn(ways=[])) == []
    assert near <= set(starts(await offered(database, world)))


async def test_hours_that_alternate_or_end_are_offered_on_their_days_alone(
    database: Database, world: World
) -> None:
    first = await first_day(database, world)
    ends = first + timedelta(days=20)
    a_week = [
        HoursSpan(weekday=day, opens=time(9), closes=time(11), weeks=Weeks.A, valid_until=ends)
        for day in range(7)
    ]
    b_week = [
        HoursSpan(weekday=day, opens=time(10), closes=time(12), weeks=Weeks.B, valid_until=ends)
        for day in range(7)
    ]
    async with database.begin(world.scope) as work:
        await clinics.set_location_hours(work, world.location_id, HoursIn(hours=[*a_week, *b_week]))
        location = await clinics.get_location(work, world.location_id)
        diary = await read_diary(work, location, [first, first + timedelta(days=7)])
    assert location.hours[0].valid_until == ends
    by_day: dict[date, list[time]] = {}
    for slot in await offered(database, world, 28):
        local = slot.starts_at.astimezone(CHICAGO)
        by_day.setdefault(local.date(), []).append(local.time())
    assert max(by_day) == ends
    assert {week_of(day): times[0] for day, times in by_day.items()} == {"a": time(9), "b": time(10)}
    assert {week_of(day): _opens(diary, day) for day in diary.days} == {"a": time(9), "b": time(10)}


def _opens(diary: Diary, day: date) -> time:
    assert diary.open_on(day) == diary.works_on(diary.people[0], day)
    return diary.open_on(day)[0][0]


async def test_a_persons_own_hours_alternate_too(database: Database, world: World) -> None:
    spans = [PractitionerSpan(weekday=day, opens=time(9), closes=time(10), weeks=Weeks.A) for day in range(7)]
    async with database.begin(world.scope) as work:
        week = PractitionerHoursIn(hours=spans)
        await practitioners.set_practitioner_hours(work, world.practitioner_id, week)
        both = PractitionerHoursIn(hours=[*spans, spans[2].model_copy(update={"weeks": Weeks.EVERY})])
        with pytest.raises(InvalidFields) as refusal:
            await practitioners.set_practitioner_hours(work, world.practitioner_id, both)
    assert [(e.field, e.code) for e in refusal.value.errors] == [("hours.7.opens", "overlap")]
    days = {slot.starts_at.astimezone(CHICAGO).date() for slot in await offered(database, world, 28)}
    assert {week_of(day) for day in days} == {"a"}
    assert len(days) == 14


async def test_who_comes_for_extra_time_alone_is_offered_then_and_at_no_other_time(
    database: Database, world: World
) -> None:
    day = await first_day(database, world)
    guest = await add_practitioner(database, world, "Dr Guest")
    extra = NewAbsence.model_validate({"kind": "extra", "first_on": day, "opens": "10:00", "closes": "12:00"})
    longer = NewException.model_validate(
        {"kind": "extra", "first_on": day, "opens": "17:00", "closes": "20:00"}
    )
    async with database.begin(world.scope) as work:
        await practitioners.set_practitioner_hours(work, guest, PractitionerHoursIn(hours=[]))
        await practitioners.add_absence(work, guest, extra)
        await clinics.add_exception(work, world.location_id, longer)
        location = await clinics.get_location(work, world.location_id)
        diary = await read_diary(work, location, [day])
        seen = next(one for one in diary.people if one.id == guest)
    assert diary.works_on(seen, day) == [(time(10), time(12))]
    theirs = [slot for slot in await offered(database, world, 28) if slot.practitioner_id == guest]
    local = [slot.starts_at.astimezone(CHICAGO) for slot in theirs]
    assert {at.date() for at in local} == {day}
    assert (local[0].time(), max(slot.ends_at for slot in theirs).astimezone(CHICAGO).time()) == (
        time(10),
        time(12),
    )
    booked = await book_one(database, world, theirs[0].starts_at)
    assert booked.sessions[0].starts_at == theirs[0].starts_at
