"""What people do with the same times at random, many at once: one `Bout` after the other, each over its own days."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import text

from services.courses.accepting import Acceptance, accept_offer
from services.courses.booking import book
from services.courses.schemas import ConsentIn, ScreeningIn
from services.kernel.errors import Refusal
from services.kernel.scope import PublicScope
from services.kernel.work import ClinicWork
from services.scheduling import holding, offering, waitlist
from services.scheduling.availability import list_slots
from services.scheduling.booking import cancel, reschedule
from services.scheduling.schemas import SlotQuery, VisitWish
from services.scheduling.waitlist_schemas import NewWish
from services.screening.wording import get_question_set
from tests.factories import World, booking_ids, booking_in, clear_answers
from tests.races.conftest import PEOPLE, Arena

T = TypeVar("T")

DAYS = 2
RECENT = 20  # of the latest bookings are moved and cancelled: most others have ended
LATE_MORNING = 17  # in UTC; nobody is asked in the night, and the clinic's clock is five or six hours behind


@dataclass
class Bout:
    """One run: what everybody does at random, and what they know of each other."""

    arena: Arena
    world: World
    starts: list[datetime]
    random: Random
    numbers: Iterator[int] = field(default_factory=count)
    tokens: list[tuple[str, datetime]] = field(default_factory=list)
    bookings: list[UUID] = field(default_factory=list)
    wishes: list[UUID] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)

    async def _do(self, step: Callable[[ClinicWork], Awaitable[T]]) -> T:
        """Most as pages and the API do it, anew where it was hoped in vain; the others as a job does."""
        if self.random.random() < 0.7:
            return await self.arena.database.run(self.world.scope, step)
        async with self.arena.database.begin(self.world.scope) as work:
            return await step(work)

    async def hold(self) -> None:
        at, number = self.random.choice(self.starts), next(self.numbers)
        wanted = VisitWish(self.world.treatment_id, at)
        held = await self._do(lambda work: holding.hold_time(work, wanted, f"192.0.2.{number}"))
        self.tokens.append((held.token, at))

    async def release(self) -> None:
        if self.tokens:
            token, _ = self.random.choice(self.tokens)
            async with self.arena.database.begin(self.world.scope) as work:
                await holding.release_hold(work, token)

    async def expire(self, most: int = 3) -> None:
        async with self.arena.owner.connect() as connection:
            sql = f"SELECT id FROM slot_hold ORDER BY until_at LIMIT {most}"
            ids = list(await connection.scalars(text(sql)))
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
        wanted = booking_in(self.world, at, email=f"b{number}@example.test").model_copy(
            update={"hold": token}
        )
        booked = await self._do(lambda work: book(work, wanted))
        self.bookings += await booking_ids(self.arena.database, self.world, booked)

    async def course(self) -> None:
        number = next(self.numbers)
        at = self.random.choice(self.starts)
        wanted = booking_in(self.world, at, whole_course=True, email=f"c{number}@example.test")
        booked = await self._do(lambda work: book(work, wanted))
        self.bookings += await booking_ids(self.arena.database, self.world, booked)

    async def move(self) -> None:
        if self.bookings:
            which, at = self.random.choice(self.bookings[-RECENT:]), self.random.choice(self.starts)
            await self._do(lambda work: reschedule(work, which, at, by="clinic"))

    async def cancel(self) -> None:
        if self.bookings:
            async with self.arena.database.begin(self.world.scope) as work:
                await cancel(work, self.random.choice(self.bookings[-RECENT:]), by="clinic")

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
        if not accepts:
            async with self.arena.database.begin(self.world.scope) as work:
                await offering.decline_offer(work, wish_id, found.id)
            return
        booked = await self._do(lambda work: accept_offer(work, wish_id, found.id, _answers()))
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
            (self.course, 1),
            (self.move, 3),
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

        await asyncio.gather(*(person() for _ in range(PEOPLE)))

    async def give_all_back(self) -> None:
        """Everything that stands ends: then every time is free that was free at first."""
        for wish_id in self.wishes:
            await self._quietly(waitlist.withdraw_wish, wish_id)
        for booking_id in self.bookings:
            await self._quietly(cancel, booking_id, by="clinic")
        async with self.arena.owner.begin() as connection:
            await connection.execute(text("UPDATE clock_offset SET seconds = seconds + 700"))
        await self.expire(most=1_000)

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


async def by_day(arena: Arena) -> date:
    """It is late morning at the clinic; gives the day."""
    async with arena.database.begin(PublicScope()) as work:
        then = work.now.replace(hour=LATE_MORNING, minute=0)
        then = then if then > work.now else then + timedelta(days=1)
        ahead = then - work.now
    async with arena.owner.begin() as connection:
        by = {"by": int(ahead.total_seconds()) + 1}
        await connection.execute(text("UPDATE clock_offset SET seconds = seconds + :by"), by)
    return then.date()


async def free_starts(arena: Arena, world: World, first: date) -> list[datetime]:
    async with arena.database.begin(world.scope) as work:
        query = SlotQuery(world.treatment_id, first, first + timedelta(days=DAYS - 1))
        return sorted({slot.starts_at for slot in await list_slots(work, query)})
