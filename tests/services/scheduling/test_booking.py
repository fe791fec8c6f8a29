"""Booking visits through the services: what is offered, held, freed, announced and remembered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.clinics import service as clinics
from services.clinics.schemas import ClinicPatch, NewDevice, NewLocation, NewRoom
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.ids import new_id
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.scheduling.availability import get_zone, list_slots
from services.scheduling.errors import SlotTaken
from services.scheduling.schemas import Slot, SlotQuery
from services.scheduling.soonest import next_free_at
from services.treatments import service as treatments
from services.treatments.schemas import AreaIn, MoneyIn, NewTreatment, TreatmentPatch
from tests.factories import World, add_practitioner, book_one, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.scheduling.seeing import events, one, seen, waiting


async def test_a_free_time_can_be_booked_and_is_then_taken(
    database: Database, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database)
    slots = await free_slots(database, world)
    assert len(slots) == 29
    booking = await one(database, world, starts_at=slots[0].starts_at)
    assert (booking.status, booking.price, booking.currency, booking.sequence) == (
        "confirmed",
        20000,
        "USD",
        0,
    )
    assert (booking.starts_at, booking.ends_at) == (slots[0].starts_at, slots[0].ends_at)
    assert (booking.practitioner_id, booking.room_id, booking.device_id) == (
        world.practitioner_id,
        world.room_id,
        world.device_id,
    )
    assert slots[0].starts_at not in [slot.starts_at for slot in await free_slots(database, world)]
    minutes = await seen(
        superuser,
        "SELECT resource_kind, extract(epoch FROM ends_at - starts_at)::int / 60 FROM claim "
        "JOIN resource ON resource.id = claim.resource_id ORDER BY resource_kind, claim.starts_at",
    )
    assert minutes == [("device", 15), ("practitioner", 10), ("practitioner", 25), ("room", 60)]
    assert await events(superuser) == ["booking.confirmed"]
    assert sorted(await waiting(superuser)) == [("booking.reminder_due", 24), ("booking.reminder_due", 72)]


async def test_a_booking_tells_what_pages_and_messages_need(database: Database) -> None:
    world = await live_clinic(database)
    booking = await one(database, world)
    assert (booking.clinic_name, booking.clinic_slug, booking.client_email) == (
        "Linden Skin",
        world.slug,
        "ana@example.test",
    )
    assert booking.address == "Linden Skin Austin, Main Street 1, Austin, United States"
    assert booking.time_zone == "America/Chicago"
    assert (booking.local_ends_at - booking.local_starts_at) == timedelta(hours=1)
    assert booking.local_starts_at.hour == 9
    assert booking.money.as_json() == {"amount": 20000, "currency": "USD"}


async def test_numbing_leaves_the_practitioner_to_another_client_in_another_room(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        await clinics.add_room(work, NewRoom(location_id=world.location_id, name="Room 2"))
        await treatments.update_treatment(
            work,
            world.treatment_id,
            TreatmentPatch.model_validate(
                {"phases": {"preparation_minutes": 5, "numbing_minutes": 30, "finish_minutes": 5}}
            ),
        )
    slots = await free_slots(database, world)
    await book_one(database, world, slots[0].starts_at)
    left = {slot.starts_at: slot for slot in await free_slots(database, world)}
    assert slots[0].starts_at + timedelta(minutes=15) not in left  # both would need the practitioner
    while_numbing = left[slots[0].starts_at + timedelta(minutes=30)]
    assert while_numbing.practitioner_id == world.practitioner_id
    assert while_numbing.room_id != slots[0].room_id


async def test_another_practitioner_cannot_help_where_the_one_device_is_taken(database: Database) -> None:
    world = await live_clinic(database)
    other = await add_practitioner(database, world)
    slots = await free_slots(database, world)
    assert [slot.practitioner_id for slot in slots[:2]] == sorted([world.practitioner_id, other])
    assert len(slots) == 58
    await book_one(database, world, slots[0].starts_at)
    assert slots[0].starts_at not in {slot.starts_at for slot in await free_slots(database, world)}
    assert len(await free_slots(database, world, practitioner_id=other)) == 25


async def test_only_practitioners_with_a_checked_credential_are_offered(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        await practitioners.lapse_credential(work, world.credential_id)
    async with database.begin(world.scope) as work:
        await practitioners.reject_credential(work, world.credential_id)
    assert await free_slots(database, world) == []
    async with database.begin(world.scope) as work:
        assert await next_free_at(work, world.location_id) is None


async def query(database: Database, world: World, **options: Any) -> list[Slot]:
    async with database.begin(world.scope) as work:
        today = work.now.date()
        asked: dict[str, Any] = {
            "from_on": today,
            "to_on": today + timedelta(days=1),
            "treatment_id": world.treatment_id,
        } | options
        return await list_slots(work, SlotQuery(**asked))


async def test_notice_and_horizon_bound_what_is_offered(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    now = await clock.now()
    assert all(slot.starts_at >= now + timedelta(minutes=120) for slot in await query(database, world))
    async with database.begin(world.scope) as work:
        await clinics.update_clinic(work, ClinicPatch(horizon_days=7, notice_minutes=60 * 24 * 2))
        zone = await get_zone(work, world.location_id)
        assert await next_free_at(work, world.location_id) is not None
    today = now.astimezone(zone).date()
    slots = await query(database, world, from_on=today, to_on=today + timedelta(days=31))
    assert slots[0].starts_at >= now + timedelta(days=2)
    assert slots[-1].starts_at.astimezone(zone).date() == today + timedelta(days=7)


async def test_the_first_free_time_is_the_first_of_the_slots(database: Database) -> None:
    world = await live_clinic(database)
    first = (await query(database, world, to_on=(await free_slots(database, world))[0].starts_at.date()))[0]
    async with database.begin(world.scope) as work:
        assert await next_free_at(work, world.location_id) == first.starts_at


async def test_an_area_and_a_location_must_be_named_where_there_is_a_choice(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        areas = [
            AreaIn(code=code, minutes=15, price=MoneyIn(amount=1, currency="USD"))
            for code in ("face", "neck")
        ]
        two = await treatments.add_treatment(
            work,
            NewTreatment(
                name="Two", modality="pen", concerns=["scars"], device_id=world.device_id, areas=areas
            ),
        )
        other = await clinics.add_location(work, NewLocation(name="Other", street="S 1", city="Dallas"))
    with pytest.raises(InvalidFields) as area:
        await query(database, world, treatment_id=two.id)
    assert [(error.field, error.code) for error in area.value.errors] == [("area", "missing")]
    assert await query(database, world, treatment_id=two.id, area="neck")
    with pytest.raises(InvalidFields) as place:
        await query(database, world, location_id=other.id)
    assert [(error.field, error.code) for error in place.value.errors] == [("location_id", "not-offered")]
    for unknown in ({"treatment_id": new_id()}, {"location_id": new_id()}, {"practitioner_id": new_id()}):
        with pytest.raises(NotFound):
            await query(database, world, **unknown)
    async with database.begin(world.scope) as work:
        with pytest.raises(NotFound):
            await get_zone(work, new_id())


async def test_two_devices_serve_two_at_once(database: Database) -> None:
    world = await live_clinic(database)
    await add_practitioner(database, world)
    async with database.begin(world.scope) as work:
        await clinics.add_room(work, NewRoom(location_id=world.location_id, name="Room 2"))
        pen = await clinics.add_device(
            work, NewDevice(location_id=world.location_id, maker="M", model="N", modality="pen")
        )
        treatment = await treatments.add_treatment(
            work,
            NewTreatment(
                name="Other",
                modality="pen",
                concerns=["scars"],
                device_id=pen.id,
                areas=[AreaIn(code="face", minutes=15, price=MoneyIn(amount=1, currency="USD"))],
            ),
        )
    slots = await free_slots(database, world)
    booking = await one(database, world, starts_at=slots[0].starts_at)
    day = slots[0].starts_at.date()
    others = await query(database, world, treatment_id=treatment.id, from_on=day, to_on=day)
    at = [slot for slot in others if slot.starts_at == slots[0].starts_at]
    assert [slot.practitioner_id != booking.practitioner_id for slot in at] == [True]
    assert at[0].room_id != booking.room_id


@pytest.mark.parametrize(
    ("moved", "code"),
    [
        (timedelta(days=-60), "past"),
        (timedelta(days=-7), "too-soon"),
        (timedelta(minutes=5), "not-offered"),
        (timedelta(hours=13), "not-offered"),
        (timedelta(days=150), "too-far"),
    ],
)
async def test_a_time_that_is_not_offered_says_why(database: Database, moved: timedelta, code: str) -> None:
    world = await live_clinic(database)
    at = (await free_slots(database, world))[0].starts_at + moved
    async with database.begin(world.scope) as work:
        soon = work.now + timedelta(minutes=30)
    with pytest.raises(InvalidFields) as wrong:
        await book_one(database, world, soon if code == "too-soon" else at)
    assert [(error.field, error.code) for error in wrong.value.errors] == [("starts_at", code)]


async def test_a_taken_time_comes_with_the_five_nearest(database: Database) -> None:
    world = await live_clinic(database)
    slots = await free_slots(database, world)
    await book_one(database, world, slots[12].starts_at)
    with pytest.raises(SlotTaken) as taken:
        await book_one(database, world, slots[12].starts_at, email="eva@example.test")
    given = [datetime.fromisoformat(item["starts_at"]) for item in taken.value.extra["alternatives"]]
    free = [slot.starts_at for slot in await free_slots(database, world)]
    assert given == sorted(sorted(free, key=lambda at: (abs(at - slots[12].starts_at), at))[:5])
