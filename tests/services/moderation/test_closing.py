"""Closing a clinic: by its name alone, its visits ahead cancelled and told, its data kept, reopened by a moderator."""

from __future__ import annotations

from datetime import timedelta

import pytest

from infra.platform.mail import MailboxOnly
from services.clients.language import choose_language
from services.clinics import service as clinics
from services.clinics import standing
from services.clinics.schemas import ClosedClinic
from services.kernel.errors import InvalidFields, WrongState
from services.kernel.scope import Actor, ClinicScope, PlatformScope, PublicScope
from services.kernel.work import Database
from services.moderation import deciding
from services.moderation import service as moderation
from services.moderation.models import Decision
from services.moderation.schemas import Decide
from services.notices import service as notices
from services.scheduling.booking import get_booking
from services.scheduling.errors import ClinicNotListed
from tests.factories import World, book_one, booking_ids, free_slots, live_clinic, person
from tests.fixtures import MovableClock
from tests.services.notices.visits import completed_visit, settled
from workers.inline import drain


async def _close(database: Database, world: World) -> None:
    async with database.begin(world.scope) as work:
        await standing.close(work, ClosedClinic(name=" linden  skin "))
    await drain(database, MailboxOnly())


async def test_visits_ahead_are_cancelled_and_told_and_what_was_stays(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    past = await completed_visit(database, clock, world)
    ahead = await booking_ids(database, world, await book_one(database, world, whole_course=True))
    await drain(database, MailboxOnly())
    await _close(database, world)
    await settled(database, clock)
    async with database.begin(world.scope) as work:
        found = [await get_booking(work, booking_id) for booking_id in ahead]
        assert (await get_booking(work, past)).status == "completed"
        assert await clinics.find_clinic_id(work, world.slug) is None
        assert (await clinics.get_clinic(work)).closed_at is not None
    assert {(one.status, one.cancelled_by, one.cancel_reason) for one in found} == {
        ("cancelled", "clinic", "The clinic has closed.")
    }
    async with database.begin(PlatformScope("a test reads the mailbox")) as read:
        kinds = [mail.kind for mail in await notices.list_sent(read)]
    assert kinds.count("booking.cancelled.client") == len(ahead) == 4
    assert kinds.count("clinic.closed") == 1
    with pytest.raises(ClinicNotListed):
        await free_slots(database, world)


async def test_a_client_reads_why_in_their_own_language(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    (booking_id,) = await booking_ids(database, world, await book_one(database, world))
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        await choose_language(work, (await get_booking(work, booking_id)).client_id, "es")
    await _close(database, world)
    (told,) = await settled(database, clock, "booking.cancelled.client")
    assert "La clínica ha cerrado." in told.text
    assert "The clinic has closed." not in told.text


async def test_a_booking_that_slipped_through_is_cancelled_a_little_later(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    await _close(database, world)
    async with database.begin(world.scope) as work:
        await clinics.restore(work)
    (late,) = await booking_ids(database, world, await book_one(database, world))
    async with database.begin(world.scope) as work:
        await standing.close(work, ClosedClinic(name="Linden Skin"))
    await clock.advance(timedelta(minutes=11))
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        assert (await get_booking(work, late)).status == "cancelled"


async def test_another_name_or_a_second_time_closes_nothing(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        with pytest.raises(InvalidFields):
            await standing.close(work, ClosedClinic(name="Oak Skin"))
        assert (await clinics.get_clinic(work)).status == "live"
    await _close(database, world)
    with pytest.raises(WrongState):
        await _close(database, world)


async def test_a_moderator_reopens_it(database: Database) -> None:
    world = await live_clinic(database)
    await _close(database, world)
    moderator, _ = await person(database, "Mo Derator")
    by = Actor("account", moderator.account_id, moderator.name)
    async with database.begin(ClinicScope(world.clinic_id, by)) as work:
        case = await moderation.open_own_case(work, "The owner asks to open again.")
    async with database.begin(ClinicScope(world.clinic_id, by)) as work:
        await deciding.decide(
            work, case.id, Decide(decision=Decision.RESTORE, reason="problem_solved", message="Welcome back.")
        )
    async with database.begin(PublicScope()) as work:
        assert await clinics.find_clinic_id(work, world.slug) == world.clinic_id
    assert len(await free_slots(database, world)) == 29
