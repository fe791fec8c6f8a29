"""What comes before the first session: no first time is offered, booked or moved any sooner; the clinic may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from infra.platform.mail import MailboxOnly
from services.courses.booking import book
from services.kernel.errors import InvalidFields
from services.kernel.scope import PlatformScope
from services.kernel.work import Database
from services.marketplace.listing import list_menu
from services.notices import service as notices
from services.scheduling import service as scheduling
from services.scheduling.rules import earliest_start
from services.scheduling.soonest import next_free_at
from services.treatments import service as treatments
from services.treatments.models import FirstStep
from services.treatments.schemas import TreatmentPatch
from tests.factories import World, book_one, booking_ids, booking_in, free_slots, live_clinic
from tests.fixtures import MovableClock
from workers.inline import drain

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_the_later_of_notice_and_what_comes_first_decides() -> None:
    assert earliest_start(NOON, NOON, 2 * HOUR, timedelta()) == NOON + 2 * HOUR
    assert earliest_start(NOON, NOON, 2 * HOUR, 48 * HOUR) == NOON + 48 * HOUR
    assert earliest_start(NOON, NOON - DAY, 2 * HOUR, 48 * HOUR) == NOON + 24 * HOUR
    assert earliest_start(NOON, NOON - 3 * DAY, 2 * HOUR, 48 * HOUR) == NOON + 2 * HOUR


@pytest.fixture
async def world(database: Database) -> World:
    """A clinic that wants a patch test 48 hours before, and says what it puts on the skin."""
    made = await live_clinic(database)
    patch = TreatmentPatch(
        first_step=FirstStep.PATCH_TEST,
        first_step_hours=48,
        numbing_product="Cream with 5% lidocaine",
        topicals=["Serum", "Serum", "Balm"],
    )
    async with database.begin(made.scope) as work:
        await treatments.update_treatment(work, made.treatment_id, patch)
    return made


async def test_a_first_session_is_offered_and_booked_after_the_patch_test(
    database: Database, world: World, clock: MovableClock
) -> None:
    now = await clock.now()
    soonest = (await free_slots(database, world, in_days=0, days=5))[0].starts_at
    assert now + 48 * HOUR <= soonest < now + 72 * HOUR
    async with database.begin(world.scope) as work:
        assert await next_free_at(work, world.location_id) == soonest
        (shown,) = await list_menu(work)
    assert (shown.first_step, shown.first_step_hours) == ("patch_test", 48)
    assert shown.used_on_skin == ["Cream with 5% lidocaine", "Serum", "Balm"]
    with pytest.raises(InvalidFields) as refused:
        await book_one(database, world, soonest - DAY)
    (error,) = refused.value.errors
    assert (error.field, error.code) == ("starts_at", "too-soon")
    assert error.message.startswith("A patch test comes before the first session")
    async with database.begin(world.scope) as work:
        await book(work, booking_in(world, soonest - DAY), by_clinic=True)
    booked = await book_one(database, world, soonest, email="ben@example.test", whole_course=True)
    await drain(database, MailboxOnly())
    async with database.begin(PlatformScope("a test reads the mailbox")) as work:
        sent = [one.text for one in await notices.list_sent(work) if one.to == "ben@example.test"]
    assert any("A patch test, at least 48 hours before the first session." in text for text in sent)
    assert len(booked.sessions) == 4


async def test_a_visit_that_is_moved_counts_from_when_it_was_booked(
    database: Database, world: World, clock: MovableClock
) -> None:
    booked = await book_one(database, world)
    (booking_id,) = await booking_ids(database, world, booked)
    early = (await free_slots(database, world, in_days=4))[0].starts_at
    await clock.advance(early - 47 * HOUR - await clock.now())
    async with database.begin(world.scope) as work:
        moved = await scheduling.reschedule(work, booking_id, early)
    assert moved.starts_at == early
    assert early - await clock.now() < 48 * HOUR


async def test_what_comes_first_needs_its_hours_or_has_none(database: Database, world: World) -> None:
    async with database.begin(world.scope) as work:
        with pytest.raises(InvalidFields) as refused:
            await treatments.update_treatment(work, world.treatment_id, TreatmentPatch(first_step_hours=0))
    assert [(error.field, error.code) for error in refused.value.errors] == [("first_step_hours", "missing")]
    async with database.begin(world.scope) as work:
        nothing = await treatments.update_treatment(
            work, world.treatment_id, TreatmentPatch(first_step=FirstStep.NONE)
        )
    assert nothing.first_step_hours == 0
