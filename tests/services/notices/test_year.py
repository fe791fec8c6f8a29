"""A year of courses with a moved clock: every message once, when it is due, as a list made from the protocol says.

The list is made here by hand from what docs/notices.md and the protocol say, and not by the product's rules. Clinics
lie in zones whose clocks change in opposite directions, and open from early to late, so that the night holds messages
back.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from infra.platform.assembly import Adapters
from infra.platform.mail import MailboxOnly
from infra.platform.settings import Settings
from services.clinics import service as clinics
from services.clinics.schemas import HoursIn, HoursSpan
from services.courses import records
from services.courses.schemas import SessionRecordIn
from services.kernel.assembly import assemble
from services.kernel.models import Timer
from services.kernel.scope import PlatformScope
from services.kernel.tables import table
from services.kernel.work import Database
from services.notices import service as notices
from services.practitioners import service as practitioners
from services.scheduling import service as scheduling
from tests.conftest import MovableClock
from tests.factories import World, book_one, booking_ids, free_slots, live_clinic
from workers.inline import drain

LOOKS = PlatformScope("a test plays a year")
OPENS, CLOSES = time(6), time(22, 45)
MORNING, EVENING = 8, 21
SESSIONS = 4
LATE = timedelta(minutes=4)
_TIMERS = table(Timer)


@dataclass(frozen=True)
class Visit:
    """A booked session."""

    id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Planned:
    """A course, when it was booked, and by whom."""

    world: World
    zone: ZoneInfo
    email: str
    booked_at: datetime
    visits: tuple[Visit, ...]


@pytest.fixture
async def by_night_too(database: Database, settings: Settings, adapters: Adapters) -> Database:
    """The same database, with the night kept."""
    secret = settings.secret_key
    assert secret is not None
    return assemble(
        adapters.postgres,
        storage=adapters.storage,
        throttle=adapters.throttle,
        wake=adapters.wake,
        secret=secret.get_secret_value(),
        base_url=settings.base_url,
        movable_clock=True,
        quiet_night=(EVENING, MORNING),
    )


def by_day(at: datetime, zone: ZoneInfo) -> datetime:
    """The instant, or the morning after it where it lies in the night."""
    local = at.astimezone(zone)
    if MORNING <= local.hour < EVENING:
        return at
    day = local.date() + timedelta(days=1 if local.hour >= EVENING else 0)
    return datetime.combine(day, time(MORNING), zone).astimezone(UTC)


def expected(course: Planned) -> list[tuple[datetime, str]]:
    """What the client of a course hears, and when, where all sessions take place and nothing is answered."""
    heard = [(course.booked_at, "booking.confirmed.client")]
    for visit in course.visits:
        for hours in (72, 24):
            due = by_day(visit.starts_at - timedelta(hours=hours), course.zone)
            if due > course.booked_at:
                heard.append((due, "booking.reminder"))
        heard.append((visit.ends_at + timedelta(minutes=3), "aftercare"))
        heard += [
            (by_day(visit.ends_at + timedelta(days=days), course.zone), "check_in.asked")
            for days in (1, 3, 7, 28)
        ]
    first, last = course.visits[0].ends_at, course.visits[-1].ends_at
    asked = (first + timedelta(days=3), last + timedelta(days=3), last + timedelta(days=90))
    heard += [(by_day(at, course.zone), "review.invited") for at in asked]
    return sorted(heard)


async def open_early_and_late(database: Database, name: str, city: str, zone: str) -> World:
    world = await live_clinic(database, name=name, city=city, time_zone=zone, sessions=SESSIONS)
    week = HoursIn(hours=[HoursSpan(weekday=day, opens=OPENS, closes=CLOSES) for day in range(7)])
    async with database.begin(world.scope) as work:
        await clinics.set_location_hours(work, world.location_id, week)
        await practitioners.follow_opening_hours(work, world.practitioner_id)
    return world


async def book_courses(database: Database, world: World, zone: str, count: int) -> list[Planned]:
    """So many courses, whose first sessions fill the days of the next four weeks from early to late."""
    planned: list[Planned] = []
    for day in range(3, 31):
        slots = await free_slots(database, world, in_days=day)
        last: datetime | None = None
        for slot in slots:
            if len(planned) == count:
                return planned
            if last is not None and slot.starts_at < last:
                continue
            last = slot.ends_at
            email = f"c{len(planned)}@{world.slug}.test"
            booked = await book_one(database, world, slot.starts_at, whole_course=True, email=email)
            async with database.begin(world.scope) as work:
                found = [
                    await scheduling.get_booking(work, one)
                    for one in await booking_ids(database, world, booked)
                ]
            visits = tuple(Visit(one.id, one.starts_at, one.ends_at) for one in found)
            planned.append(Planned(world, ZoneInfo(zone), email, found[0].created_at, visits))
    return planned


async def play(database: Database, clock: MovableClock, courses: list[Planned]) -> None:
    """The clock goes from one thing that is due to the next; every session takes place and is recorded."""
    sessions = sorted(
        ((visit.ends_at, visit.id, one.world) for one in courses for visit in one.visits),
        key=lambda session: session[0],
    )
    until = sessions[-1][0] + timedelta(days=100)
    record = SessionRecordIn.model_validate(
        {"areas": ["face"], "depth_mm": "1.0", "lot": "L-1", "topicals": []}
    )
    while True:
        await drain(database, MailboxOnly())
        async with database.begin(LOOKS) as work:
            now = work.now
            due = await work.scalar(
                select(func.min(_TIMERS.c.due_at)).where(
                    _TIMERS.c.state == "waiting", _TIMERS.c.kind.not_in(("listing.due", "retention.due"))
                )
            )
        ends = sessions[0][0] + timedelta(minutes=1) if sessions else until
        following = min(one for one in (due, ends) if one is not None)
        if following > until:
            return
        if following > now:
            await clock.advance(following - now + timedelta(seconds=1))
        while sessions and sessions[0][0] < following:
            _, booking_id, world = sessions.pop(0)
            async with database.begin(world.scope) as work:
                await records.complete_session(work, booking_id, record)


async def heard(database: Database) -> dict[str, list[tuple[datetime, str]]]:
    """What was sent to each address, and when."""
    found: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    async with database.begin(LOOKS) as work:
        for one in await notices.list_sent(work, limit=1_000_000):
            assert one.sent_at is not None
            found[one.to].append((one.sent_at, one.kind))
    return found


async def year(database: Database, clock: MovableClock, courses_each: int) -> int:
    """Plays it and compares; gives how many messages there were."""
    courses: list[Planned] = []
    for name, city, zone in (
        ("Hudson Skin", "New York City", "America/New_York"),
        ("Cove Skin", "Sydney", "Australia/Lord_Howe"),
    ):
        world = await open_early_and_late(database, name, city, zone)
        courses += await book_courses(database, world, zone, courses_each)
    await drain(database, MailboxOnly())
    await play(database, clock, courses)
    found, messages = await heard(database), 0
    for course in courses:
        wanted, was = expected(course), sorted(found[course.email])
        assert sorted(kind for _, kind in was) == sorted(kind for _, kind in wanted), course.email
        for kind in {kind for _, kind in wanted}:
            due_at = [at for at, what in wanted if what == kind]
            sent_at = [at for at, what in was if what == kind]
            off = [(due, at) for due, at in zip(due_at, sent_at, strict=True) if not due <= at <= due + LATE]
            assert off == [], (course.email, kind)
        messages += len(was)
    return messages


async def test_each_message_of_a_few_courses_comes_once_when_it_is_due(
    by_night_too: Database, clock: MovableClock
) -> None:
    assert await year(by_night_too, clock, 1) == 2 * (1 + SESSIONS * (2 + 1 + 4) + 3)


@pytest.mark.prove
async def test_each_message_of_five_hundred_courses_comes_once_when_it_is_due(
    by_night_too: Database, clock: MovableClock
) -> None:
    messages = await year(by_night_too, clock, 250)
    print(messages, "messages")  # noqa: T201  the figure, with `-s`
