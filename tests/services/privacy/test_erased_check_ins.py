"""Check-ins of a person who was erased: nothing more is taken, no key comes back, and no red flag stays open."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.platform.mail import MailboxOnly
from services.courses import followups
from services.courses.followup_schemas import CheckInAnswer, Handled
from services.courses.followups import NothingToHandle
from services.kernel.vault import Erased
from services.kernel.work import Database
from services.privacy import asking
from services.privacy.person import Person
from services.privacy.schemas import Erase
from tests.factories import World, live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.visits import completed_visit, sent
from workers.inline import drain

ANSWER = CheckInAnswer(downtime_days=2, discomfort=3, text="A little dry.")
FLAGGED = ANSWER.model_copy(update={"fever": True})
SOMEBODY_WAITS = """SELECT count(*) > 0 FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'"""


async def _asked(database: Database, clock: MovableClock) -> tuple[World, UUID, UUID]:
    """A clinic, a completed visit, and its check-in of the first day."""
    world = await live_clinic(database)
    booking_id = await completed_visit(database, clock, world)
    await sent(database)
    await clock.advance(timedelta(days=1))
    assert await sent(database, "check_in.asked")
    async with database.begin(world.scope) as work:
        (asked,) = await followups.list_check_ins(work, booking_id)
    return world, booking_id, asked.id


async def _erase(database: Database) -> None:
    yes = Erase(understood=True, cancel_bookings=True)
    await asking.begin_erasure(database, Person(email="ana@example.test"), yes)
    await drain(database, MailboxOnly())


async def _value(superuser: AsyncEngine, statement: str) -> object:
    async with superuser.connect() as connection:
        return (await connection.execute(text(statement))).scalar_one()


async def test_a_check_in_that_was_asked_takes_no_answer_after_erasure_and_none_is_asked(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    world, booking_id, check_in_id = await _asked(database, clock)
    await _erase(database)
    async with database.begin(world.scope) as work:
        asked = (await followups.get_check_in(work, check_in_id)).check_in
        assert await followups.list_open_check_ins(work, asked.client_id) == []
        assert await followups.ask_check_in(work, booking_id, 3) is None
        with pytest.raises(Erased):
            await followups.open_check_in(work, check_in_id)
        with pytest.raises(Erased):
            await followups.answer_check_in(work, check_in_id, FLAGGED)
    assert await _value(superuser, "SELECT count(*) FROM person_key") == 0


async def test_an_open_red_flag_is_closed_and_its_figures_stay(
    database: Database, clock: MovableClock
) -> None:
    world, _, check_in_id = await _asked(database, clock)
    async with database.begin(world.scope) as work:
        await followups.answer_check_in(work, check_in_id, FLAGGED)
        assert await followups.count_waiting(work) == 1
    await _erase(database)
    async with database.begin(world.scope) as work:
        assert (await followups.list_waiting(work)).items == []
        closed = (await followups.get_check_in(work, check_in_id)).check_in
        assert (closed.handled_by, closed.needs_answer) == (followups.CLOSED_BY_ERASURE, False)
        assert (closed.downtime_days, closed.discomfort, closed.red_flag) == (2, 3, True)
        with pytest.raises(NothingToHandle):
            await followups.handle_check_in(work, check_in_id, Handled(note="Called."))
    await clock.advance(timedelta(days=3))
    assert await sent(database, "check_in.unseen") == []


async def test_what_the_team_dealt_with_before_stays_theirs(database: Database, clock: MovableClock) -> None:
    world, _, check_in_id = await _asked(database, clock)
    async with database.begin(world.scope) as work:
        await followups.answer_check_in(work, check_in_id, FLAGGED)
        before = await followups.handle_check_in(work, check_in_id, Handled(note="Called."))
    await clock.advance(timedelta(hours=1))
    await _erase(database)
    async with database.begin(world.scope) as work:
        after = (await followups.get_check_in(work, check_in_id)).check_in
    assert (after.handled_at, after.handled_by) == (before.handled_at, before.handled_by)


async def test_an_answer_that_is_given_this_moment_is_closed_as_well_and_leaves_no_key(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    world, _, check_in_id = await _asked(database, clock)
    answered, erased = asyncio.Event(), asyncio.Event()

    async def answer() -> None:
        async with database.begin(world.scope) as work:
            await followups.answer_check_in(work, check_in_id, FLAGGED)
            answered.set()
            while not (erased.is_set() or await _value(superuser, SOMEBODY_WAITS)):
                pass

    async def erase() -> None:
        await answered.wait()
        await _erase(database)
        erased.set()

    await asyncio.gather(answer(), erase())
    async with database.begin(world.scope) as work:
        assert await followups.count_waiting(work) == 0
        with pytest.raises(Erased):
            await followups.read_answer(work, check_in_id)
    assert await _value(superuser, "SELECT count(*) FROM person_key") == 0
