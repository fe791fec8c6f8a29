"""One person who treats at two clinics is never booked at both at once, and neither learns what the other does."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from services.clinics import service as clinics
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import LinkedMember
from services.scheduling.booking import cancel
from services.scheduling.errors import SlotTaken
from services.scheduling.people import bind_person
from tests.factories import World, book_one, booking_ids, free_slots, live_clinic, person
from tests.services.scheduling.both import signs_in_as, two_clinics


@pytest.fixture
async def two(database: Database) -> tuple[World, World]:
    """Two clinics at which the same person treats."""
    return await two_clinics(database)


async def starts(database: Database, world: World) -> list[datetime]:
    return [slot.starts_at for slot in await free_slots(database, world)]


async def test_a_time_booked_at_one_clinic_is_not_free_at_the_other(
    database: Database, two: tuple[World, World]
) -> None:
    here, there = two
    before = await starts(database, there)
    booked = await book_one(database, here, before[4])
    after = await starts(database, there)
    assert before[4] not in after
    assert {at for at in before if at not in after} <= {
        at for at in before if abs(at - before[4]) < timedelta(minutes=60)
    }
    with pytest.raises(SlotTaken):
        await book_one(database, there, before[4])
    async with database.begin(here.scope) as work:
        await cancel(work, (await booking_ids(database, here, booked))[0], by="clinic")
    assert await starts(database, there) == before


async def test_of_two_clinics_that_book_at_once_one_gets_the_person(
    database: Database, two: tuple[World, World]
) -> None:
    at = (await starts(database, two[0]))[6]
    results = await asyncio.gather(
        *(book_one(database, world, at, email=f"p{n}@example.test") for n in range(3) for world in two),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in results) == ["Booked"] + ["SlotTaken"] * 5


async def test_a_clinic_reads_nothing_of_the_other_but_that_the_time_is_taken(
    database: Database, two: tuple[World, World]
) -> None:
    here, there = two
    await book_one(database, here, (await starts(database, here))[4])
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.begin(there.scope) as work:
            await work.connection.exec_driver_sql("SELECT * FROM person_time")


async def test_visits_that_clash_when_the_person_is_named_stay_and_are_told(database: Database) -> None:
    mira, _ = await person(database, "Mira Holm")
    here = await live_clinic(database)
    there = await live_clinic(database, name="Cedar Skin", city="Dallas")
    at = await starts(database, here)
    await signs_in_as(database, here, mira)
    await book_one(database, here, at[4])
    await book_one(database, there, at[4])
    await book_one(database, there, at[12], email="bo@example.test")
    await signs_in_as(database, there, mira, bound=False)
    async with database.begin(there.scope) as work:
        assert await bind_person(work, there.practitioner_id) == 1
    free = await starts(database, here)
    assert at[12] not in free
    async with database.begin(there.scope) as work:
        page = await clinics.list_audit(work)
    assert "booking.clashes_elsewhere" in {one.action for one in page.items}


async def test_somebody_who_leaves_takes_their_other_times_along(
    database: Database, two: tuple[World, World]
) -> None:
    here, there = two
    before = await starts(database, there)
    await book_one(database, here, before[4])
    async with database.begin(here.scope) as work:
        await practitioners.link_member(work, here.practitioner_id, LinkedMember(member_id=None))
        await bind_person(work, here.practitioner_id)
    assert await starts(database, there) == before
