"""A course keeps what was wished for its later sessions, and they are chosen by it when they are proposed anew."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.courses.booking import book, book_missing_session
from services.courses.moving import move_visit, preview_move
from services.courses.service import get_course
from services.kernel.work import Database
from services.practitioners.schemas import PractitionerHoursIn
from services.practitioners.service import set_practitioner_hours
from services.scheduling.booking import cancel, get_booking, list_group
from services.scheduling.errors import OutsideCourseWindow
from services.scheduling.preference_rules import AS_USUAL, Departure
from services.scheduling.schemas import BookingView
from services.scheduling.time_schemas import PreferencesIn
from tests.factories import World, add_practitioner, booking_ids, booking_in, free_slots, live_clinic
from tests.services.courses.test_preferences import book_wishing


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database)


async def course(database: Database, world: World, wishes: PreferencesIn | None) -> list[BookingView]:
    """Four sessions, the first at the first free time."""
    first = (await free_slots(database, world))[0]
    booked = await book_wishing(database, world, first.starts_at, wishes)
    one = (await booking_ids(database, world, booked))[0]
    async with database.begin(world.scope) as work:
        return await list_group(work, (await get_booking(work, one)).group_id)


def late_in_its_window(group: list[BookingView]) -> datetime:
    """A time for the second session after which the later ones have to move: 39 days after the first."""
    day = group[0].local_starts_at.date() + timedelta(days=39)
    zone = ZoneInfo(group[0].time_zone)
    return datetime.combine(day, time(9), zone)


async def test_sessions_that_follow_a_move_are_chosen_by_the_wishes_of_their_course(
    database: Database, world: World
) -> None:
    first = (await free_slots(database, world))[0]
    weekday = (first.starts_at.astimezone(first.zone).weekday() + 2) % 7
    wishes = PreferencesIn(weekdays=[weekday], from_time=time(13), until_time=time(14))
    group = await course(database, world, wishes)
    second, to = group[1], late_in_its_window(group)
    assert to.weekday() != weekday
    async with database.begin(world.scope) as work:
        assert (await get_course(work, second.group_id)).preferences == wishes.checked()
        seen = await preview_move(work, second.id, to, by="client")
    assert {one.departs for one in seen.followers} == {()}
    assert {one.booking.id for one in seen.followers} == {group[2].id, group[3].id}
    async with database.begin(world.scope) as work:
        await move_visit(work, second.id, to, by="client", rest={one.id: at for one, at in seen.rest})
        moved = await list_group(work, second.group_id)
    assert [one.local_starts_at.weekday() for one in moved[2:]] == [weekday] * 2
    assert [one.local_starts_at.time() for one in moved[2:]] == [time(13)] * 2


async def test_what_departs_from_the_wishes_is_said_with_the_times_that_would_follow(
    database: Database, world: World
) -> None:
    group = await course(database, world, PreferencesIn(from_time=time(20)))
    async with database.begin(world.scope) as work:
        with pytest.raises(OutsideCourseWindow) as refused:
            await move_visit(work, group[1].id, late_in_its_window(group), by="client")
    assert [one["departs"] for one in refused.value.extra["reflow"]] == [["time_of_day"]] * 2
    assert {one["practitioner_id"] for one in refused.value.extra["reflow"]} == {
        str(group[0].practitioner_id)
    }


async def test_a_session_comes_back_to_who_gives_the_first_where_that_was_wished(
    database: Database, world: World
) -> None:
    """The third was given to somebody else; anew, it is with the one who gives the first, as it was wished."""
    both = {world.practitioner_id, await add_practitioner(database, world)}
    group = await course(database, world, PreferencesIn())
    ana, third = group[0].practitioner_id, group[2]
    (other,) = both - {ana}
    async with database.begin(world.scope) as work:
        await move_visit(work, third.id, third.starts_at, by="clinic", practitioner_id=other)
    to = late_in_its_window(group)
    async with database.begin(world.scope) as work:
        seen = await preview_move(work, group[1].id, to, by="client")
        await move_visit(work, group[1].id, to, by="client", rest={one.id: at for one, at in seen.rest})
        moved = await list_group(work, third.group_id)
    assert [(one.practitioner_id, one.departs) for one in seen.followers] == [(ana, ())] * 2
    assert [one.with_another for one in seen.followers] == [True, False]
    assert {one.practitioner_id for one in moved} == {ana}


@pytest.mark.parametrize(
    ("wishes", "departs"),
    [(PreferencesIn(), (Departure.PRACTITIONER,)), (PreferencesIn(same_practitioner=False), ())],
)
async def test_with_somebody_else_is_a_departure_unless_anyone_was_wished(
    database: Database, world: World, wishes: PreferencesIn, departs: tuple[Departure, ...]
) -> None:
    group = await course(database, world, wishes)
    other = await add_practitioner(database, world)
    async with database.begin(world.scope) as work:
        await set_practitioner_hours(work, group[0].practitioner_id, PractitionerHoursIn(hours=[]))
    async with database.begin(world.scope) as work:
        seen = await preview_move(work, group[1].id, late_in_its_window(group))
    assert [(one.practitioner_id, one.departs) for one in seen.followers] == [(other, departs)] * 2


@pytest.mark.parametrize("same", [True, False])
async def test_a_session_that_is_booked_anew_is_with_who_gives_the_first_where_that_was_wished(
    database: Database, world: World, *, same: bool
) -> None:
    group = await course(database, world, PreferencesIn(same_practitioner=same))
    await add_practitioner(database, world)
    ana, second = group[0].practitioner_id, group[1]
    async with database.begin(world.scope) as work:
        await cancel(work, second.id, by="clinic")
        # She has a visit on that day already, so that by turns the other one would be next.
        hours = second.starts_at + timedelta(hours=4)
        await book(work, booking_in(world, hours, email="other@example.test", practitioner_id=ana))
    async with database.begin(world.scope) as work:
        booked = await book_missing_session(work, second.group_id, second.starts_at)
    assert (booked.practitioner_id == ana) is same


async def test_a_course_without_wishes_has_the_usual(database: Database, world: World) -> None:
    group = await course(database, world, None)
    async with database.begin(world.scope) as work:
        assert (await get_course(work, group[0].group_id)).preferences == AS_USUAL
