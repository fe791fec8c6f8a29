"""Sixteen at once hold, book, cancel, wait, accept and decline, while time moves on: nothing is given twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.courses.accepting import Acceptance, accept_offer
from services.courses.booking import book
from services.courses.schemas import ConsentIn, ScreeningIn
from services.kernel.errors import Refusal
from services.kernel.scope import PublicScope
from services.scheduling import holding, offering, waitlist
from services.scheduling.availability import list_slots
from services.scheduling.booking import cancel
from services.scheduling.schemas import SlotQuery, VisitWish
from services.scheduling.waitlist_repository import WaitlistRepository
from services.scheduling.waitlist_schemas import NewWish
from services.screening.service import get_question_set
from tests.factories import (
    World,
    add_practitioner,
    booking_ids,
    booking_in,
    clear_answers,
    live_clinic,
)
from tests.races.conftest import AT_ONCE, Arena
from tests.services.scheduling.waiting import fill

OFFERS, DAYS = 8, 2
LATE_MORNING = 17  # in UTC; nobody is asked in the night, and the clinic's clock is five or six hours behind


@dataclass
class Bout:
    """One run: what everybody does at random, and what they know of each other."""

    arena: Arena
    world: World
    starts: list[datetime]
    random: Random
    tokens: list[tuple[str, datetime]] = field(default_factory=list)
    bookings: list[UUID] = field(default_factory=list)
    wishes: list[UUID] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)
    outcomes: Counter[str] = field(default_factory=Counter)

    async def hold(self) -> None:
        at, number = self.random.choice(self.starts), next(self.numbers)
        async with self.arena.database.begin(self.world.scope) as work:
            wanted = VisitWish(self.world.treatment_id, at)
            held = await holding.hold_time(work, wanted, f"192.0.2.{number}")
        self.tokens.append((held.token, at))

    async def release(self) -> None:
        if self.tokens:
            token, _ = self.random.choice(self.tokens)
            async with self.arena.database.begin(self.world.scope) as work:
                await holding.release_hold(work, token)

    async def expire(self) -> None:
        async with self.arena.owner.connect() as connection:
            ids = list(await connection.scalars(text("SELECT id FROM slot_hold")))
        for hold_id in ids:
            async with self.arena.database.begin(self.world.scope) as work:
                await holding.expire_hold(work, hold_id)

    async def move_clock(self) -> None:
        async with self.arena.owner.begin() as connection:
            by = {"by": self.random.choice([20, 60, 240])}
            await connection.execute(text("UPDATE clock_offset SET seconds = seconds + :by"), by)

    async def book(self) -> None:
        at, token = self.random.choice(self.starts), None
        if self.tokens and self.random.random() < 0.6:
            token, at = self.random.choice(self.tokens)
        number = next(self.numbers)
        async with self.arena.database.begin(self.world.scope) as work:
            wanted = booking_in(self.world, at, email=f"b{number}@example.test")
            booked = await book(work, wanted.model_copy(update={"hold": token}))
        self.bookings += await booking_ids(self.arena.database, self.world, booked)

    async def cancel(self) -> None:
        if self.bookings:
            async with self.arena.database.begin(self.world.scope) as work:
                await cancel(work, self.random.choice(self.bookings), by="clinic")

    async def wait(self) -> None:
        number = next(self.numbers)
        async with self.arena.database.begin(self.world.scope) as work:
            day = self.starts[0].date()
            given = {"first_on": day, "last_on": day + timedelta(days=DAYS - 1)}
            new = NewWish(name="Cy", email=f"w{number}@example.test", **given)
            wish = await waitlist.join_waitlist(work, self.world.treatment_id, new, address="")
            await waitlist.prove_wish(work, wish.id)
        self.wishes.append(wish.id)

    async def offer(self) -> None:
        async with self.arena.database.begin(self.world.scope) as work:
            await offering.offer_freed_times(work)

    async def answer(self) -> None:
        if not self.wishes:
            return
        wish_id, accepts = self.random.choice(self.wishes), self.random.random() < 0.5
        async with self.arena.database.begin(self.world.scope) as work:
            found = await offering.find_standing(work, wish_id)
        if found is None:
            return
        async with self.arena.database.begin(self.world.scope) as work:
            if not accepts:
                await offering.decline_offer(work, wish_id, found.id)
                return
            booked = await accept_offer(work, wish_id, found.id, _answers())
        self.bookings += await booking_ids(self.arena.database, self.world, booked)

    async def withdraw(self) -> None:
        if self.wishes:
            async with self.arena.database.begin(self.world.scope) as work:
                await waitlist.withdraw_wish(work, self.random.choice(self.wishes))

    async def run(self, each: int) -> None:
        steps: list[tuple[Callable[[], Awaitable[None]], int]] = [
            (self.hold, 6),
            (self.release, 2),
            (self.expire, 2),
            (self.move_clock, 1),
            (self.book, 5),
            (self.cancel, 3),
            (self.wait, 2),
            (self.offer, 4),
            (self.answer, 6),
            (self.withdraw, 1),
        ]

        async def person() -> None:
            for _ in range(each):
                (step,) = self.random.choices([one for one, _ in steps], [often for _, often in steps])
                try:
                    await step()
                    self.outcomes[getattr(step, "__name__", "")] += 1
                except Refusal as refusal:
                    self.outcomes[type(refusal).__name__] += 1

        await asyncio.gather(*(person() for _ in range(AT_ONCE)))

    async def give_all_back(self) -> None:
        """Everything that stands ends: then every time is free that was free at first."""
        for wish_id in self.wishes:
            await self._quietly(waitlist.withdraw_wish, wish_id)
        for booking_id in self.bookings:
            await self._quietly(cancel, booking_id, by="clinic")
        async with self.arena.owner.begin() as connection:
            await connection.execute(text("UPDATE clock_offset SET seconds = seconds + 700"))
        await self.expire()

    async def _quietly(self, step: Any, one: UUID, **more: Any) -> None:
        try:
            async with self.arena.database.begin(self.world.scope) as work:
                await step(work, one, **more)
        except Refusal:
            return


def _answers() -> Acceptance:
    asked = get_question_set()
    return Acceptance(
        screening=ScreeningIn(version=asked.version, answers=clear_answers()),
        consent=ConsentIn(version=asked.consent.version, signed_name="Cy"),
    )


async def _by_day(arena: Arena) -> date:
    """It is late morning at the clinic; gives the day."""
    async with arena.database.begin(PublicScope()) as work:
        then = work.now.replace(hour=LATE_MORNING, minute=0)
        then = then if then > work.now else then + timedelta(days=1)
        ahead = then - work.now
    async with arena.owner.begin() as connection:
        by = {"by": int(ahead.total_seconds()) + 1}
        await connection.execute(text("UPDATE clock_offset SET seconds = seconds + :by"), by)
    return then.date()


async def _starts(arena: Arena, world: World, first: date) -> list[datetime]:
    async with arena.database.begin(world.scope) as work:
        query = SlotQuery(world.treatment_id, first, first + timedelta(days=DAYS - 1))
        return sorted({slot.starts_at for slot in await list_slots(work, query)})


async def fight(arena: Arena, each: int, seed: int) -> Counter[str]:
    first = await _by_day(arena) + timedelta(days=3)
    world = await live_clinic(arena.database)
    await add_practitioner(arena.database, world)
    starts = await _starts(arena, world, first)
    bout = Bout(arena, world, starts[::4], Random(seed))  # noqa: S311  no secret
    await bout.run(each)
    assert await arena.overlaps() == 0
    nobodys = (
        "SELECT count(*) FROM claim c JOIN booking b ON b.clinic_id = c.clinic_id AND b.id = c.booking_id "
        "WHERE b.status NOT IN ('requested', 'held', 'confirmed', 'arrived', 'completed')"
    )
    assert await arena.count(nobodys) == 0
    for owner, standing in (
        ("booking_id", "FROM booking o WHERE o.status IN ('requested', 'confirmed')"),
        ("hold_id", "FROM slot_hold o WHERE true"),
    ):
        bare = f"AND NOT EXISTS (SELECT FROM claim c WHERE c.clinic_id = o.clinic_id AND c.{owner} = o.id)"
        assert await arena.count(f"SELECT count(*) {standing} {bare}") == 0
    accepted_alone = (
        "SELECT count(*) FROM waitlist_offer o JOIN waitlist_wish w ON w.id = o.wish_id "
        "WHERE o.answer = 'accepted' AND (w.state <> 'booked' OR 1 <> (SELECT count(*) FROM booking b "
        "JOIN client k ON k.id = b.client_id WHERE k.email = w.email AND b.starts_at = o.starts_at "
        "AND b.practitioner_id = o.practitioner_id))"
    )
    assert await arena.count(accepted_alone) == 0
    assert await arena.count("SELECT count(*) FROM slot_hold GROUP BY wish_id HAVING count(wish_id) > 1") == 0
    await bout.give_all_back()
    assert await arena.count("SELECT count(*) FROM claim") == 0
    assert await _starts(arena, world, first) == starts
    assert arena.errors["40P01"] == 0
    assert await arena.deadlocks() == 0
    return bout.outcomes


async def test_holds_bookings_and_offers_at_random_never_meet(arena: Arena) -> None:
    done = await fight(arena, 13, seed=1)
    assert sum(done.values()) == 13 * AT_ONCE
    assert {"hold", "book", "answer", "SlotTaken"} <= set(done)


@pytest.mark.prove
@pytest.mark.parametrize("seed", [2, 3, 4])
async def test_the_same_for_long(arena: Arena, seed: int) -> None:
    await fight(arena, 120, seed)


@pytest.mark.parametrize("locked", [True, False])
async def test_one_freed_time_is_offered_to_one(
    arena: Arena,
    monkeypatch: pytest.MonkeyPatch,
    locked: bool,  # noqa: FBT001  a case of the test
) -> None:
    """With the waitlist's lock to the first who waits; without it to one all the same, by the claims alone."""
    await _by_day(arena)
    world = await live_clinic(arena.database)
    booked = await fill(arena.database, world)
    starts_at = booked[3][1]
    wishes = []
    for number in range(OFFERS):
        async with arena.database.begin(world.scope) as work:
            day = starts_at.date()
            new = NewWish(name="Cy", email=f"w{number}@example.test", first_on=day, last_on=day)
            wish = await waitlist.join_waitlist(work, world.treatment_id, new, address="")
            wishes.append((await waitlist.prove_wish(work, wish.id)).id)
    async with arena.database.begin(world.scope) as work:
        await cancel(work, booked[3][0], by="clinic")
    if not locked:

        async def open_to_all(self: WaitlistRepository) -> None:
            """Nobody waits."""

        monkeypatch.setattr(WaitlistRepository, "lock", open_to_all)

    async def offer() -> int:
        async with arena.database.begin(world.scope) as work:
            return await offering.offer_freed_times(work)

    given = await asyncio.gather(*(offer() for _ in range(AT_ONCE)), return_exceptions=True)
    assert await arena.count("SELECT count(*) FROM slot_hold") == 1
    assert await arena.count("SELECT count(*) FROM waitlist_offer") == 1
    assert await arena.overlaps() == 0
    if locked:
        assert sorted(given) == [0] * (AT_ONCE - 1) + [1]  # type: ignore[type-var]  # no exception among them
        async with arena.database.begin(world.scope) as work:
            assert await offering.find_standing(work, wishes[0])
