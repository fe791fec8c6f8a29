"""What ends another time that a client asks for takes its locks in the one order, so nobody waits in a circle."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from services.courses.moving import accept_move, move_visit
from services.kernel.work import ClinicWork
from services.scheduling import service as scheduling
from services.scheduling.asked_moves import expire_move
from services.scheduling.claim_repository import ClaimRepository
from services.scheduling.errors import OutsideCourseWindow
from services.scheduling.following import reflow_of
from services.scheduling.hold_repository import HoldRepository
from services.scheduling.repository import BookingRepository
from services.scheduling.schemas import BookingView
from services.treatments.models import BookingMode
from tests.factories import World, live_clinic
from tests.product import eventually
from tests.races.conftest import WAIT_SECONDS, Arena
from tests.services.scheduling.asked import accepted, ask, later

Do = Callable[[ClinicWork], Awaitable[object]]
_WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@dataclass(frozen=True)
class Asking:
    """A clinic that books on request, a visit that it accepted, and the times asked for first and after."""

    arena: Arena
    world: World
    mine: BookingView
    move_id: UUID
    first: datetime
    after: datetime

    async def behind(self, first: Do, second: Do, then: Do) -> object:
        """Does the second when the first has its locks, and goes on with the first when the second waits for it."""

        async def do() -> object:
            async with self.arena.database.begin(self.world.scope) as work:
                return await second(work)

        async with self.arena.database.begin(self.world.scope) as work:
            await first(work)
            waiting = asyncio.create_task(do())

            async def waits() -> bool:
                return waiting.done() or await self.arena.count(_WAITING) > 0

            await eventually(waits, "somebody waits", WAIT_SECONDS)
            await then(work)
        (answer,) = await asyncio.gather(waiting, return_exceptions=True)
        return answer


@pytest.fixture
async def asking(arena: Arena) -> Asking:
    world = await live_clinic(arena.database, booking_mode=BookingMode.REQUEST)
    (mine,) = await accepted(arena.database, world)
    first = await later(arena.database, world)
    asked = await ask(arena.database, world, mine, first)
    return Asking(arena, world, mine, asked.id, first, await later(arena.database, world, which=8))


async def cancel(work: ClinicWork, booking_id: UUID) -> object:
    return await scheduling.cancel(work, booking_id, by="clinic", reason="Ill.")


@pytest.mark.parametrize("how", ["accept", "ask anew", "move", "cancel"])
async def test_who_works_on_a_practitioners_holds_is_waited_for_before_anything_else_is_locked(
    asking: Asking, how: str
) -> None:
    mine = asking.mine
    steps: dict[str, Do] = {
        "accept": lambda work: accept_move(work, mine.id),
        "ask anew": lambda work: move_visit(work, mine.id, asking.after),
        "move": lambda work: move_visit(work, mine.id, asking.after, by="clinic"),
        "cancel": lambda work: cancel(work, mine.id),
    }

    async def lock_the_rest(work: ClinicWork) -> None:
        await ClaimRepository(work).lock_resources([mine.practitioner_id])
        await BookingRepository(work).lock(mine.id)

    async def holds(work: ClinicWork) -> None:
        await HoldRepository(work).lock_of(mine.practitioner_id)

    assert not isinstance(await asking.behind(holds, steps[how], lock_the_rest), Exception)
    assert await asking.arena.deadlocks() == 0


async def test_who_ends_several_sessions_meets_nobody_who_ends_one_of_them(arena: Arena) -> None:
    world = await live_clinic(arena.database, booking_mode=BookingMode.REQUEST)
    course = await accepted(arena.database, world, whole_course=True)
    there = course[1].starts_at + timedelta(days=14)
    async with arena.database.begin(world.scope) as work:
        with pytest.raises(OutsideCourseWindow) as refused:
            await move_visit(work, course[1].id, there)
    asked = await ask(arena.database, world, course[1], there, rest=reflow_of(refused.value))
    asking = Asking(arena, world, course[1], asked.id, there, there)
    follower = next(iter(asked.rest))

    async def cancel_the_follower(work: ClinicWork) -> object:
        return await cancel(work, follower)

    answer = await asking.behind(
        lambda work: cancel(work, course[1].id), cancel_the_follower, cancel_the_follower
    )
    assert type(answer).__name__ == "BookingOver"
    assert await arena.deadlocks() == 0


async def test_asked_anew_when_it_is_over_it_waits_for_whoever_ends_it(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    arena, world, mine = asking.arena, asking.world, asking.mine
    hold = HoldRepository.drop_of_move
    between, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(self: HoldRepository, move_id: UUID) -> object:
        if not between.is_set():
            between.set()
            await go_on.wait()
        return await hold(self, move_id)

    monkeypatch.setattr(HoldRepository, "drop_of_move", slowly)
    async with arena.owner.begin() as connection:
        await connection.exec_driver_sql(f"UPDATE clock_offset SET seconds = {3 * 24 * 60 * 60}")

    async def done(do: Do) -> object:
        async with arena.database.begin(world.scope) as work:
            return await do(work)

    ending = asyncio.create_task(done(lambda work: expire_move(work, asking.move_id)))
    await between.wait()
    anew = asyncio.create_task(done(lambda work: move_visit(work, mine.id, asking.first)))

    async def waits() -> bool:
        return anew.done() or await arena.count(_WAITING) > 0

    await eventually(waits, "somebody waits", WAIT_SECONDS)
    go_on.set()
    ended, answer = await asyncio.gather(ending, anew, return_exceptions=True)
    assert (ended, type(answer)) == (True, BookingView)
    assert await arena.deadlocks() == 0


async def test_of_two_sessions_that_move_towards_each_other_the_second_sees_where_the_first_went(
    arena: Arena,
) -> None:
    world = await live_clinic(arena.database, booking_mode=BookingMode.REQUEST)
    course = await accepted(arena.database, world, whole_course=True)
    before, last = course[-2], course[-1]
    async with arena.database.begin(world.scope) as work:
        await move_visit(work, last.id, last.starts_at + timedelta(days=7), by="clinic")
    asked = await ask(arena.database, world, last, last.starts_at)
    asking = Asking(arena, world, last, asked.id, last.starts_at, last.starts_at)

    async def nothing(work: ClinicWork) -> None:
        return None

    answer = await asking.behind(
        lambda work: move_visit(work, before.id, before.starts_at + timedelta(days=5), by="clinic"),
        lambda work: accept_move(work, last.id),
        nothing,
    )
    assert isinstance(answer, OutsideCourseWindow)
    assert await arena.count("SELECT count(*) FROM asked_move WHERE answer = ''") == 1
