"""Nobody fills a clinic's diary: bookings are counted by place, account and client, each request once."""

from __future__ import annotations

from datetime import datetime

import pytest

from infra.platform.assembly import Adapters
from services.courses import limits
from services.courses.booking import book
from services.courses.limits import TooManyVisits
from services.courses.schemas import Booked, DeskBookingIn
from services.kernel.errors import TooManyRequests
from services.kernel.work import ClinicWork, Database
from services.scheduling.errors import SlotTaken
from services.scheduling.schemas import Slot
from tests.factories import (
    World,
    book_one,
    booking_in,
    free_slots,
    live_clinic,
)
from tests.services.accounts.people import proved, throttled

HERE, THERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database)


async def times(database: Database, world: World) -> list[Slot]:
    return (await free_slots(database, world, days=5))[::6]


async def book_from(database: Database, world: World, at: datetime, address: str, email: str) -> Booked:
    async with database.begin(world.scope) as work:
        return await book(work, booking_in(world, at, email=email), address=address)


async def test_one_place_books_so_much_and_a_household_is_one_place(
    database: Database, adapters: Adapters, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "FROM_ONE_PLACE", ((limits.AN_HOUR, 2), (limits.A_DAY, 80)))
    limited = throttled(database, adapters)
    free = await times(database, world)
    for number in range(2):
        await book_from(
            limited, world, free[number].starts_at, f"2001:db8::{number}", f"p{number}@example.test"
        )
    with pytest.raises(TooManyRequests) as refusal:
        await book_from(limited, world, free[2].starts_at, "2001:db8::9", "p9@example.test")
    assert 0 < refusal.value.retry_after_seconds <= limits.AN_HOUR
    await book_from(limited, world, free[2].starts_at, THERE, "p9@example.test")
    elsewhere = await live_clinic(database)
    await book_from(limited, elsewhere, free[2].starts_at, "2001:db8::9", "p9@example.test")
    async with limited.begin(world.scope) as work:
        wanted = booking_in(world, free[3].starts_at).model_dump(exclude_unset=True)
        desk = DeskBookingIn.model_validate(
            {name: wanted[name] for name in ("treatment_id", "starts_at", "client")}
        )
        assert await book(work, desk, by_clinic=True)


async def test_an_account_books_so_much_wherever_it_is(
    database: Database, adapters: Adapters, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BY_ONE_ACCOUNT", ((limits.AN_HOUR, 1),))
    limited = throttled(database, adapters)
    account = await proved(database)
    free = await times(database, world)

    async def book_as_them(at: datetime, address: str) -> None:
        async with limited.begin(world.scope) as work:
            await book(work, booking_in(world, at), account.account_id, address=address)

    await book_as_them(free[0].starts_at, HERE)
    with pytest.raises(TooManyRequests):
        await book_as_them(free[1].starts_at, THERE)


async def test_what_is_done_anew_for_one_request_is_counted_once(
    database: Database, adapters: Adapters, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "FROM_ONE_PLACE", ((limits.AN_HOUR, 2),))
    limited = throttled(database, adapters)
    free = await times(database, world)
    tries = list[bool]()

    async def do(work: ClinicWork) -> Booked:
        tries.append(work.anew)
        booked = await book(work, booking_in(world, free[0].starts_at), address=HERE)
        if not work.anew:  # somebody is quicker, after it was seen to be free
            await book_one(database, world, free[0].starts_at, email="quicker@example.test")
        return booked

    with pytest.raises(SlotTaken):
        await limited.run(world.scope, do)
    assert tries == [False, True]
    await book_from(limited, world, free[1].starts_at, HERE, "second@example.test")
    with pytest.raises(TooManyRequests):
        await book_from(limited, world, free[2].starts_at, HERE, "third@example.test")


async def test_a_client_has_so_many_visits_ahead_and_a_course_counts_its_sessions(
    database: Database, adapters: Adapters, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_AHEAD", 2)
    limited = throttled(database, adapters)
    free = await times(database, world)
    await book_from(limited, world, free[0].starts_at, HERE, "ana@example.test")
    with pytest.raises(TooManyVisits):
        async with limited.begin(world.scope) as work:
            await book(work, booking_in(world, free[1].starts_at, whole_course=True), address=HERE)
    await book_from(limited, world, free[1].starts_at, HERE, "ana@example.test")
    with pytest.raises(TooManyVisits):
        await book_from(limited, world, free[2].starts_at, HERE, "ANA@example.test")
    await book_from(limited, world, free[2].starts_at, HERE, "other@example.test")
    # Switched off, nothing is limited.
    await book_from(database, world, free[3].starts_at, HERE, "ana@example.test")


async def test_an_account_has_so_many_visits_ahead_for_whomever_they_are(
    database: Database, adapters: Adapters, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_AHEAD", 1)
    limited = throttled(database, adapters)
    account = await proved(database)
    free = await times(database, world)

    async def book_for(email: str, at: datetime) -> None:
        async with limited.begin(world.scope) as work:
            await book(work, booking_in(world, at, email=email), account.account_id, address=HERE)

    await book_for("one@example.test", free[0].starts_at)
    with pytest.raises(TooManyVisits):
        await book_for("two@example.test", free[1].starts_at)
