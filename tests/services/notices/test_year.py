"""A year of courses with a moved clock: every message once, when it is due, as a list made from the protocol says.

Clinics lie in zones whose clocks change at different times and in opposite directions, and open from early to late,
so that the night holds messages back. Second sessions fall on the days on which the clocks change.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from itertools import cycle
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from infra.platform.assembly import Adapters
from infra.platform.settings import Settings
from services.kernel.assembly import assemble
from services.kernel.tables import table
from services.kernel.work import Database
from services.notices.models import Notice
from services.scheduling.availability import list_slots
from services.scheduling.schemas import SlotQuery
from tests.fixtures import MovableClock
from tests.services.notices.year_list import EVENING, MORNING, By, Course, Visit, expected
from tests.services.notices.year_play import (
    LOOKS,
    Plan,
    Room,
    Year,
    book_course,
    cancel,
    clock_changes,
    local,
    move,
    open_clinic,
    stop,
)

YEAR = 2031  # later than any day on which this is run: the clock goes forward only
LATE = timedelta(seconds=90)
WEEKS_BETWEEN = timedelta(days=28)
A_DAY = timedelta(days=1)
_NOTICES = table(Notice)
# What is not about a course.
OTHER = ("account.", "clinic.", "moderation.")

Script = Callable[[Year, Room, Course], Awaitable[None]]


@pytest.fixture
async def by_night_too(database: Database, settings: Settings, adapters: Adapters) -> Database:
    """The same database, with the night kept."""
    secret = settings.secret_key
    assert secret is not None
    return assemble(
        adapters.postgres,
        storage=adapters.storage,
        throttle=adapters.throttle,
        wake=adapters.signals.wake,
        secret=secret.get_secret_value(),
        base_url=settings.base_url,
        movable_clock=True,
        quiet_night=(EVENING, MORNING),
    )


def _before(visit: Visit, zone: ZoneInfo, days: int, hour: int) -> datetime:
    return local(visit.first_starts_at.astimezone(zone).date() - timedelta(days=days), hour, 30, zone)


def _next_day(visit: Visit, zone: ZoneInfo) -> datetime:
    """The same wall-clock time."""
    at = visit.first_starts_at.astimezone(zone)
    return local(at.date() + A_DAY, at.hour, at.minute, zone)


async def as_booked(year: Year, room: Room, course: Course) -> None:
    """All of it takes place as it was booked."""


async def moved_by_the_clinic(year: Year, room: Room, course: Course) -> None:
    """The last session goes to the next day, late in the evening, so that the client hears in the morning."""
    last = course.visits[-1]
    do = partial(move, year, room, last, _next_day(last, course.house.zone), "clinic")
    year.at(_before(last, course.house.zone, 10, 22), do)


async def moved_by_the_client(year: Year, room: Room, course: Course) -> None:
    """Between its reminders, at night, by the client themselves."""
    last = course.visits[-1]
    do = partial(move, year, room, last, _next_day(last, course.house.zone))
    year.at(_before(last, course.house.zone, 2, 23), do)


async def moved_and_back(year: Year, room: Room, course: Course) -> None:
    """Nobody hears of it."""
    last = course.visits[-1]
    at = _before(last, course.house.zone, 10, 12)
    year.at(at, partial(move, year, room, last, _next_day(last, course.house.zone), told=False))
    back = partial(move, year, room, last, last.first_starts_at, told=False)
    year.at(at + timedelta(seconds=90), back)


async def last_cancelled(year: Year, room: Room, course: Course) -> None:
    last = course.visits[-1]
    year.at(_before(last, course.house.zone, 10, 22), partial(cancel, year, room, last))


async def first_cancelled_by_the_clinic(year: Year, room: Room, course: Course) -> None:
    first = course.visits[0]
    year.at(_before(first, course.house.zone, 2, 22), partial(cancel, year, room, first, "clinic"))


async def first_missed(year: Year, room: Room, course: Course) -> None:
    course.visits[0].comes = False


async def last_missed(year: Year, room: Room, course: Course) -> None:
    course.visits[-1].comes = False


async def stopped_after_the_first(year: Year, room: Room, course: Course) -> None:
    year.at(_before(course.visits[0], course.house.zone, -5, 22), partial(stop, year, room, course))


async def comes_again(year: Year, room: Room, course: Course) -> None:
    """Before upkeep is due another course is booked."""
    course.returned = True

    async def again() -> None:
        (starts_at, *_) = await _times(
            year, room, course.visits[0].first_starts_at.date() + timedelta(days=170)
        )
        await book_course(year, room, starts_at, course.email, news=True)

    year.at(course.visits[0].first_starts_at + timedelta(days=160), again)


SCRIPTS: tuple[Script, ...] = (
    as_booked,
    moved_by_the_clinic,
    moved_by_the_client,
    last_cancelled,
    stopped_after_the_first,
    last_missed,
    moved_and_back,
    first_missed,
    first_cancelled_by_the_clinic,
    as_booked,
    comes_again,
    as_booked,
)


async def _times(year: Year, room: Room, day: date) -> list[datetime]:
    """Times of a local day, one after the other."""
    world = room.world
    async with year.database.begin(world.scope) as work:
        query = SlotQuery(treatment_id=world.treatment_id, from_on=day, to_on=day, practitioner_id=None)
        slots = await list_slots(work, query)
    found: list[datetime] = []
    last: datetime | None = None
    for slot in slots:
        if last is None or slot.starts_at >= last:
            found.append(slot.starts_at)
            last = slot.ends_at
    return found


async def book_wave(year: Year, rooms: Sequence[Room], day: date, each: int, kinds: cycle[Script]) -> None:
    """So many courses in each room, whose first sessions fill a day; every fifth is booked at the desk."""
    for room in rooms:
        times = await _times(year, room, day)
        for starts_at in times[:: max(1, len(times) // each)][:each]:
            number = len(year.courses)
            email = f"c{number}@{room.world.slug}.test"
            by: By = "clinic" if number % 5 == 1 else "client"
            news = by == "client" and number % 2 == 0  # a box that clients tick themselves
            course = await book_course(year, room, starts_at, email, by=by, news=news)
            await next(kinds)(year, room, course)


async def play(year: Year, plans: Sequence[Plan], each: int, waves: int) -> str:
    """Plays it and compares; gives the figures. A wave is booked by night at every other clinic."""
    kinds = cycle(SCRIPTS)
    for number, plan in enumerate(plans):
        rooms, zone = await open_clinic(year.database, plan), ZoneInfo(plan.zone)
        for changes_on in clock_changes(zone, YEAR)[:waves]:
            first = changes_on - WEEKS_BETWEEN
            at = local(first - timedelta(days=6), 23 if number % 2 else 10, 0, zone)
            year.at(at, partial(book_wave, year, rooms, first, each, kinds))
    await year.clock.advance(datetime(YEAR, 1, 5, tzinfo=ZoneInfo("UTC")) - await year.clock.now())
    began = time.process_time()
    await year.play()
    return (
        f"{await compare(year)}, {year.jumps} steps of the clock, {time.process_time() - began:.0f} s of CPU"
    )


async def compare(year: Year) -> str:
    """Holds what was sent against the list; raises where they differ."""
    wanted: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for course in year.courses:
        for due in expected(course):
            wanted[due.to, due.kind].append(due.at)
    was: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    states: Counter[str] = Counter()
    async with year.database.begin(LOOKS) as work:
        columns = (_NOTICES.c.recipient, _NOTICES.c.notice_kind, _NOTICES.c.state, _NOTICES.c.sent_at)
        for row in await work.rows(select(*columns).order_by(_NOTICES.c.sent_at)):
            if not row.notice_kind.startswith(OTHER):
                states[row.state] += 1
                if row.state == "sent":
                    was[row.recipient, row.notice_kind].append(row.sent_at)
    differing = [
        f"{to} {kind}: due {[str(at) for at in sorted(wanted[to, kind])]}, sent {[str(at) for at in was[to, kind]]}"
        for to, kind in sorted({*wanted, *was})
        if not _is_same(sorted(wanted[to, kind]), was[to, kind])
    ]
    count = sum(len(due) for due in wanted.values())
    messages = f"{count} messages expected, {states['sent']} sent, {len(differing)} differing"
    figures = f"{len(year.courses)} courses, {messages}"
    assert not differing, "\n".join([figures, *differing[:20]])
    return figures


def _is_same(due: Sequence[datetime], sent: Sequence[datetime]) -> bool:
    return len(due) == len(sent) and all(at <= then <= at + LATE for at, then in zip(due, sent, strict=True))


NEW_YORK, LONDON = ("New York City", "US", "America/New_York"), ("London", "GB", "Europe/London")
LORD_HOWE, SANTIAGO = ("Sydney", "AU", "Australia/Lord_Howe"), ("Santiago", "CL", "America/Santiago")


@pytest.mark.long
async def test_each_message_of_a_dozen_courses_comes_once_when_it_is_due(
    by_night_too: Database, clock: MovableClock
) -> None:
    plans = [
        Plan("Hudson Skin", *NEW_YORK, sessions=2, reminders=(24,), check_ins=(28,), rooms=3),
        Plan("Cove Skin", *LORD_HOWE, sessions=2, reminders=(3,), check_ins=(2,), results=(30, 180), rooms=3),
    ]
    print(await play(Year(by_night_too, clock), plans, each=2, waves=1))  # noqa: T201  the figures, with `-s`


@pytest.mark.prove
async def test_each_message_of_five_hundred_courses_comes_once_when_it_is_due(
    by_night_too: Database, clock: MovableClock
) -> None:
    plans = [
        Plan("Hudson Skin", *NEW_YORK, sessions=4, rooms=5),
        Plan(
            "Cove Skin",
            *LORD_HOWE,
            sessions=3,
            reminders=(48, 3),
            check_ins=(2, 14),
            results=(30, 180),
            rooms=5,
        ),
        Plan("Mews Skin", *LONDON, sessions=3, reminders=(), check_ins=(1, 7), results=(), rooms=5),
        Plan("Cerro Skin", *SANTIAGO, sessions=3, reminders=(96, 24, 12), check_ins=(1, 10), rooms=5),
    ]
    print(await play(Year(by_night_too, clock), plans, each=12, waves=2))  # noqa: T201  the figures, with `-s`
