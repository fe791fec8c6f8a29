"""Many want one time: exactly one gets it, the others are told so, and nobody meets a deadlock."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from services.clinics import service as clinics
from services.clinics.schemas import NewDevice, NewRoom
from services.courses.booking import book
from services.scheduling.booking import cancel, reschedule
from services.scheduling.errors import SlotTaken
from services.treatments import service as treatments
from services.treatments.models import DeviceChoice
from services.treatments.schemas import TreatmentPatch
from tests.factories import (
    World,
    add_practitioner,
    book_one,
    booking_ids,
    booking_in,
    free_slots,
    live_clinic,
)
from tests.races.conftest import AT_ONCE, Arena, meet, outcomes, without_lock

LOCK_OR_CONSTRAINT_ERRORS = ("40P01", "23P01")


async def rush(arena: Arena, world: World, starts_at: datetime, tries: int, mark: str = "") -> list[object]:
    """That many people book one time at once, as many of them on connections as the pool has."""
    connections = asyncio.Semaphore(2 * AT_ONCE)

    async def one(number: int) -> object:
        async with connections:
            return await book_one(arena.database, world, starts_at, email=f"p{mark}{number}@example.test")

    return await asyncio.gather(*(one(number) for number in range(tries)), return_exceptions=True)


async def test_one_of_forty_gets_the_time_and_the_others_are_offered_others(arena: Arena) -> None:
    world = await live_clinic(arena.database)
    slots = await free_slots(arena.database, world)
    results = await rush(arena, world, slots[8].starts_at, 40)
    assert outcomes(results) == {"Booked": 1, "SlotTaken": 39}
    assert all(len(one.extra["alternatives"]) == 5 for one in results if isinstance(one, SlotTaken))
    assert await arena.overlaps() == 0
    assert not [state for state in LOCK_OR_CONSTRAINT_ERRORS if arena.errors[state]]
    assert await arena.count("SELECT count(*) FROM client") == 1


async def test_all_who_saw_it_free_are_decided_by_the_lock(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await live_clinic(arena.database)
    slots = await free_slots(arena.database, world)
    meet(monkeypatch)
    results = await rush(arena, world, slots[0].starts_at, AT_ONCE)
    assert outcomes(results) == {"Booked": 1, "SlotTaken": AT_ONCE - 1}
    assert await arena.overlaps() == 0
    assert not [state for state in LOCK_OR_CONSTRAINT_ERRORS if arena.errors[state]]


async def two_at_once(arena: Arena) -> World:
    """A clinic where two of everything are free at each time, and any device of the kind will do."""
    world = await live_clinic(arena.database)
    await add_practitioner(arena.database, world)
    async with arena.database.begin(world.scope) as work:
        await clinics.add_room(work, NewRoom(location_id=world.location_id, name="Room 2"))
        known = await clinics.get_device(work, world.device_id)
        await clinics.add_device(
            work,
            NewDevice(
                location_id=world.location_id,
                maker=known.maker,
                model=known.model,
                modality=known.modality,
                clearance=known.clearance,
            ),
        )
        wanted = TreatmentPatch(device_choice=DeviceChoice.ALIKE)
        await treatments.update_treatment(work, world.treatment_id, wanted)
    return world


async def test_who_left_it_for_the_end_and_was_late_gets_what_is_left_or_is_told(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await two_at_once(arena)
    starts_at = (await free_slots(arena.database, world))[0].starts_at
    meet(monkeypatch)

    results = await rush(arena, world, starts_at, AT_ONCE)
    assert outcomes(results) == {"Booked": 2, "SlotTaken": AT_ONCE - 2}
    assert all(len(one.extra["alternatives"]) == 5 for one in results if isinstance(one, SlotTaken))
    assert await arena.count("SELECT count(DISTINCT practitioner_id) FROM booking") == 2
    assert await arena.count("SELECT count(*) FROM booking") == 2
    assert await arena.count("SELECT count(*) FROM client") == 2
    assert await arena.overlaps() == 0
    assert await arena.deadlocks() == 0


async def test_without_lock_and_constraint_the_time_is_booked_twice(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await live_clinic(arena.database)
    await arena.drop_constraint()
    without_lock(monkeypatch)
    await arena.drop_lock()
    meet(monkeypatch)
    slots = await free_slots(arena.database, world)
    results = await rush(arena, world, slots[0].starts_at, AT_ONCE)
    assert outcomes(results) == {"Booked": AT_ONCE}
    assert await arena.overlaps() > 0


async def test_the_lock_alone_keeps_it_single(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    world = await live_clinic(arena.database)
    await arena.drop_constraint()
    meet(monkeypatch)
    slots = await free_slots(arena.database, world)
    results = await rush(arena, world, slots[0].starts_at, AT_ONCE)
    assert outcomes(results) == {"Booked": 1, "SlotTaken": AT_ONCE - 1}
    assert await arena.overlaps() == 0


async def test_the_constraint_alone_keeps_it_single_and_its_deadlocks_reach_nobody(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await live_clinic(arena.database)
    without_lock(monkeypatch)
    await arena.drop_lock()
    meet(monkeypatch)
    slots = await free_slots(arena.database, world)
    results = await rush(arena, world, slots[0].starts_at, AT_ONCE)
    found = outcomes(results)
    assert set(found) <= {"Booked", "SlotTaken"}
    assert found["Booked"] <= 1
    assert not [state for state in LOCK_OR_CONSTRAINT_ERRORS if arena.errors[state]]
    assert await arena.overlaps() == 0


async def test_the_first_bookings_of_a_clinic_wait_for_each_other_in_one_order(arena: Arena) -> None:
    """With whomever and with one named, all at once, before anything of the clinic was ever booked."""
    world = await live_clinic(arena.database)
    other = await add_practitioner(arena.database, world)
    slots = await free_slots(arena.database, world)
    connections = asyncio.Semaphore(2 * AT_ONCE)

    async def one(number: int) -> object:
        wanted = booking_in(
            world,
            slots[number % 4].starts_at,
            email=f"f{number}@example.test",
            practitioner_id=(None, world.practitioner_id, other)[number % 3],
        )
        async with connections, arena.database.begin(world.scope) as work:
            return await book(work, wanted)

    results = await asyncio.gather(*(one(number) for number in range(60)), return_exceptions=True)
    assert outcomes(results) == {"Booked": 1, "SlotTaken": 59}
    assert await arena.deadlocks() == 0
    assert await arena.overlaps() == 0


async def test_two_practitioners_and_two_rooms_give_two_winners_only_with_two_devices(arena: Arena) -> None:
    world = await live_clinic(arena.database)
    await add_practitioner(arena.database, world)
    slots = await free_slots(arena.database, world)
    results = await rush(arena, world, slots[0].starts_at, 20)
    assert outcomes(results) == {"Booked": 1, "SlotTaken": 19}


async def test_moves_cancels_and_bookings_of_the_same_times_never_overlap(arena: Arena) -> None:
    world = await live_clinic(arena.database)
    slots = await free_slots(arena.database, world)
    times = [slots[at].starts_at for at in (0, 5, 10, 15, 20)]
    held = [await book_one(arena.database, world, at, email=f"h{at:%H%M}@example.test") for at in times[:3]]
    ids = [(await booking_ids(arena.database, world, one))[0] for one in held]

    async def move(at: int, to: datetime) -> object:
        async with arena.database.begin(world.scope) as work:
            return await reschedule(work, ids[at], to, by="clinic")

    async def end(at: int) -> object:
        async with arena.database.begin(world.scope) as work:
            return await cancel(work, ids[at], by="clinic")

    results = await asyncio.gather(
        *(move(at, times[(at + step) % 5]) for at in range(3) for step in (1, 2, 3)),
        end(2),
        *(book_one(arena.database, world, at, email=f"n{n}@example.test") for n, at in enumerate(times * 3)),
        return_exceptions=True,
    )
    assert set(outcomes(results)) <= {"Booked", "BookingView", "SlotTaken", "BookingOver"}
    assert await arena.overlaps() == 0
    assert await arena.deadlocks() == 0


async def test_courses_that_cross_each_other_never_overlap(arena: Arena) -> None:
    world = await live_clinic(arena.database)
    slots = await free_slots(arena.database, world)
    results = await asyncio.gather(
        *(
            book_one(
                arena.database,
                world,
                slots[0].starts_at + timedelta(days=28 * (n % 3)),
                whole_course=True,
                email=f"c{n}@example.test",
            )
            for n in range(9)
        ),
        return_exceptions=True,
    )
    assert set(outcomes(results)) == {"Booked", "SlotTaken"}
    assert await arena.overlaps() == 0
    assert await arena.deadlocks() == 0


@pytest.mark.prove
async def test_one_of_two_hundred_in_round_after_round(arena: Arena) -> None:
    world = await live_clinic(arena.database)
    slots = await free_slots(arena.database, world, days=5)
    for number, slot in enumerate(slots[::29][:5]):
        results = await rush(arena, world, slot.starts_at, 200, mark=f"{number}-")
        assert outcomes(results) == {"Booked": 1, "SlotTaken": 199}
    assert await arena.overlaps() == 0
    assert not [state for state in LOCK_OR_CONSTRAINT_ERRORS if arena.errors[state]]
    assert await arena.deadlocks() == 0


@pytest.mark.prove
async def test_two_hundred_who_all_saw_it_free(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    world = await live_clinic(arena.database)
    slots = await free_slots(arena.database, world, days=5)
    for number in range(200 // AT_ONCE + 1):
        with monkeypatch.context() as patch:
            meet(patch)
            results = await rush(arena, world, slots[number * 5].starts_at, AT_ONCE, mark=f"{number}-")
        assert outcomes(results)["Booked"] + outcomes(results)["SlotTaken"] == AT_ONCE
        assert outcomes(results)["Booked"] <= 1
    assert await arena.overlaps() == 0
    assert not [state for state in LOCK_OR_CONSTRAINT_ERRORS if arena.errors[state]]


@pytest.mark.prove
async def test_two_hundred_without_any_guard_book_it_again_and_again(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await live_clinic(arena.database)
    await arena.drop_constraint()
    without_lock(monkeypatch)
    await arena.drop_lock()
    meet(monkeypatch)
    slots = await free_slots(arena.database, world)
    results = await rush(arena, world, slots[0].starts_at, 200)
    assert outcomes(results)["Booked"] >= AT_ONCE
    assert await arena.overlaps() > 0
