"""Nobody is offered or booked after the last day on which a checked credential of theirs counts, local to the place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from infra.platform.mail import MailboxOnly
from services.clinics import service as clinics
from services.clinics.schemas import NewLocation
from services.courses.booking import book
from services.kernel.errors import InvalidFields
from services.kernel.models import Timer
from services.kernel.scope import PlatformScope
from services.kernel.tables import table
from services.kernel.work import Database
from services.marketplace.listing import get_listing
from services.marketplace.projection import compare_with_truth, compute_listing
from services.practitioners import service as practitioners
from services.practitioners.models import CredentialState
from services.practitioners.schemas import CredentialPatch, NewCredential
from services.scheduling.availability import list_slots
from services.scheduling.booking import list_by_id, reschedule
from services.scheduling.errors import SlotTaken
from services.scheduling.public_times import list_public_slots
from services.scheduling.schemas import SlotQuery
from tests.factories import (
    World,
    add_practitioner,
    book_one,
    booking_ids,
    booking_in,
    free_slots,
    live_clinic,
)
from tests.fixtures import MovableClock
from workers.inline import drain

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CHICAGO = ZoneInfo("America/Chicago")
ENDS_IN = 10


async def until(database: Database, world: World, last: date) -> None:
    """The practitioner's one credential was checked, and counts through that day."""
    async with database.begin(world.scope) as work:
        await practitioners.update_credential(work, world.credential_id, CredentialPatch(expires_on=last))
        await practitioners.verify_credential(work, world.credential_id, against="the register")


async def today_of(database: Database, zone: ZoneInfo = CHICAGO) -> date:
    async with database.begin(PlatformScope("a test looks at the clock")) as work:
        return work.now.astimezone(zone).date()


async def days_offered(
    database: Database, world: World, zone: ZoneInfo = CHICAGO, days: int = 20
) -> list[date]:
    """The local days with a free time from today on, as the public asks and as the clinic does: the same."""
    first = await today_of(database, zone)
    query = SlotQuery(world.treatment_id, first, first + days * DAY)
    public = (await list_public_slots(database, world.slug, query)).slots
    async with database.begin(world.scope) as work:
        by_hand = await list_slots(work, replace(query, by_clinic=True))
    found = sorted({slot.starts_at.astimezone(zone).date() for slot in public})
    assert max(found, default=None) == max(
        (one.starts_at.astimezone(zone).date() for one in by_hand), default=None
    )
    return found


async def test_no_time_is_offered_after_the_last_day(database: Database) -> None:
    world = await live_clinic(database)
    last = await today_of(database) + ENDS_IN * DAY
    await until(database, world, last)
    assert max(await days_offered(database, world)) == last


async def test_the_credential_that_counts_longest_decides_and_one_that_is_not_checked_does_not(
    database: Database,
) -> None:
    world = await live_clinic(database)
    last = await today_of(database) + ENDS_IN * DAY
    await until(database, world, last)

    async def claim(number: str, expires_on: date | None) -> None:
        async with database.begin(world.scope) as work:
            new = NewCredential(
                kind="physician", number=number, issuer="Board", jurisdiction="Texas", expires_on=expires_on
            )
            more = await practitioners.add_credential(work, world.practitioner_id, new)
            claimed.append(more.id)

    async def check() -> None:
        async with database.begin(world.scope) as work:
            await practitioners.verify_credential(work, claimed[-1], against="the register")

    claimed: list[UUID] = []
    await claim("MD-1", last + 3 * DAY)
    assert max(await days_offered(database, world)) == last
    await check()
    assert max(await days_offered(database, world)) == last + 3 * DAY
    await claim("MD-2", None)
    await check()
    assert max(await days_offered(database, world)) == await today_of(database) + 20 * DAY


async def test_a_renewal_that_waits_for_its_check_opens_no_day(database: Database) -> None:
    world = await live_clinic(database)
    last = await today_of(database) + ENDS_IN * DAY
    await until(database, world, last)
    async with database.begin(world.scope) as work:
        renewed = CredentialPatch(expires_on=last + 300 * DAY)
        await practitioners.update_credential(work, world.credential_id, renewed)
    assert max(await days_offered(database, world)) == last
    async with database.begin(world.scope) as work:
        await practitioners.verify_credential(work, world.credential_id, against="the register")
    assert max(await days_offered(database, world)) > last


async def test_a_visit_after_it_is_neither_booked_nor_moved_there_by_client_or_clinic(
    database: Database,
) -> None:
    world = await live_clinic(database)
    late = (await free_slots(database, world, in_days=ENDS_IN + 3))[0].starts_at
    kept = await book_one(database, world)
    await until(database, world, await today_of(database) + ENDS_IN * DAY)
    (booking_id,) = await booking_ids(database, world, kept)
    with pytest.raises(InvalidFields) as refused:
        await book_one(database, world, late, email="bo@example.test")
    assert refused.value.errors[0].code == "not-offered"
    for by, code in (("client", "not-offered"), ("clinic", "credential-ends")):
        with pytest.raises(InvalidFields) as refused:
            async with database.begin(world.scope) as work:
                await reschedule(work, booking_id, late, by=by)  # type: ignore[arg-type]  # one of its words
        assert (refused.value.errors[0].field, refused.value.errors[0].code) == ("starts_at", code)
    # Where it is not the credential, that is what is said.
    night = datetime.combine(await today_of(database) + 2 * DAY, time(3), CHICAGO)
    with pytest.raises(InvalidFields) as refused:
        async with database.begin(world.scope) as work:
            await reschedule(work, booking_id, night, by="clinic")
    assert refused.value.errors[0].code == "not-offered"


async def test_somebody_else_takes_the_later_sessions_of_a_course_or_it_is_not_booked(
    database: Database,
) -> None:
    world = await live_clinic(database, sessions=3)
    await until(database, world, await today_of(database) + ENDS_IN * DAY)
    first = (await free_slots(database, world))[0].starts_at
    course = booking_in(world, first, whole_course=True)
    with pytest.raises(SlotTaken, match="Session 2 of the course"):
        async with database.begin(world.scope) as work:
            await book(work, course)
    other = await add_practitioner(database, world)
    async with database.begin(world.scope) as work:
        booked = await book(work, course)
    ids = await booking_ids(database, world, booked)
    async with database.begin(world.scope) as work:
        visits = await list_by_id(work, ids)
    assert sorted(one.position for one in visits if one.practitioner_id == other)[-2:] == [2, 3]


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Australia/Sydney", "Pacific/Kiritimati"])
async def test_the_day_is_the_places_own_to_the_second(
    database: Database, clock: MovableClock, zone: str
) -> None:
    world = await live_clinic(database, time_zone=zone)
    local = ZoneInfo(zone)
    last = await today_of(database, local) + 2 * DAY
    await until(database, world, last)
    over = datetime.combine(last + DAY, time(), local)
    await drain(database, MailboxOnly())

    async def state() -> tuple[str, int, int]:
        async with database.begin(world.scope) as work:
            credential = await practitioners.get_credential(work, world.credential_id)
            people = (await get_listing(work)).practitioners
            return credential.state, len(people), len(await compute_listing(work))

    # What is kept of the treatment is asked again on each of these days.
    for before in (over - 30 * HOUR, over - 18 * HOUR, over - 12 * HOUR, over - timedelta(seconds=5)):
        await clock.advance(before - await clock.now())
        await drain(database, MailboxOnly())
        assert await state() == (CredentialState.VERIFIED, 1, 1)
        assert set(await days_offered(database, world, local)) <= {last - DAY, last}
    assert await compare_with_truth(database) == []
    await clock.advance(timedelta(seconds=10))
    assert await days_offered(database, world, local) == []
    assert (await state()) == (CredentialState.LAPSED, 0, 0)
    await drain(database, MailboxOnly())
    assert await compare_with_truth(database) == []


async def test_a_day_that_is_the_last_is_offered_while_there_are_hours_left(
    database: Database, clock: MovableClock
) -> None:
    """In the evening of the last day in Los Angeles, it is the next day in UTC."""
    zone = ZoneInfo("America/Los_Angeles")
    world = await live_clinic(database, time_zone=zone.key)
    last = await today_of(database, zone) + 3 * DAY
    await until(database, world, last)
    await clock.advance(datetime.combine(last, time(8), zone) - await clock.now())
    assert await days_offered(database, world, zone) == [last]


async def test_a_place_further_west_that_came_later_puts_the_lapse_off(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    last = await today_of(database) + 2 * DAY
    await until(database, world, last)
    async with database.begin(world.scope) as work:
        west = NewLocation(name="West", street="Elm 2", city="Los Angeles", time_zone="America/Los_Angeles")
        await clinics.add_location(work, west)
    await clock.advance(datetime.combine(last + DAY, time(0, 1), CHICAGO) - await clock.now())
    await drain(database, MailboxOnly())
    assert await _state(database, world) == "verified"
    assert await days_offered(database, world) == []
    timers = table(Timer).c
    async with database.begin(PlatformScope("a test looks at timers")) as work:
        due = await work.rows(
            select(timers.due_at).where(timers.kind == "credential.lapses", timers.state == "waiting")
        )
    assert [row.due_at for row in due] == [
        datetime.combine(last + DAY, time(), ZoneInfo("America/Los_Angeles")).astimezone(UTC)
    ]
    await clock.advance(2 * HOUR)
    await drain(database, MailboxOnly())
    assert await _state(database, world) == "lapsed"


async def _state(database: Database, world: World) -> str:
    async with database.begin(world.scope) as work:
        return str((await practitioners.get_credential(work, world.credential_id)).state)
