"""What changes of a person's time at one clinic is looked at by the others at which they treat, and by nobody else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from infra.platform.mail import MailboxOnly
from services.clinics import service as clinics
from services.kernel.models import Delivery
from services.kernel.scope import PlatformScope
from services.kernel.tables import table
from services.kernel.work import Database
from services.marketplace.projection import compare_with_truth
from services.marketplace.repository import ListingRepository
from services.practitioners import service as practitioners
from services.practitioners.schemas import LinkedMember
from services.scheduling.booking import cancel, mark_no_show, reschedule, undo
from services.scheduling.holding import hold_time, release_hold
from services.scheduling.people import list_taken_elsewhere
from services.scheduling.schemas import VisitWish
from tests.factories import World, add_practitioner, book_one, booking_ids, free_slots, live_clinic, person
from tests.fixtures import MovableClock
from tests.services.scheduling.both import signs_in_as, two_clinics
from tests.services.scheduling.waiting import by_day, standing, wait
from workers.inline import drain

CHANGED, HEARD = "person.time_changed", "practitioner.time_elsewhere_changed"
Two = tuple[World, World]


@pytest.fixture
async def two(database: Database) -> Two:
    made = await two_clinics(database)
    await drain(database, MailboxOnly())
    return made


async def done(database: Database, name: str) -> list[Any]:
    """What was delivered of an event, each once."""
    rows = table(Delivery).c
    async with database.begin(PlatformScope("a test reads deliveries")) as work:
        found = await work.rows(
            select(rows.clinic_id, rows.payload, rows.actor).where(rows.event == name).order_by(rows.id)
        )
    first = min((row.actor for row in found), default="")
    return [row for row in found if row.actor == first]


async def heard_after(database: Database) -> list[tuple[Any, Any]]:
    """Who was told in the course of what waits now, and of whom."""
    before = len(await done(database, HEARD))
    await drain(database, MailboxOnly())
    return [(row.clinic_id, row.payload) for row in (await done(database, HEARD))[before:]]


def told(world: World) -> list[tuple[Any, Any]]:
    return [(world.clinic_id, {"practitioner_id": str(world.practitioner_id)})]


async def listed(database: Database, world: World) -> datetime | None:
    async with database.begin(world.scope) as work:
        found = await ListingRepository(work).next_free_of(world.clinic_id, work.now)
    return found.get(world.location_id)


async def test_the_other_clinics_first_free_time_follows_at_once(database: Database, two: Two) -> None:
    here, there = two
    soonest = await listed(database, there)
    assert soonest is not None
    booked = await book_one(database, here, soonest)
    assert await heard_after(database) == told(there)
    later = await listed(database, there)
    assert later is not None
    assert later > soonest
    assert await compare_with_truth(database) == []
    async with database.begin(here.scope) as work:
        await cancel(work, (await booking_ids(database, here, booked))[0], by="clinic")
    assert await heard_after(database) == told(there)
    assert await listed(database, there) == soonest


async def test_who_waits_at_the_other_clinic_is_asked_when_the_person_is_free_again(
    database: Database, clock: MovableClock, two: Two
) -> None:
    await by_day(clock)
    here, there = two
    free = await free_slots(database, there, in_days=3)
    day = free[0].starts_at.astimezone(free[0].zone).date()
    # All of that day is taken at the first clinic, so nothing of it is free at the other.
    taken = []
    while slots := await free_slots(database, here, in_days=3):
        made = await book_one(database, here, slots[0].starts_at, email="full@example.test")
        taken += await booking_ids(database, here, made)
    await drain(database, MailboxOnly())
    assert await free_slots(database, there, in_days=3) == []
    wish = await wait(database, there, first_on=day, days=3)
    await drain(database, MailboxOnly())
    assert await standing(database, there, wish) is None
    async with database.begin(here.scope) as work:
        await cancel(work, taken[0], by="clinic")
    await drain(database, MailboxOnly())
    offered = await standing(database, there, wish)
    assert offered is not None
    assert offered.starts_at.astimezone(free[0].zone).date() == day


async def test_every_way_in_which_the_time_changes_is_heard_of(
    database: Database, clock: MovableClock, two: Two
) -> None:
    here, there = two
    slots = await free_slots(database, here)
    (booking_id,) = await booking_ids(database, here, await book_one(database, here, slots[0].starts_at))
    assert await heard_after(database) == told(there)

    async with database.begin(here.scope) as work:
        held = await hold_time(
            work, VisitWish(here.treatment_id, slots[-1].starts_at, area="face"), "somebody"
        )
    assert await heard_after(database) == told(there)
    async with database.begin(here.scope) as work:
        await release_hold(work, held.token)
    assert await heard_after(database) == told(there)

    async with database.begin(here.scope) as work:
        await reschedule(work, booking_id, slots[8].starts_at, by="clinic")
    assert await heard_after(database) == told(there)
    async with database.begin(here.scope) as work:
        await undo(work, booking_id)
    assert await heard_after(database) == told(there)

    await clock.advance(slots[0].starts_at - await clock.now() + timedelta(minutes=1))
    await drain(database, MailboxOnly())
    async with database.begin(here.scope) as work:
        await mark_no_show(work, booking_id)
    assert await heard_after(database) == told(there)
    async with database.begin(here.scope) as work:
        await undo(work, booking_id)
    assert await heard_after(database) == told(there)


async def test_a_request_and_a_hold_that_run_out_are_heard_of(
    database: Database, clock: MovableClock, two: Two
) -> None:
    here, _ = two
    slots = await free_slots(database, here)
    async with database.begin(here.scope) as work:
        await hold_time(work, VisitWish(here.treatment_id, slots[0].starts_at, area="face"), "somebody")
    await book_one(database, here, slots[-1].starts_at, yes=("anticoagulants",))
    await drain(database, MailboxOnly())
    before = len(await done(database, HEARD))
    await clock.advance(timedelta(minutes=11))
    await drain(database, MailboxOnly())
    assert len(await done(database, HEARD)) == before + 1
    await clock.advance(timedelta(days=4))
    await drain(database, MailboxOnly())
    assert len(await done(database, HEARD)) == before + 2


async def test_what_is_over_and_in_the_way_is_heard_of_when_somebody_else_takes_it(
    database: Database, clock: MovableClock, two: Two
) -> None:
    here, _ = two
    slots = await free_slots(database, here)
    other = await add_practitioner(database, here)
    await drain(database, MailboxOnly())
    async with database.begin(here.scope) as work:
        wanted = VisitWish(
            here.treatment_id, slots[0].starts_at, area="face", practitioner_id=here.practitioner_id
        )
        await hold_time(work, wanted, "somebody")
    await clock.advance(timedelta(minutes=11))
    # The hold has the room and is over, and its timer has not run: a visit with somebody else ends it.
    async with database.begin(here.scope) as work:
        wanted = VisitWish(here.treatment_id, slots[0].starts_at, area="face", practitioner_id=other)
        await hold_time(work, wanted, "another")
    before = await done(database, HEARD)
    await drain(database, MailboxOnly())
    assert len(await done(database, HEARD)) == len(before) + 2  # held, and given back


async def test_a_link_that_is_made_or_taken_away_is_heard_of_with_what_is_booked(database: Database) -> None:
    mira, _ = await person(database, "Mira Holm")
    here = await live_clinic(database)
    there = await live_clinic(database, name="Cedar Skin", city="Dallas")
    await signs_in_as(database, there, mira)
    await drain(database, MailboxOnly())
    soonest = await listed(database, there)
    assert soonest is not None
    await book_one(database, here, soonest)
    await drain(database, MailboxOnly())
    assert await listed(database, there) == soonest
    await signs_in_as(database, here, mira, bound=False)
    assert await heard_after(database) == told(there)
    assert await listed(database, there) != soonest
    async with database.begin(here.scope) as work:
        await practitioners.link_member(work, here.practitioner_id, LinkedMember(member_id=None))
    assert await heard_after(database) == told(there)
    assert await listed(database, there) == soonest


async def test_the_clinic_itself_looks_again_when_somebody_is_linked_who_is_busy_elsewhere(
    database: Database,
) -> None:
    mira, _ = await person(database, "Mira Holm")
    here = await live_clinic(database)
    there = await live_clinic(database, name="Cedar Skin", city="Dallas")
    await signs_in_as(database, there, mira)
    await drain(database, MailboxOnly())
    soonest = await listed(database, here)
    assert soonest is not None
    await book_one(database, there, soonest)
    await signs_in_as(database, here, mira, bound=False)
    await drain(database, MailboxOnly())
    assert await listed(database, here) != soonest
    async with database.begin(here.scope) as work:
        (member,) = [one for one in await clinics.list_team(work) if one.account_id == mira.account_id]
        await clinics.remove_member(work, member.id)
    await drain(database, MailboxOnly())
    assert await listed(database, here) == soonest


async def test_nothing_is_said_of_who_treats_at_one_clinic_alone(database: Database) -> None:
    mira, _ = await person(database, "Mira Holm")
    alone = await live_clinic(database)
    await signs_in_as(database, alone, mira)
    booked = await book_one(database, alone)
    async with database.begin(alone.scope) as work:
        await cancel(work, (await booking_ids(database, alone, booked))[0], by="clinic")
    await drain(database, MailboxOnly())
    assert await done(database, "booking.cancelled")
    assert await done(database, CHANGED) == []


async def test_nothing_is_said_of_others_at_the_same_clinic(database: Database, two: Two) -> None:
    here, _ = two
    other = await add_practitioner(database, here)
    await drain(database, MailboxOnly())
    at = (await free_slots(database, here, in_days=4))[0].starts_at
    async with database.begin(here.scope) as work:
        await hold_time(
            work, VisitWish(here.treatment_id, at, area="face", practitioner_id=other), "somebody"
        )
    assert await heard_after(database) == []


async def test_a_clinic_sees_its_own_peoples_time_elsewhere_and_nobody_elses(
    database: Database, two: Two
) -> None:
    here, there = two
    third = await live_clinic(database, name="Alder", city="Houston")
    at = (await free_slots(database, here))[3]
    await book_one(database, here, at.starts_at)
    seen = {}
    for world in (here, there, third):
        async with database.begin(world.scope) as work:
            spans = await list_taken_elsewhere(work, at.starts_at - timedelta(days=1), at.ends_at)
        seen[world.clinic_id] = {(span.practitioner_id, span.by_hand) for span in spans}
        assert all(at.starts_at <= span.starts_at and span.ends_at <= at.ends_at for span in spans)
    assert seen == {
        here.clinic_id: set(),
        there.clinic_id: {(there.practitioner_id, False)},
        third.clinic_id: set(),
    }
